//! What an audit wakes, and what it leaves alone.

use asl::Document;
use asl::definition::MachineType;
use asl::services::NoneKnown;
use execution::{Identity, Limits, Origin};

use super::*;
use crate::catalog::Intake;
use crate::shard::resident::ResidentLimits;
use crate::shard::{Message, Reply, Start};
use crate::task::token::TokenKey;

const NOW: i64 = 1_000_000;
/// An audit after the one before.
const LATER: i64 = 2_000;

fn shard() -> Shard {
    Shard::new(
        TokenKey::new(&[7; 32]),
        Limits::default(),
        Arc::new(NoneKnown),
        1,
        None,
        ResidentLimits::default(),
        Arc::default(),
    )
}

/// A machine whose first state is `A`; what follows in its text are others.
fn start(shard: &mut Shard, execution: Uid, state: &str) -> Awaits {
    let definition = format!(r#"{{"StartAt":"A","States":{{"A":{state}}}}}"#);
    let parsed = asl::parse(&definition, MachineType::Standard);
    let identity = Identity {
        arn: "arn:aws:states:us-east-1:000000000000:execution:m:e".into(),
        name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::000000000000:role/r".into(),
        region: "us-east-1".into(),
        machine: Arc::new(parsed.machine.unwrap()),
        logging: Arc::default(),
        machine_type: MachineType::Standard,
    };
    let origin = Origin { machine: 1, revision: 1, name: "e".into(), trace_header: None, through: None };
    let input = Document::parse("{}").unwrap();
    let intake = Arc::new(Intake::of(false));
    let start = Start { identity: Arc::new(identity), intake, origin, mocks: None, input };
    let message = Message::Start(Box::new(start));
    let envelope = Envelope { execution, message, reply: Reply::Nobody };
    let step = shard.step(NOW, 0, &mut vec![envelope]);
    step.commits[0].awaits
}

fn audit(shard: &mut Shard, now_ms: i64, page: &[(Uid, Awaits)]) -> Step {
    let message = Message::Audit(page.to_vec());
    let durable = shard.last_batch;
    shard.step(now_ms, durable, &mut vec![Envelope { execution: page[0].0, message, reply: Reply::Nobody }])
}

fn woken(shard: &Shard) -> u64 {
    shard.counts.woken.load(Ordering::Relaxed)
}

const WAIT: &str = r#"{"Type":"Wait","Seconds":5,"End":true}"#;

#[test]
fn a_timer_that_was_lost_while_its_execution_slept_is_found() {
    let (mut shard, execution) = (shard(), Uid::new(1, NOW, 1));
    let page = [(execution, Awaits { deadline_ms: Some(NOW), owes: false })];
    assert!(audit(&mut shard, NOW + LATER, &page).loads.is_empty(), "once may be on its way");
    assert_eq!(audit(&mut shard, NOW + 2 * LATER, &page).loads, [execution]);
    assert_eq!(woken(&shard), 1);
}

#[test]
fn a_sleeper_whose_timer_stands_is_left_alone() {
    let (mut shard, execution) = (shard(), Uid::new(1, NOW, 1));
    // Moved by a heartbeat, of which the store knows nothing.
    shard.residents.set_sleeping_deadline(execution, NOW + 600_000);
    let page = [(execution, Awaits { deadline_ms: Some(NOW), owes: false })];
    for round in 1..5 {
        assert!(audit(&mut shard, NOW + round * LATER, &page).loads.is_empty());
    }
    assert_eq!(woken(&shard), 0);
}

#[test]
fn a_timer_that_was_lost_in_memory_is_found_and_its_execution_goes_on() {
    let (mut shard, execution) = (shard(), Uid::new(1, NOW, 1));
    let awaits = start(&mut shard, execution, WAIT);
    let page = [(execution, awaits)];
    assert!(audit(&mut shard, NOW + 1_000, &page).commits.is_empty());
    shard.residents.take_due(NOW + 10_000, usize::MAX);
    assert!(audit(&mut shard, NOW + 8_000, &page).commits.is_empty());
    let step = audit(&mut shard, NOW + 10_000, &page);
    assert!(step.commits[0].ended.is_some());
    assert_eq!(woken(&shard), 1);
}

#[test]
fn a_turn_that_was_forgotten_is_found() {
    let (mut shard, execution) = (shard(), Uid::new(1, NOW, 1));
    let choice = r#"{"Variable":"$.end","IsPresent":true,"Next":"B"}"#;
    let looping =
        &format!(r#"{{"Type":"Choice","Choices":[{choice}],"Default":"A"}},"B":{{"Type":"Succeed"}}"#);
    let page = [(execution, start(&mut shard, execution, looping))];
    let first = audit(&mut shard, NOW, &page);
    assert_eq!(first.commits.len(), 1, "its own turn");
    assert_eq!(woken(&shard), 0);
    shard.unfinished.clear();
    audit(&mut shard, NOW + LATER, &page);
    let step = audit(&mut shard, NOW + 2 * LATER, &page);
    assert_eq!((step.commits.len(), woken(&shard)), (1, 1));
}

#[test]
fn a_task_that_nobody_took_is_offered_again_once_it_is_durable() {
    let (mut shard, execution) = (shard(), Uid::new(1, NOW, 1));
    let task = r#"{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:a","End":true}"#;
    let page = [(execution, start(&mut shard, execution, task))];
    let message = Message::Audit(page.to_vec());
    let in_flight = shard.step(NOW, 0, &mut vec![Envelope { execution, message, reply: Reply::Nobody }]);
    assert!(in_flight.held.is_empty());
    assert_eq!(audit(&mut shard, NOW, &page).held.recovered.len(), 1);
    assert_eq!(woken(&shard), 0);
}
