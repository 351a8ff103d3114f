//! The promises of the contract, one test each: it holds under seeds, and a world without it is noticed.
//!
//! The thousands of seeds of `seeds.rs` are held against all promises at once. Here each promise shows that
//! somebody looks at it: the planted bug that breaks it is found, by its name. `docs/internals/promises.md` lists
//! the tests of all promises.
#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::sync::Arc;

use asl::definition::MachineType;
use asl::{Document, StateMachine};
use execution::{Batch, Command, Event, Execution, Identity, Moment, Origin, Record, Reply, Status, TaskKey};
use serde_json::json;
use simulation::{Auditor, Bug, Setup, run};

/// Enough to meet most faults; `seeds.rs` runs the many.
const HELD: std::ops::Range<u64> = 0..30;
const NOTICED: std::ops::Range<u64> = 0..400;

fn check(bug: Bug, promise: &str) {
    for seed in HELD {
        run(Setup::of(seed)).unwrap_or_else(|failure| panic!("{failure}"));
    }
    check_noticed(bug, promise, Auditor::Counts);
}

fn check_noticed(bug: Bug, promise: &str, auditor: Auditor) {
    let with = |seed| run(Setup { bug: Some(bug), auditor, ..Setup::of(seed) });
    let mut violations = NOTICED.filter_map(|seed| with(seed).err());
    assert!(
        violations.any(|failure| failure.violation.promise == promise),
        "no seed says that {bug:?} breaks {promise}"
    );
}

#[test]
fn i1_what_is_acknowledged_is_durable() {
    check(Bug::SegmentNameIsNotSynced, "I1");
}

#[test]
fn i2_a_history_is_a_stable_prefix() {
    check(Bug::PreviousEventIsTheNext, "I2");
}

#[test]
fn i3_a_token_completes_at_most_once() {
    check(Bug::AnyTokenFitsAnyAttempt, "I3");
}

#[test]
fn i4_no_state_is_entered_without_a_cause() {
    check(Bug::RetriesAreNotCounted, "I4");
}

#[test]
fn i5_timers_fire_in_time_and_are_not_lost() {
    check(Bug::TimersFireEarly, "I5");
    // The auditor would be the first to see it.
    check_noticed(Bug::TimerLostAtRecovery, "I5", Auditor::Off);
}

#[test]
fn i7_a_start_is_idempotent_by_name() {
    check(Bug::SameStartIsRefused, "I7");
}

#[test]
fn i8_effects_follow_durability() {
    check(Bug::ReplyBeforeCommit, "I8");
}

#[test]
fn i9_an_attempt_is_dispatched_again_only_where_the_rule_allows_it() {
    check(Bug::EveryCallInDoubtIsMadeAgain, "I9");
}

#[test]
fn i10_an_execution_ends_once_and_stays_ended() {
    check(Bug::DescriptionForgetsTheEnd, "I10");
}

#[test]
fn i11_stop_means_stop() {
    check(Bug::StopLeavesWorkRunning, "I11");
}

#[test]
fn i12_what_was_acknowledged_is_read() {
    check(Bug::ReadsLagBehind, "I12");
}

#[test]
fn i13_an_execution_is_pinned_to_its_definition() {
    check(Bug::UpdateRewritesTheRevision, "I13");
}

#[test]
fn i15_no_wake_up_is_lost() {
    check(Bug::OfferWithoutPollerIsLost, "I15");
    check(Bug::AuditorWakesAtFirstSight, "I15");
}

/// Without the auditor the checker sees that a wake-up is lost. With it nobody does: what was lost is found within
/// two rounds, and goes on.
#[test]
fn i15_the_auditor_heals_what_was_lost() {
    let healed = [
        Bug::DueTimerWakesNobody,
        Bug::TimerLostAtRecovery,
        Bug::SleeperLosesItsTimer,
        Bug::YieldedExecutionIsForgotten,
        Bug::CallThatCouldBeginIsForgotten,
    ];
    for bug in healed {
        let with = |auditor, seed| run(Setup { bug: Some(bug), auditor, ..Setup::of(seed) });
        let mut lost = NOTICED.filter_map(|seed| with(Auditor::Off, seed).err());
        assert!(
            lost.any(|failure| ["I5", "I15"].contains(&failure.violation.promise)),
            "no seed says that {bug:?} loses a wake-up"
        );
        for seed in HELD {
            with(Auditor::Heals, seed).unwrap_or_else(|failure| panic!("{failure}"));
        }
    }
}

#[test]
fn i16_an_outage_of_the_engine_is_not_the_fault_of_a_worker() {
    check(Bug::HeartbeatsRunThroughOutage, "I16");
}

#[test]
fn i19_a_task_goes_to_one_poller() {
    check(Bug::TaskIsHandedOverTwice, "I19");
}

/// Whatever the moment of a crash: what was acknowledged runs to its end, begins again only while no mark is
/// durable, and not twice in one life.
#[test]
fn i20_an_asynchronous_execution_runs_at_least_once() {
    check(Bug::ExpressForgottenAtRestart, "I20");
    check(Bug::ExpressStartIsItsMark, "I20");
    check(Bug::ExpressRunsTwice, "I20");
    check(Bug::ExpressMarkIsLost, "I20");
    check(Bug::ExpressStartIsAnsweredAtOnce, "I8");
}

