use asl::Document;

use super::*;

const ARN: &str = "arn:aws:states:us-east-1:000000000000:execution:m:e";

fn check(members: Vec<(&'static str, Detail)>, include_data: bool, expected: &Value) {
    let event = HistoryEvent {
        id: 3,
        previous_event_id: 2,
        timestamp_ms: 1_700_000_000_123,
        type_name: "TaskStateExited",
        state_name: None,
        details: Some(("stateExitedEventDetails", members)),
    };
    let record: Value = serde_json::from_str(&text(&event, ARN, 0, include_data)).unwrap();
    assert_eq!(record["details"], *expected);
}

fn data(text: String) -> Detail {
    Detail::Data(Document::trusted(text.into()))
}

#[test]
fn numbers_are_texts_and_details_are_always_there() {
    let event = HistoryEvent {
        id: 7,
        previous_event_id: 6,
        timestamp_ms: 1_700_000_000_123,
        type_name: "MapStateSucceeded",
        state_name: None,
        details: None,
    };
    let expected = format!(
        r#"{{"id":"7","type":"MapStateSucceeded","details":{{}},"previous_event_id":"6","event_timestamp":"1700000000123","execution_arn":"{ARN}","redrive_count":"2"}}"#
    );
    assert_eq!(text(&event, ARN, 2, true), expected);
}

#[test]
fn execution_data_is_there_or_not() {
    let members = || {
        let variables = vec![("v".into(), Document::trusted("[1]".into()))];
        vec![
            ("name", Detail::Text("S".into())),
            ("output", data(r#"{"a":1}"#.into())),
            ("assignedVariables", Detail::Variables(variables)),
            ("index", Detail::Number(2)),
        ]
    };
    let shown = json!({
        "name": "S", "outputDetails": {"truncated": false}, "output": r#"{"a":1}"#,
        "assignedVariablesDetails": {"truncated": false}, "assignedVariables": {"v": "[1]"}, "index": 2,
    });
    check(members(), true, &shown);
    check(members(), false, &json!({"name": "S", "index": 2}));
}

#[test]
fn what_is_too_long_once_it_is_escaped_is_left_out() {
    let quoted = |length: usize| data(format!("\"{}\"", "x".repeat(length - 2)));
    // Two quotes around it, each a byte longer when escaped.
    let fits = quoted(PAYLOAD_BYTES_MAX - 2);
    check(vec![("parameters", quoted(PAYLOAD_BYTES_MAX - 1))], true, &json!({}));
    check(
        vec![("input", quoted(PAYLOAD_BYTES_MAX - 1))],
        true,
        &json!({"inputDetails": {"truncated": true}}),
    );
    let Detail::Data(document) = &fits else { panic!("data") };
    let shown = json!({"inputDetails": {"truncated": false}, "input": document.text()});
    check(vec![("input", fits.clone())], true, &shown);
}

#[test]
fn escaped_length_is_that_of_the_written_string() {
    for text in ["plain", "\"\\\n\r\t\u{8}\u{c}", "\u{0}\u{1f}", "é漢", "\u{7f}"] {
        assert_eq!(escaped_len(text), serde_json::to_string(text).unwrap().len() - 2, "{text:?}");
    }
}
