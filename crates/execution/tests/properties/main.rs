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
use outside::Outside;
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

#[test]
fn i28_a_redriven_execution_ends_as_if_nothing_had_failed() {
    let (mut redrives, mut compared) = (0, 0);
    for_every_machine(|seed, _, text| {
        let cut = Cut { transitions_max: some_cut(seed).transitions_max, ..Cut::NONE };
        let whole = drive::run_in(text, seed, cut, Outside::Working);
        let broken = drive::run_in(text, seed, cut, Outside::Breaking);
        redrives += broken.redrives;
        // What fails by its own words, caught or not, fails whenever it is tried.
        if whole.output.is_some() && whole.retries + whole.catches == 0 && broken.redrives > 0 {
            compared += 1;
            assert_eq!(whole.output, broken.output);
            for done in ["StateEntered", "StateExited", "StateStarted", "StateSucceeded", "IterationStarted"]
            {
                assert_eq!(counts(&whole, done), counts(&broken, done), "each is there once: {done}");
            }
        }
    });
    println!("{redrives} redrives, {compared} machines compared");
    assert!(compared > 300, "only {compared} machines could be compared");
}

/// How often each branch did something with each of its states.
fn counts<'r>(run: &'r Run, done: &str) -> BTreeMap<(&'r str, Option<&'r str>), usize> {
    let mut counts = BTreeMap::new();
    for (place, events) in &run.branches {
        for event in events.iter().map(|at| &run.history[*at]).filter(|event| event.type_name.ends_with(done))
        {
            *counts.entry((&**place, event.state_name.as_deref())).or_default() += 1;
        }
    }
    counts
}

fn assert_same_events(one: &Run, other: &Run, how: &str) {
    let (one, other) = (compare::events(one), compare::events(other));
    let differs = one.iter().zip(&other).find(|(one, other)| one != other);
    if let Some((one, other)) = differs {
        panic!("{how}:\n{one}\n{other}");
    }
    assert_eq!(one.len(), other.len(), "{how}");
}
