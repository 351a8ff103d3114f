//! `cargo xtask check`: the steps of CI, ending at the first that fails.

use std::time::Instant;

use anyhow::Result;

use crate::steps::{EVERYDAY, EVERYTHING};
use crate::workspace::Workspace;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scope {
    Everyday,
    Everything,
}

pub(crate) fn run(workspace: &Workspace, scope: Scope) -> Result<bool> {
    let steps = match scope {
        Scope::Everyday => EVERYDAY,
        Scope::Everything => EVERYTHING,
    };
    let begun = Instant::now();
    for step in steps {
        if step.run(workspace).failed > 0 {
            println!("\ncheck: the step `{}` failed; the steps after it did not run", step.name);
            return Ok(false);
        }
    }
    println!("\ncheck: all {} steps passed in {:.0} s", steps.len(), begun.elapsed().as_secs_f64());
    Ok(true)
}
