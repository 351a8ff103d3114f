//! Golden bytes: what was ever written reads back for ever. A new variant needs a sample here (the
//! compiler asks for it), and its bytes a line in `GOLDEN`.

use std::fmt::Write;
use std::sync::Arc;

use asl::error_name::Failure;
use asl::{Document, StateId};

use crate::frame::{FrameId, Outcome};
use crate::mocks::{MockedAnswer, MockedAnswers, Mocks};
use crate::payload::PayloadId;
use crate::record::{Batch, Event, Origin, Record, Through};

/// A failure, a payload and a frame to put into samples.
fn failure() -> Failure {
    Failure { error: Some("E".into()), cause: None }
}

const PAYLOAD: PayloadId = PayloadId(1);
const STATE: StateId = StateId(2);

/// One sample of every event, in the order of the enum.
fn events() -> Vec<Event> {
    let origin = Origin { machine: 7, revision: 1, name: "n".into(), trace_header: None, through: None };
    vec![
        Event::ExecutionStarted { origin, input: PAYLOAD, timeout_at_ms: Some(9) },
        Event::ExecutionSucceeded { output: PAYLOAD },
        Event::ExecutionFailed { failure: failure() },
        Event::ExecutionAborted { failure: failure() },
        Event::ExecutionTimedOut { failure: failure() },
        Event::StateEntered { state: STATE, input: PAYLOAD },
        Event::StateExited {
            state: STATE,
            output: PAYLOAD,
            assigned: vec![("v".into(), PAYLOAD)],
            next: Some(StateId(3)),
        },
        Event::StateAborted { state: STATE },
        Event::ParallelStateStarted { state: STATE, input: PAYLOAD },
        Event::ParallelStateSucceeded { result: PAYLOAD },
        Event::ParallelStateFailed,
        Event::MapStateStarted { length: 4, items: PAYLOAD, concurrency_max: 40 },
        Event::MapStateSucceeded { result: PAYLOAD },
        Event::MapStateFailed,
        Event::MapIterationStarted { state: STATE, index: 5, input: PAYLOAD },
        Event::MapIterationSucceeded { state: STATE, index: 5 },
        Event::MapIterationFailed { state: STATE, index: 5 },
        Event::MapIterationAborted { state: STATE, index: 5 },
        Event::TaskScheduled {
            state: STATE,
            input: PAYLOAD,
            timeout_seconds: Some(60),
            heartbeat_seconds: None,
            nonce: 300,
        },
        Event::TaskScheduleFailed { state: STATE, failure: failure() },
        Event::TaskStarted { state: STATE, worker: Some("w".into()) },
        Event::TaskSucceeded { state: STATE, output: PAYLOAD },
        Event::TaskFailed { state: STATE, failure: failure() },
        Event::TaskTimedOut { state: STATE, failure: failure(), missed_heartbeat: true },
        Event::EvaluationFailed { state: STATE, failure: failure(), location: Some("Output".into()) },
        Event::TaskSubmitted { state: STATE, output: PAYLOAD },
        Event::TaskSubmitFailed { state: STATE, failure: failure() },
        Event::ExecutionRedriven { count: 3, timeout_at_ms: Some(9), token: Some("t".into()) },
    ]
}

/// Place of an event in the enum. Without a wildcard, so that a new variant does not compile until it is
/// here, and fails until it has its sample and its bytes.
fn place(event: &Event) -> usize {
    match event {
        Event::ExecutionStarted { .. } => 0,
        Event::ExecutionSucceeded { .. } => 1,
        Event::ExecutionFailed { .. } => 2,
        Event::ExecutionAborted { .. } => 3,
        Event::ExecutionTimedOut { .. } => 4,
        Event::StateEntered { .. } => 5,
        Event::StateExited { .. } => 6,
        Event::StateAborted { .. } => 7,
        Event::ParallelStateStarted { .. } => 8,
        Event::ParallelStateSucceeded { .. } => 9,
        Event::ParallelStateFailed => 10,
        Event::MapStateStarted { .. } => 11,
        Event::MapStateSucceeded { .. } => 12,
        Event::MapStateFailed => 13,
        Event::MapIterationStarted { .. } => 14,
        Event::MapIterationSucceeded { .. } => 15,
        Event::MapIterationFailed { .. } => 16,
        Event::MapIterationAborted { .. } => 17,
        Event::TaskScheduled { .. } => 18,
        Event::TaskScheduleFailed { .. } => 19,
        Event::TaskStarted { .. } => 20,
        Event::TaskSucceeded { .. } => 21,
        Event::TaskFailed { .. } => 22,
        Event::TaskTimedOut { .. } => 23,
        Event::EvaluationFailed { .. } => 24,
        Event::TaskSubmitted { .. } => 25,
        Event::TaskSubmitFailed { .. } => 26,
        Event::ExecutionRedriven { .. } => 27,
    }
}

