use super::*;
use crate::domain::{Owner, StateMachineArn};

fn written(write: impl FnOnce(&mut Json)) -> String {
    let mut json = Json::object();
    write(&mut json);
    String::from_utf8(json.finish()).unwrap()
}

#[test]
fn members_stand_in_the_order_of_writing_without_spaces() {
    let text = written(|json| {
        json.string("a", "x\"y").number("b", -7).optional("c", None).null("d").raw("e", "{}");
        json.list("f", [1, 2], |json, item| {
            json.number("g", item);
        });
        json.raw_list("h", "1,2").string("i", "");
    });
    assert_eq!(text, r#"{"a":"x\"y","b":-7,"d":null,"e":{},"f":[{"g":1},{"g":2}],"h":[1,2],"i":""}"#);
}

#[test]
fn empty_object_and_empty_list_are_closed() {
    assert_eq!(written(|_| {}), "{}");
    assert_eq!(
        written(|json| {
            json.list("a", [0; 0], |_, _| {});
        }),
        r#"{"a":[]}"#
    );
}

#[test]
fn timestamps_are_seconds_with_the_decimals_they_need() {
    for (epoch_ms, expected) in [
        (1_700_000_000_123, "1700000000.123"),
        (1_700_000_000_120, "1700000000.12"),
        (1_700_000_000_100, "1700000000.1"),
        (1_700_000_000_003, "1700000000.003"),
        (1_700_000_000_000, "1700000000"),
        (0, "0"),
    ] {
        assert_eq!(
            written(|json| {
                json.timestamp("t", epoch_ms);
            }),
            format!(r#"{{"t":{expected}}}"#)
        );
    }
}

#[test]
fn numbers_are_written_to_their_bounds() {
    for number in [0, 9, 10, i64::MAX, i64::MIN] {
        assert_eq!(
            written(|json| {
                json.number("n", number);
            }),
            format!(r#"{{"n":{number}}}"#)
        );
    }
}

#[test]
fn arns_are_written_whole() {
    let owner = Owner { partition: "aws".into(), region: "eu-west-1".into(), account: "123456789012".into() };
    let arn = StateMachineArn { owner, name: "orders".into() };
    assert_eq!(
        written(|json| {
            json.arn("arn", &arn);
        }),
        r#"{"arn":"arn:aws:states:eu-west-1:123456789012:stateMachine:orders"}"#
    );
}
