//! Every execution that was recorded on AWS and needs no service runs on the bare crate, on virtual
//! time, and must give the recorded history, or the recorded end where no history was recorded.
//!
//! `case` reads the recordings, `drive` runs one and replays its records, `compare` compares as the
//! recordings' README says, `known` lists the cases that fail with their reasons: it may only shrink.

mod case;
mod compare;
mod drive;
mod known;

use std::collections::BTreeMap;

use case::Case;

#[test]
fn recorded_executions_give_the_recorded_histories() {
    let Some(cases) = case::all() else {
        println!("recorded cases: not run, ../shared/conformance is not here");
        return;
    };
    let mut areas: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut surprises = Vec::new();
    let mut known: BTreeMap<&str, &str> = known::FAILURES.iter().copied().collect();
    assert_eq!(known.len(), known::FAILURES.len(), "a known failure is listed once");
    for case in &cases {
        let (passed, total) = areas.entry(&case.area).or_default();
        *total += 1;
        match (run(case), known.remove(&*case.name)) {
            (Ok(()), None) => *passed += 1,
            (Ok(()), Some(reason)) => {
                *passed += 1;
                surprises.push(format!("{}: passes now, strike it off ({reason})", case.name));
            }
            (Err(_), Some(_)) => {}
            (Err(difference), None) => surprises.push(format!("{}: {difference}", case.name)),
        }
    }
    for (area, (passed, total)) in &areas {
        println!("{passed:>4} / {total:<4} {area}");
    }
    let passed: usize = areas.values().map(|(passed, _)| passed).sum();
    println!("{passed:>4} / {:<4} recorded cases without a service", cases.len());
    surprises.extend(known.keys().map(|name| format!("{name}: there is no such case, strike it off")));
    assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), surprises.join("\n"));
}

/// Runs every execution of a case; what differs first, if anything does.
fn run(case: &Case) -> Result<(), String> {
    for recorded in &case.executions {
        for transitions_max in [1_000, 1] {
            let ended = drive::run(recorded, transitions_max)?;
            compare::same(&recorded.expected, &ended)
                .map_err(|difference| format!("started by step {}: {difference}", recorded.step))?;
        }
    }
    Ok(())
}
