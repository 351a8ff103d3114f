//! Turns: who has one in a step, and how long it is.

use asl::definition::MachineType;
use asl::services::NoneKnown;
use execution::{Batch, Event, Identity, Origin, Record};

use super::*;
use crate::catalog::Intake;

const NOW_MS: i64 = 1_000_000;
const LOOPS: u64 = 20;
const LOOP: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[
    {"Variable":"$.never","IsPresent":true,"Next":"End"}],"Default":"A"},"End":{"Type":"Succeed"}}}"#;

fn shard() -> Shard {
    let (limits, residents) = (Limits::default(), ResidentLimits::default());
    Shard::new(TokenKey::new(&[7; 32]), limits, Arc::new(NoneKnown), 1, None, residents, Arc::default())
}

fn uid(number: u64) -> Uid {
    Uid::new(0, NOW_MS, number)
}

fn start(number: u64, definition: &str) -> Envelope {
    let name: Arc<str> = format!("e{number}").into();
    let identity = Identity {
        arn: format!("arn:aws:states:us-east-1:000000000000:execution:m:{name}").into(),
        name: Arc::clone(&name),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        region: "us-east-1".into(),
        machine: Arc::new(asl::parse(definition, MachineType::Standard).machine.unwrap()),
        logging: Arc::default(),
        machine_type: MachineType::Standard,
    };
    let origin = Origin { machine: 1, revision: 1, name, trace_header: None, through: None };
    let start = Start {
        identity: Arc::new(identity),
        intake: Arc::new(Intake::of(false)),
        origin,
        mocks: None,
        input: Document::parse("{}").unwrap(),
    };
    Envelope { execution: uid(number), message: Message::Start(Box::new(start)), reply: Reply::Nobody }
}

/// So many Pass states, one after the other.
fn chain(states: usize) -> String {
    let state = |number: usize| match number + 1 == states {
        true => format!(r#""S{number}":{{"Type":"Pass","End":true}}"#),
        false => format!(r#""S{number}":{{"Type":"Pass","Next":"S{}"}}"#, number + 1),
    };
    let states: Vec<String> = (0..states).map(state).collect();
    format!(r#"{{"StartAt":"S0","States":{{{}}}}}"#, states.join(","))
}

/// The states that a commit has left.
fn left(commit: &Commit) -> usize {
    let batch = Batch::decode(&commit.records).unwrap();
    let is_exit = |record: &&Record| matches!(record, Record::Event { event: Event::StateExited { .. }, .. });
    batch.records.iter().filter(is_exit).count()
}

fn step(shard: &mut Shard, envelopes: Vec<Envelope>) -> Vec<Commit> {
    let durable = shard.last_batch;
    shard.step(NOW_MS, durable, &mut { envelopes }).commits
}

#[test]
fn endless_loops_have_one_bounded_turn_each_and_delay_others_by_no_step() {
    let mut shard = shard();
    let begun = step(&mut shard, (0..LOOPS).map(|number| start(number, LOOP)).collect());
    assert_eq!(begun.len(), LOOPS as usize);
    // One that arrives later has all of its short life in the step in which it arrives.
    let short = step(&mut shard, vec![start(100, PASS)]);
    assert!(short.iter().any(|commit| commit.execution == uid(100) && commit.ended.is_some()));
    // A long one takes as many steps as when it is alone.
    let long = chain(10 * TRANSITIONS_MAX as usize);
    let mut alone = self::shard();
    let mut of_one = step(&mut alone, vec![start(101, &long)]);
    let mut commits = step(&mut shard, vec![start(101, &long)]);
    for turn in 1.. {
        let (own, loops): (Vec<&Commit>, Vec<&Commit>) =
            commits.iter().partition(|commit| commit.execution == uid(101));
        assert_eq!(own.len(), 1, "turn {turn}");
        assert_eq!(own[0].ended.is_some(), of_one[0].ended.is_some(), "turn {turn}");
        assert_eq!(loops.len(), LOOPS as usize);
        assert!(loops.iter().all(|commit| left(commit) <= TRANSITIONS_MAX as usize));
        if own[0].ended.is_some() {
            assert!(turn >= 10, "{turn}");
            break;
        }
        of_one = step(&mut alone, Vec::new());
        commits = step(&mut shard, Vec::new());
    }
    let commits = step(&mut shard, Vec::new());
    assert_eq!(commits.len(), LOOPS as usize, "the loops go on");
}

#[test]
fn what_is_owed_since_before_the_start_and_what_is_due_is_fetched_a_part_at_a_time() {
    let mut shard = shard();
    let (owed, due) = (3_000, 3_000);
    shard.owed.extend((0..owed).map(uid));
    (owed..owed + due).for_each(|number| shard.residents.set_sleeping_deadline(uid(number), NOW_MS));
    let mut fetched = Vec::new();
    let mut arrived: Vec<Envelope> = Vec::new();
    while fetched.len() < 6_000 {
        assert!(shard.next_deadline_ms().is_some_and(|at_ms| at_ms <= NOW_MS), "the shard goes on by itself");
        let loads = shard.step(NOW_MS, 0, &mut arrived).loads;
        assert!(!loads.is_empty() && loads.len() <= LOADS_MAX, "{}", loads.len());
        let nothing = shard.step(NOW_MS, 0, &mut Vec::new()).loads;
        assert!(loads.len() < LOADS_MAX || nothing.is_empty());
        assert!(loads.len() < LOADS_MAX || shard.next_deadline_ms().is_none(), "it waits for what is read");
        let loaded =
            |execution| Envelope { execution, message: Message::Loaded(Ok(None)), reply: Reply::Nobody };
        arrived = loads.iter().copied().map(loaded).collect();
        fetched.extend(loads);
        shard.step(NOW_MS, 0, &mut arrived);
    }
    fetched.sort_unstable();
    assert_eq!(fetched, (0..owed + due).map(uid).collect::<Vec<_>>());
}

const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;
