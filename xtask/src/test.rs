//! `cargo xtask test`: every step of CI to its end, with totals.
//!
//! INVARIANT: the last line printed is `N passed, N failed`, and the exit code agrees with it.

use std::time::Instant;

use anyhow::Result;

use crate::counts::Counts;
use crate::steps::EVERYTHING;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<bool> {
    let mut rows = Vec::new();
    for step in EVERYTHING {
        let begun = Instant::now();
        let counts = step.run(workspace);
        rows.push((step.name, counts, begun.elapsed().as_secs_f64()));
    }
    println!();
    for (name, counts, seconds) in &rows {
        println!("{name:<18} {:>6} passed {:>4} failed {seconds:>8.1} s", counts.passed, counts.failed);
    }
    let total: Counts = rows.iter().map(|(_, counts, _)| *counts).sum();
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}
