use super::*;
use crate::wire::limits;
use crate::wire::read::read;

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    name: Option<Text<'a>>,
    definition: Option<Text<'a>>,
    trace_header: Option<Text<'a>>,
    r#type: Option<Text<'a>>,
    max_results: Option<Integer>,
}

fn check(body: &str) -> String {
    let request: Request<'_> = read(body.as_bytes()).unwrap();
    let mut constraints = Constraints::default();
    constraints.required("name", &request.name, &limits::NAME);
    constraints.optional("definition", &request.definition, &limits::DEFINITION);
    constraints.optional("traceHeader", &request.trace_header, &limits::TRACE_HEADER);
    constraints.one_of("type", &request.r#type, limits::MACHINE_TYPE);
    constraints.number("maxResults", request.max_results, &limits::PAGE_SIZE);
    match constraints.finish() {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_in_bounds_passes() {
    assert_eq!(check(r#"{"name":"n","type":"EXPRESS","maxResults":1000,"traceHeader":""}"#), "ok");
}

#[test]
fn absent_and_null_required_members_are_told_alike() {
    let expected = "1 validation error detected: Value null at 'name' failed to satisfy constraint: \
                    Member must not be null";
    assert_eq!(check("{}"), expected);
    assert_eq!(check(r#"{"name":null}"#), expected);
}

#[test]
fn page_size_over_the_bound_is_told_as_recorded_on_aws() {
    assert_eq!(
        check(r#"{"name":"n","maxResults":1001}"#),
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: \
         Member must have value less than or equal to 1000"
    );
}

#[test]
fn negative_page_size_is_refused() {
    assert_eq!(
        check(r#"{"name":"n","maxResults":-1}"#),
        "1 validation error detected: Value '-1' at 'maxResults' failed to satisfy constraint: \
         Member must have value greater than or equal to 0"
    );
}

#[test]
fn long_name_is_echoed_with_its_bound() {
    let name = "A".repeat(81);
    assert_eq!(
        check(&format!(r#"{{"name":"{name}"}}"#)),
        format!(
            "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: \
             Member must have length less than or equal to 80"
        )
    );
}

#[test]
fn length_counts_characters_not_bytes() {
    assert_eq!(check(&format!(r#"{{"name":"{}"}}"#, "é".repeat(80))), "ok");
    assert!(check(&format!(r#"{{"name":"{}"}}"#, "é".repeat(81))).contains("less than or equal to 80"));
}

#[test]
fn sensitive_value_is_not_echoed() {
    assert_eq!(
        check(r#"{"name":"n","definition":""}"#),
        "1 validation error detected: Value at 'definition' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
    );
}

#[test]
fn value_outside_an_enum_names_the_whole_set() {
    assert_eq!(
        check(r#"{"name":"n","type":"FAST"}"#),
        "1 validation error detected: Value 'FAST' at 'type' failed to satisfy constraint: \
         Member must satisfy enum value set: [STANDARD, EXPRESS]"
    );
}

#[test]
fn broken_pattern_is_told_with_the_pattern() {
    assert_eq!(
        check(r#"{"name":"n","traceHeader":"é"}"#),
        "1 validation error detected: Value 'é' at 'traceHeader' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: \\p{ASCII}*"
    );
}

#[test]
fn several_violations_are_counted_and_joined() {
    assert_eq!(
        check(r#"{"maxResults":1001}"#),
        "2 validation errors detected: Value null at 'name' failed to satisfy constraint: \
         Member must not be null; Value '1001' at 'maxResults' failed to satisfy constraint: \
         Member must have value less than or equal to 1000"
    );
}
