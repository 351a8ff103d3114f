//! Histories as AWS shapes them, and what is shown of each.

use serde_json::{Value, json};

use super::lines;
use super::view::View;
use super::visits::{Change, Visits};
use crate::event::Event;

/// Id, previous id, milliseconds since the start, type, and the members of its details.
type Told = (u64, u64, i64, &'static str, Value);

fn event((id, previous, at_ms, kind, details): &Told) -> Event {
    // Any `...EventDetails` member will do: an event has only one.
    Event::from_aws(json!({
        "id": id, "previousEventId": previous, "type": kind, "timestamp": *at_ms as f64 / 1e3, "anyEventDetails": details,
    }))
    .unwrap()
}

fn check_lines(history: &[Told], expected: &str) {
    let mut visits = Visits::default();
    let mut shown = Vec::new();
    for event in history.iter().map(event) {
        let changes = visits.follow(&event);
        shown.extend(changes.iter().filter_map(|change| lines::line(&visits, change, event.at_ms)));
    }
    let shown: Vec<&str> = shown.iter().map(|line| line.trim_start()).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect();
    assert_eq!(shown, expected);
}

fn state(name: &str) -> Value {
    json!({"name": name})
}

fn pay_with_a_retry() -> Vec<Told> {
    let activity = "arn:aws:states:us-east-1:000000000000:activity:pay";
    vec![
        (1, 0, 0, "ExecutionStarted", json!({})),
        (2, 0, 0, "TaskStateEntered", state("Pay")),
        (3, 2, 0, "ActivityScheduled", json!({"resource": activity})),
        (4, 3, 5, "ActivityStarted", json!({})),
        (5, 4, 20, "ActivityFailed", json!({"error": "Busy", "cause": "try\nlater"})),
        (6, 5, 1_020, "ActivityScheduled", json!({"resource": activity})),
        (7, 6, 1_021, "ActivityStarted", json!({})),
        (8, 7, 1_030, "ActivitySucceeded", json!({})),
        (9, 8, 1_030, "TaskStateExited", state("Pay")),
        (10, 9, 1_030, "ExecutionSucceeded", json!({})),
    ]
}

/// A branch fails while the other waits; the Parallel catches, and the next state fails the execution.
fn parallel_that_catches() -> Vec<Told> {
    vec![
        (1, 0, 0, "ExecutionStarted", json!({})),
        (2, 0, 0, "ParallelStateEntered", state("Both")),
        (3, 2, 0, "ParallelStateStarted", json!({})),
        (4, 3, 0, "TaskStateEntered", state("Left")),
        (5, 4, 0, "ActivityScheduled", json!({})),
        (6, 3, 0, "WaitStateEntered", state("Right")),
        (7, 5, 9, "ActivityTimedOut", json!({"error": "States.Timeout"})),
        (8, 7, 9, "TaskStateAborted", json!({})),
        (9, 7, 9, "ParallelStateFailed", json!({})),
        (10, 9, 9, "ParallelStateExited", state("Both")),
        (11, 10, 9, "FailStateEntered", state("Give up")),
        (12, 11, 9, "ExecutionFailed", json!({"error": "Sorry"})),
    ]
}

fn map_of_two() -> Vec<Told> {
    vec![
        (1, 0, 0, "ExecutionStarted", json!({})),
        (2, 0, 0, "MapStateEntered", state("Each")),
        (3, 2, 0, "MapStateStarted", json!({"length": 2})),
        (4, 3, 0, "MapIterationStarted", json!({"name": "Each", "index": 0})),
        (5, 4, 0, "PassStateEntered", state("Pack")),
        (6, 5, 0, "PassStateExited", state("Pack")),
        (7, 6, 0, "WaitStateEntered", state("Rest")),
        (8, 3, 0, "MapIterationStarted", json!({"name": "Each", "index": 1})),
        (9, 8, 0, "PassStateEntered", state("Pack")),
        (10, 9, 0, "PassStateExited", state("Pack")),
        (11, 10, 0, "WaitStateEntered", state("Rest")),
        (12, 11, 2_000, "WaitStateExited", state("Rest")),
        (13, 12, 2_000, "MapIterationSucceeded", json!({"name": "Each", "index": 1})),
        (14, 7, 3_000, "WaitStateExited", state("Rest")),
        (15, 14, 3_000, "MapIterationSucceeded", json!({"name": "Each", "index": 0})),
        (16, 15, 3_000, "MapStateSucceeded", json!({})),
        (17, 15, 3_000, "MapStateExited", state("Each")),
        (18, 17, 3_000, "ExecutionSucceeded", json!({})),
    ]
}

#[test]
fn a_retry_shows_its_error_and_its_delay() {
    check_lines(
        &pay_with_a_retry(),
        "
        0.000 s  execution started
        0.000 s  Pay: entered
        0.020 s  Pay: attempt 1 failed with Busy: try later
        1.020 s  Pay: attempt 2 started after a delay of 1.000 s
        1.030 s  Pay: succeeded in 1.030 s, 2 attempts
        1.030 s  execution succeeded after 1.030 s
        ",
    );
}

#[test]
fn a_failed_branch_ends_its_siblings_and_its_parallel_catches() {
    check_lines(
        &parallel_that_catches(),
        "
        0.000 s  execution started
        0.000 s  Both: entered
        0.000 s  Both › Left: entered
        0.000 s  Both › Right: entered
        0.009 s  Both › Left: attempt 1 failed with States.Timeout
        0.009 s  Both › Left: failed after 0.009 s
        0.009 s  Both › Right: aborted after 0.009 s
        0.009 s  Both: attempt 1 failed with States.Timeout
        0.009 s  Both: caught States.Timeout after 0.009 s
        0.009 s  Give up: entered
        0.009 s  Give up: failed after 0.000 s
        0.009 s  execution failed after 0.009 s
        ",
    );
}

#[test]
fn iterations_are_told_apart() {
    check_lines(
        &map_of_two(),
        "
        0.000 s  execution started
        0.000 s  Each: entered
        0.000 s  Each[0] › Pack: entered
        0.000 s  Each[0] › Pack: succeeded in 0.000 s
        0.000 s  Each[0] › Rest: entered
        0.000 s  Each[1] › Pack: entered
        0.000 s  Each[1] › Pack: succeeded in 0.000 s
        0.000 s  Each[1] › Rest: entered
        2.000 s  Each[1] › Rest: succeeded in 2.000 s
        3.000 s  Each[0] › Rest: succeeded in 3.000 s
        3.000 s  Each: succeeded in 3.000 s
        3.000 s  execution succeeded after 3.000 s
        ",
    );
}

#[test]
fn the_innermost_state_is_the_one_that_failed() {
    let mut history = parallel_that_catches();
    history.truncate(9);
    history.push((10, 9, 9, "ExecutionFailed", json!({"error": "States.Timeout"})));
    let mut visits = Visits::default();
    let changes = history.iter().flat_map(|told| visits.follow(&event(told))).collect::<Vec<_>>();
    let Some(Change::Ended(ending)) = changes.last() else {
        panic!("the last change is the end: {changes:?}")
    };
    assert_eq!(ending.failed_in.map(|visit| visits.path(visit)).as_deref(), Some("Both › Left"));
}

fn picture(view: &mut View, visits: &Visits, now_ms: i64, rows: usize) -> String {
    let frame = view.frame(visits, now_ms, 80, rows);
    frame.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_view_settles_what_is_done_and_redraws_the_rest() {
    let mut visits = Visits::default();
    let mut view = View::new(true);
    let history = parallel_that_catches();
    history[..6].iter().for_each(|told| drop(visits.follow(&event(told))));
    assert_eq!(
        picture(&mut view, &visits, 5, 24),
        "  ⠙ Both                                   0.005 s\n\
         \u{20} ⠙   Left                                 0.005 s\n\
         \u{20} ⠙   Right                                0.005 s\n"
    );
    history[6..].iter().for_each(|told| drop(visits.follow(&event(told))));
    assert_eq!(
        picture(&mut view, &visits, 9, 24),
        "\u{1b}[3A\r\u{1b}[J  ! Both                                   0.009 s  caught States.Timeout\n\
         \u{20} ✗   Left                                 0.009 s  States.Timeout\n\
         \u{20} -   Right                                0.009 s\n\
         \u{20} ✗ Give up                                0.000 s\n"
    );
    assert_eq!(picture(&mut view, &visits, 9, 24), "");
}

#[test]
fn a_small_terminal_shows_what_fits_and_counts_the_rest() {
    let mut visits = Visits::default();
    let mut view = View::new(true);
    map_of_two()[..11].iter().for_each(|told| drop(visits.follow(&event(told))));
    assert_eq!(
        picture(&mut view, &visits, 1_000, 4),
        "  ⠙ Each                                   1.000 s  0 of 2 items\n\
         \u{20} ⠙   [0] Rest                             1.000 s\n\
         \u{20} … and 1 more\n"
    );
}
