use super::*;

const ORDER: &str = include_str!("../../../examples/order-fulfilment.asl.json");
const ORDER_PICTURE: &str = include_str!("../../../console/src/graph/pictures/order-fulfilment.svg");

#[test]
fn the_picture_is_the_one_that_the_console_draws() {
    assert_eq!(svg(ORDER).unwrap(), ORDER_PICTURE);
}

#[test]
fn a_broken_definition_is_drawn_as_far_as_it_can_be_read() {
    let cut = &ORDER[..ORDER.len() / 2];
    let picture = svg(cut).unwrap();
    assert!(picture.contains("PrepareOrder"), "{picture}");
    assert!(svg("").unwrap().starts_with("<svg "));
}

#[test]
fn a_definition_cannot_say_anything_to_the_interpreter() {
    let name = "`${globalThis.stairwayGraph = null}`\\u0022);throw 1;//\u{2028}</title><script>";
    let definition = format!(r#"{{"StartAt": {name:?}, "States": {{{name:?}: {{"Type": "Succeed"}}}}}}"#);
    let picture = svg(&definition).unwrap();
    assert!(picture.contains("globalThis.stairwayGraph"), "{picture}");
    assert!(!picture.contains("<script"), "{picture}");
}

#[test]
fn deep_nesting_is_drawn_or_refused_in_words() {
    let depth = 500;
    let open = r#"{"StartAt":"a","States":{"a":{"Type":"Parallel","End":true,"Branches":["#.repeat(depth);
    let inner = r#"{"StartAt":"b","States":{"b":{"Type":"Succeed"}}}"#;
    let definition = format!("{open}{inner}{}", "]}}}".repeat(depth));
    match svg(&definition) {
        Ok(picture) => assert!(picture.starts_with("<svg ")),
        Err(error) => assert!(error.to_string().starts_with("cannot draw the definition: "), "{error}"),
    }
}
