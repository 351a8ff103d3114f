use super::*;

fn check(input: usize, output: Option<usize>, expected: (bool, bool)) {
    // A number has no byte that is escaped.
    let document = |length: usize| Document::trusted("1".repeat(length).into());
    let (input, output) = (document(input), output.map(document));
    let shown = Shown::of(&input, output.as_ref());
    assert_eq!((shown.input.is_some(), shown.output.is_some()), expected);
}

#[test]
fn input_goes_when_both_are_too_long_and_output_when_it_is_by_itself() {
    check(PAYLOAD_BYTES_MAX, None, (true, false));
    check(PAYLOAD_BYTES_MAX + 1, None, (false, false));
    check(PAYLOAD_BYTES_MAX - 1, Some(1), (true, true));
    check(PAYLOAD_BYTES_MAX, Some(1), (false, true));
    check(1, Some(PAYLOAD_BYTES_MAX + 1), (false, false));
}

#[test]
fn redrive_is_told_as_aws_tells_it() {
    assert_eq!(
        redrive(ExecutionStatus::Running, Some(NotRedrivable::Running)),
        ("NOT_REDRIVABLE", "Execution is RUNNING and cannot be redriven".to_owned())
    );
    assert_eq!(
        redrive(ExecutionStatus::TimedOut, None),
        ("REDRIVABLE", "Execution is TIMED_OUT and is redrivable".to_owned())
    );
}

#[test]
fn ids_are_uuids_of_version_4() {
    let (one, other) = (uuid(), uuid());
    assert_ne!(one, other);
    let parts: Vec<usize> = one.split('-').map(str::len).collect();
    assert_eq!((parts, &one[14..15]), (vec![8, 4, 4, 4, 12], "4"));
}
