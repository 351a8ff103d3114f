use std::borrow::Cow;

use super::*;
use crate::wire::member::{Boolean, Integer, Text};

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    text: Option<Text<'a>>,
    number: Option<Integer>,
    flag: Option<Boolean>,
    list: Option<Vec<Structure<Inner<'a>>>>,
}

#[derive(serde::Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Inner<'a> {
    key: Option<Text<'a>>,
}

fn refusal(body: &str) -> String {
    match read::<Request<'_>>(body.as_bytes()) {
        Ok(_) => "ok".to_owned(),
        Err(ApiError::Serialization(why)) => why,
        Err(other) => panic!("expected a SerializationException, found {other:?}"),
    }
}

#[test]
fn members_are_read_and_unknown_ones_passed_over() {
    let request: Request<'_> =
        read(br#" {"text":"a\"b","number":7,"flag":true,"list":[{"key":"k"}],"new":[1,{"x":2}]}"#).unwrap();
    assert_eq!(&**request.text.as_ref().unwrap(), "a\"b");
    assert_eq!(request.number.unwrap().0, 7);
    assert!(request.flag.unwrap().0);
    assert_eq!(request.list.unwrap()[0].key.as_deref(), Some("k"));
}

#[test]
fn text_without_escapes_is_borrowed_from_the_body() {
    let body = br#"{"text":"plain"}"#;
    let request: Request<'_> = read(body).unwrap();
    let text: &str = request.text.as_ref().unwrap();
    assert!(body.as_ptr_range().contains(&text.as_ptr()));
    assert_eq!(Cow::Borrowed("plain"), text);
}

#[test]
fn whole_number_with_a_fraction_of_zero_is_an_integer() {
    let request: Request<'_> = read(br#"{"number":10.0}"#).unwrap();
    assert_eq!(request.number.unwrap().0, 10);
}

#[test]
fn wrong_types_are_told_in_the_words_of_aws() {
    let list = "Start of list found where not expected";
    let structure = "Start of structure or map found where not expected.";
    for (body, expected) in [
        (r#"{"text":1}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"text":true}"#, "TRUE_VALUE can not be converted to a String"),
        (r#"{"text":{}}"#, structure),
        (r#"{"text":["a"]}"#, list),
        (r#"{"number":"1"}"#, "STRING_VALUE can not be converted to an Integer"),
        (r#"{"number":1.5}"#, "NUMBER_VALUE can not be converted to an Integer"),
        (r#"{"number":99999999999999999999}"#, "NUMBER_VALUE can not be converted to an Integer"),
        (r#"{"flag":"true"}"#, "STRING_VALUE can not be converted to a Boolean"),
        (r#"{"list":[["k"]]}"#, list),
        (r#"["a",1,true]"#, list),
    ] {
        assert_eq!(refusal(body), expected, "{body}");
    }
}

#[test]
fn what_is_not_json_is_refused() {
    for body in
        ["", "  ", "nonsense", r#"{"text":"#, r#"{"text":"a"} x"#, "{'text':1}", r#"{"text":"\ud800"}"#]
    {
        assert!(refusal(body).starts_with("the request body is not JSON: "), "{body}: {}", refusal(body));
    }
}

#[test]
fn invalid_utf8_is_refused() {
    assert!(matches!(read::<Request<'_>>(b"{\"text\":\"\xff\"}"), Err(ApiError::Serialization(_))));
}

#[test]
fn nesting_of_ten_thousand_levels_is_refused_wherever_it_stands() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let maps = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    for body in [
        deep.clone(),
        maps.clone(),
        format!(r#"{{"unknown":{deep}}}"#),
        format!(r#"{{"text":{maps}}}"#),
        "[".repeat(10_000),
    ] {
        assert_eq!(refusal(&body), "the request body is nested deeper than 128 levels");
    }
}

#[test]
fn brackets_inside_strings_are_no_levels() {
    let brackets = "[{".repeat(1_000);
    assert_eq!(refusal(&format!(r#"{{"text":"{brackets}\"{brackets}"}}"#)), "ok");
}

#[test]
fn many_brackets_side_by_side_are_no_depth() {
    let list = vec![r#"{"key":"k"}"#; 500].join(",");
    assert_eq!(refusal(&format!(r#"{{"list":[{list}]}}"#)), "ok");
}
