//! Properties that hold of every machine, tried on random ones.
//!
//! `definition` makes machines, `drive` runs them and checks what holds after every commit, `outside` does
//! their tasks, `disguise` says the same in other words, `compare` says when two histories are the same.
//! A failure names the seed and the definition.

mod compare;
mod definition;
mod dice;
mod disguise;
mod drive;
mod outside;

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use dice::Dice;
use drive::{Cut, Run};
use serde_json::Value;

const MACHINES: u64 = 2_500;

fn for_every_machine(mut property: impl FnMut(u64, &Value, &str)) {
    for seed in 0..MACHINES {
        let definition = definition::machine(seed);
        let text = definition.to_string();
        let held = catch_unwind(AssertUnwindSafe(|| property(seed, &definition, &text)));
        if let Err(panic) = held {
            panic!("seed {seed}: {}\n{text}", message(&*panic));
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked")
}

/// How turns are cut decides nothing but commits: this one differs from seed to seed.
fn some_cut(seed: u64) -> Cut {
    let dice = Dice::for_occasion(seed, "cut");
    let history_events_max = if dice.one_in(20) { 5 + dice.below(40) as u64 } else { 25_000 };
    Cut { transitions_max: *dice.pick(&[1, 2, 5, 10_000]), history_events_max, ..Cut::NONE }
}

#[test]
fn replay_and_checkpoints_give_the_same_execution_after_every_commit() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for_every_machine(|seed, _, text| {
        let run = drive::run(text, seed, some_cut(seed));
        let of_type = |name: &str| run.history.iter().filter(|event| event.type_name == name).count();
        for (name, count) in [
            ("events", run.history.len()),
            ("commits", run.commits),
            ("retries", run.retries),
            ("catches", run.catches),
            ("maps", of_type("MapStateStarted")),
            ("iterations", of_type("MapIterationStarted")),
            ("parallels", of_type("ParallelStateStarted")),
        ] {
            *counts.entry(name.into()).or_default() += count;
        }
        let entered = run.history.iter().filter(|event| event.type_name.ends_with("StateEntered"));
        for event in entered.chain(run.history.last()) {
            let error = event.text("error").filter(|error| error.starts_with("States.")).unwrap_or_default();
            *counts.entry(format!("{} {error}", event.type_name).trim().into()).or_default() += 1;
        }
    });
    let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    println!("{MACHINES} machines: {}", counts.join(", "));
}

#[test]
fn names_order_and_comments_change_nothing_else() {
    for_every_machine(|seed, definition, text| {
        let disguised = disguise::disguised(definition, &Dice::for_occasion(seed, "disguise")).to_string();
        let plain = drive::run(text, seed, Cut::NONE);
        let other = drive::run(&disguised, seed, Cut::NONE);
        assert_same_events(&plain, &other, &disguised);
    });
}

#[test]
fn how_turns_are_cut_changes_nothing_that_can_be_seen() {
    let mut compared_by_branch = 0;
    for_every_machine(|seed, _, text| {
        let whole = drive::run(text, seed, Cut::NONE);
        // Jitter is drawn anew in each step: cut otherwise, a run has other delays.
        if text.contains("JitterStrategy") {
            return;
        }
        let single = drive::run(text, seed, Cut { transitions_max: 1, ..Cut::NONE });
        assert_same_events(&whole, &single, "one transition at a time");
        let small = drive::run(text, seed, Cut { evaluation_units: 4, ..Cut::NONE });
        if whole.branches.len() == 1 {
            assert_same_events(&whole, &small, "little work at a time");
        } else if !whole.ended_siblings && !small.ended_siblings {
            compared_by_branch += 1;
            let (whole, small) = (compare::by_branch(&whole), compare::by_branch(&small));
            assert_eq!(whole, small, "little work at a time, by branch");
        }
    });
    assert!(compared_by_branch > 100, "only {compared_by_branch} machines had branches to compare");
}

fn assert_same_events(one: &Run, other: &Run, how: &str) {
    let (one, other) = (compare::events(one), compare::events(other));
    let differs = one.iter().zip(&other).find(|(one, other)| one != other);
    if let Some((one, other)) = differs {
        panic!("{how}:\n{one}\n{other}");
    }
    assert_eq!(one.len(), other.len(), "{how}");
}