fn records() -> Vec<Record> {
    let frame = FrameId(6);
    let mut records: Vec<Record> =
        events().into_iter().map(|event| Record::Event { frame, previous: 200, event }).collect();
    records.push(Record::WaitSet { frame, until_ms: 1_000 });
    records.push(Record::Woken { frame });
    records.push(Record::StateFailed { frame, failure: failure(), after: 8, announced: true });
    records.push(Record::RetrySet { frame, retrier: 1, at_ms: -1 });
    records.push(Record::AnsweredEarly { frame, outcome: Outcome::Succeeded(PAYLOAD) });
    records.push(Record::AnsweredEarly { frame, outcome: Outcome::Failed(failure()) });
    let through = Through { version: 300, alias: Some("PROD".into()) };
    records.push(Record::StartedThrough { through });
    records.push(Record::TaskCredentials { frame, role_arn: "r".into() });
    records.push(Record::SubmissionInDoubt { frame });
    let answers = vec![(0, MockedAnswer::Throw(failure())), (300, MockedAnswer::Return("{\"a\": 1}".into()))];
    let answers = [("S".into(), MockedAnswers { response: "R".into(), answers })].into();
    records.push(Record::StartedWithMocks { mocks: Arc::new(Mocks { test_case: "C".into(), answers }) });
    records
}

/// Bytes of a batch with one payload and one record, for each of `records`.
const GOLDEN: &str = "\
0180a0abfef9620101087b2261223a20317d010006c801000701016e00010112
0180a0abfef9620101087b2261223a20317d010006c8010101
0180a0abfef9620101087b2261223a20317d010006c8010201014500
0180a0abfef9620101087b2261223a20317d010006c8010301014500
0180a0abfef9620101087b2261223a20317d010006c8010401014500
0180a0abfef9620101087b2261223a20317d010006c801050201
0180a0abfef9620101087b2261223a20317d010006c801060201010176010103
0180a0abfef9620101087b2261223a20317d010006c8010702
0180a0abfef9620101087b2261223a20317d010006c801080201
0180a0abfef9620101087b2261223a20317d010006c8010901
0180a0abfef9620101087b2261223a20317d010006c8010a
0180a0abfef9620101087b2261223a20317d010006c8010b040128
0180a0abfef9620101087b2261223a20317d010006c8010c01
0180a0abfef9620101087b2261223a20317d010006c8010d
0180a0abfef9620101087b2261223a20317d010006c8010e020501
0180a0abfef9620101087b2261223a20317d010006c8010f0205
0180a0abfef9620101087b2261223a20317d010006c801100205
0180a0abfef9620101087b2261223a20317d010006c801110205
0180a0abfef9620101087b2261223a20317d010006c801120201013c00ac02
0180a0abfef9620101087b2261223a20317d010006c801130201014500
0180a0abfef9620101087b2261223a20317d010006c8011402010177
0180a0abfef9620101087b2261223a20317d010006c801150201
0180a0abfef9620101087b2261223a20317d010006c801160201014500
0180a0abfef9620101087b2261223a20317d010006c80117020101450001
0180a0abfef9620101087b2261223a20317d010006c80118020101450001064f7574707574
0180a0abfef9620101087b2261223a20317d010006c801190201
0180a0abfef9620101087b2261223a20317d010006c8011a0201014500
0180a0abfef9620101087b2261223a20317d010006c8011b030112010174
0180a0abfef9620101087b2261223a20317d010106d00f
0180a0abfef9620101087b2261223a20317d010206
0180a0abfef9620101087b2261223a20317d010306010145000801
0180a0abfef9620101087b2261223a20317d0104060101
0180a0abfef9620101087b2261223a20317d0105060001
0180a0abfef9620101087b2261223a20317d0105060101014500
0180a0abfef9620101087b2261223a20317d0106ac02010450524f44
0180a0abfef9620101087b2261223a20317d0107060172
0180a0abfef9620101087b2261223a20317d010806
0180a0abfef9620101087b2261223a20317d01090143010153015202000101014500ac0200087b2261223a20317d";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text can be written to");
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).expect("hexadecimal digits")).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

#[test]
fn every_event_has_a_sample_in_its_place() {
    for (at, event) in events().iter().enumerate() {
        assert_eq!(place(event), at);
    }
}

#[test]
fn old_bytes_decode_and_new_bytes_are_the_same() {
    let batch = |record: &Record| Batch {
        at_ms: 1_700_000_000_000,
        first_payload: 1,
        payloads: vec![Document::parse("{\"a\": 1}").expect("a JSON text")],
        records: vec![record.clone()],
    };
    let written: Vec<String> = records().iter().map(|record| hex(&batch(record).encode())).collect();
    assert_eq!(GOLDEN.lines().collect::<Vec<_>>(), written, "golden lines:\n{}", written.join("\n"));
    for (line, record) in GOLDEN.lines().zip(records()) {
        let read = Batch::decode(&bytes(line)).expect("old bytes decode");
        assert_eq!((read.at_ms, read.first_payload), (1_700_000_000_000, 1));
        assert_eq!(read.payloads[0].text(), "{\"a\": 1}");
        assert_eq!(read.records, [record]);
    }
}

#[test]
fn newer_and_damaged_bytes_are_refused() {
    let batch = Batch { records: records(), ..Batch::default() };
    let mut encoded = batch.encode();
    encoded[0] = 2;
    let newer = Batch::decode(&encoded).expect_err("a newer version");
    assert_eq!(newer.to_string(), "the record encoding has version 2, this program reads up to 1");
    assert!(Batch::decode(&batch.encode()[..20]).is_err());
    assert!(Batch::decode(&[]).is_err());
}