#[test]
fn i20_a_synchronous_execution_leaves_nothing_behind() {
    check(Bug::SynchronousIsMarked, "I20");
}

#[test]
fn i21_damage_is_never_served() {
    check(Bug::DamageIsTakenForTearing, "I21");
}

#[test]
fn i22_nothing_is_acknowledged_after_a_failed_sync() {
    check(Bug::FailedSyncIsIgnored, "I22");
}

#[test]
fn i23_a_full_disk_refuses_and_waits() {
    check(Bug::FullDiskEndsTheProcess, "I23");
    check(Bug::StartsEatTheReserve, "I23");
}

#[test]
fn i24_a_clock_that_jumps_fires_nothing_early() {
    check(Bug::HistoryFollowsTheClockBack, "I2");
}

/// A machine with the name of a deleted one has nothing of it, whatever the clock says, and nothing runs in a
/// machine that is gone.
#[test]
fn i27_nothing_resurrects() {
    check(Bug::IncarnationsByTheClock, "I1");
    check(Bug::DeletionOvertakesStarts, "I27");
    check(Bug::DeletedMachineTakesStarts, "I27");
}

#[test]
fn i28_a_redrive_goes_on_with_what_did_not_succeed() {
    check(Bug::RedriveTokenIsForgotten, "I28");
    // Branches that are begun again have no cause.
    check(Bug::RedriveRunsWhatIsDone, "I4");
}

#[test]
fn i14_documented_limits_bite_exactly() {
    let ring = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Default": "A",
            "Choices": [{"Variable": "$.over", "IsPresent": true, "Next": "Done"}]},
        "Done": {"Type": "Succeed"}
    }}"#;
    let batches = run_to_its_end(ring, &[]);
    let events = events_of(&batches);
    assert_eq!(events.len(), 25_000);
    let Some(Event::ExecutionFailed { failure }) = events.last() else { panic!("{:?}", events.last()) };
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));

    let task = r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
        "Resource": "arn:aws:states:us-east-1:000000000000:activity:a"}}}"#;
    for (bytes, status) in [(262_144, Status::Succeeded), (262_145, Status::Failed)] {
        let output = format!("\"{}\"", "x".repeat(bytes - 2));
        let batches = run_to_its_end(task, &[output]);
        let events = events_of(&batches);
        let has_succeeded = matches!(events.last(), Some(Event::ExecutionSucceeded { .. }));
        assert_eq!(has_succeeded, status == Status::Succeeded, "a result of {bytes} bytes");
    }
}

struct NoTokens;

impl execution::TokenMint for NoTokens {
    fn mint(&self, _task: TaskKey) -> String {
        String::new()
    }
}

fn events_of(batches: &[Batch]) -> Vec<&Event> {
    let records = batches.iter().flat_map(|batch| &batch.records);
    records
        .filter_map(|record| if let Record::Event { event, .. } = record { Some(event) } else { None })
        .collect()
}

/// Everything that an execution records under AWS's limits, when its tasks are answered with these.
fn run_to_its_end(definition: &str, outputs: &[String]) -> Vec<Batch> {
    let machine: StateMachine = asl::parse(definition, MachineType::Standard).machine.unwrap();
    let text = || Arc::<str>::from("x");
    let mut execution = Execution::new(Arc::new(Identity {
        arn: text(),
        name: text(),
        state_machine_arn: text(),
        state_machine_name: text(),
        role_arn: text(),
        region: text(),
        machine: Arc::new(machine),
        machine_type: MachineType::Standard,
        logging: Arc::default(),
    }));
    let moment = Moment {
        now_ms: 1,
        seed: 1,
        evaluation_units: u64::MAX,
        transitions_max: 1_000,
        limits: execution::Limits::default(),
        services: &asl::services::NoneKnown,
        tokens: &NoTokens,
    };
    let origin = Origin { machine: 1, revision: 1, name: text(), trace_header: None, through: None };
    let input = Document::parse(&json!({ "n": 1 }).to_string()).unwrap();
    let mut batches = Vec::new();
    batches.extend(execution.advance(Command::Start { origin, input, mocks: None }, &moment).batch);
    let mut outputs = outputs.iter();
    while execution.ended().is_none() {
        if execution.can_continue() {
            batches.extend(execution.advance(Command::Continue, &moment).batch);
            continue;
        }
        let task = execution.outstanding().next().expect("it waits for a task").task;
        let started =
            execution.advance(Command::TaskStarted { scheduled: task.scheduled, worker: None }, &moment);
        let Reply::Task { key, .. } = started.reply else { panic!("the task is there to be taken") };
        batches.extend(started.batch);
        let output = Document::parse(outputs.next().expect("an output for each task")).unwrap();
        batches.extend(execution.advance(Command::TaskSucceeded { task: key, output }, &moment).batch);
    }
    batches
}
