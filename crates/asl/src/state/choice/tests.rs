use super::comparison::matches_pattern;
use super::{Choice, Decision};
use crate::definition::MachineType;
use crate::query::testing::{failure_text, with_scope};
use crate::state::{Kind, State};

fn states(rule: &str, more: &str) -> Vec<State> {
    let definition = format!(
        r#"{{"StartAt":"C","States":{{"C":{{"Type":"Choice","Choices":[{{{rule},"Next":"Yes"}}],"Default":"No"{more}}},
           "Yes":{{"Type":"Succeed"}},"No":{{"Type":"Succeed"}}}}}}"#
    );
    let parsed = crate::parse(&definition, MachineType::Standard);
    parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)).states
}

fn choice(state: &State) -> &Choice {
    match &state.kind {
        Kind::Choice(choice) => choice,
        _ => panic!("not a Choice"),
    }
}

/// Where a Choice with this one rule goes: `Yes`, `No`, or the failure.
fn check(rule: &str, input: &str) -> String {
    let states = states(rule, "");
    with_scope(input, |scope| match choice(&states[0]).decide(&states[0], scope) {
        Ok(Decision::Taken { next, .. }) => states[next.0 as usize].name.to_string(),
        Ok(Decision::NoneMatched) => "none".into(),
        Err(error) => failure_text(Err::<(), _>(error)),
    })
}

fn holds(operator: &str, operand: &str, variable: &str) -> bool {
    let input = format!(r#"{{"v":{variable},"o":{operand}}}"#);
    let decided = check(&format!(r#""Variable":"$.v","{operator}":{operand}"#), &input);
    let has_path_form = !operator.starts_with("Is") && operator != "StringMatches";
    if has_path_form {
        let by_path = check(&format!(r#""Variable":"$.v","{operator}Path":"$.o""#), &input);
        assert_eq!(by_path, decided, "{operator}Path {operand} {variable}");
    }
    decided == "Yes"
}

#[test]
fn comparisons_hold_between_values_of_their_type_only() {
    for (kind, small, large) in [
        ("String", "\"a\"", "\"b\""),
        ("Numeric", "1", "1.5"),
        ("Timestamp", "\"2020-01-01T00:00:00Z\"", "\"2020-01-01T00:00:00.1Z\""),
    ] {
        let holds = |relation: &str, operand: &str, variable: &str| {
            holds(&format!("{kind}{relation}"), operand, variable)
        };
        assert!(holds("Equals", small, small) && !holds("Equals", small, large));
        assert!(holds("LessThan", large, small) && !holds("LessThan", small, small));
        assert!(holds("GreaterThan", small, large) && !holds("GreaterThan", small, small));
        assert!(holds("LessThanEquals", small, small) && !holds("LessThanEquals", small, large));
        assert!(holds("GreaterThanEquals", small, small) && !holds("GreaterThanEquals", large, small));
        for other in ["null", "true", "[]"] {
            assert!(!holds("LessThanEquals", small, other), "{kind} {other}");
        }
    }
    assert!(holds("BooleanEquals", "false", "false") && !holds("BooleanEquals", "true", "1"));
    assert!(holds("NumericEquals", "1", "1.0"));
    assert!(holds("TimestampEquals", "\"2020-01-01T00:00:00Z\"", "\"2020-01-01T01:00:00+01:00\""));
}

#[test]
fn tests_for_types_compare_with_what_is_asked() {
    for (operator, is_so, is_not) in [
        ("IsNull", "null", "0"),
        ("IsNumeric", "1", "\"1\""),
        ("IsString", "\"\"", "1"),
        ("IsBoolean", "false", "\"false\""),
        ("IsTimestamp", "\"2020-01-01T00:00:00Z\"", "\"2020-01-01\""),
    ] {
        assert!(holds(operator, "true", is_so) && !holds(operator, "false", is_so), "{operator}");
        assert!(!holds(operator, "true", is_not) && holds(operator, "false", is_not), "{operator}");
    }
    assert_eq!(check(r#""Variable":"$.x","IsPresent":false"#, "{}"), "Yes");
    assert_eq!(check(r#""Variable":"$.x","IsPresent":true"#, r#"{"x":null}"#), "Yes");
}

#[test]
fn a_missing_variable_fails_the_state() {
    assert_eq!(
        check(r#""Variable":"$.x.y","NumericEquals":1"#, "{}"),
        "States.Runtime: Invalid path '$.x.y': The choice state's condition path references an invalid value."
    );
}

#[test]
fn rules_nest_and_stop_early() {
    let present = r#"{"Variable":"$.x","IsPresent":true}"#;
    let large = r#"{"Variable":"$.x","NumericGreaterThan":9}"#;
    // The second part would fail on the missing variable.
    assert_eq!(check(&format!(r#""And":[{present},{large}]"#), "{}"), "No");
    assert_eq!(check(&format!(r#""And":[{present},{large}]"#), r#"{"x":10}"#), "Yes");
    assert_eq!(check(&format!(r#""Or":[{{"Not":{present}}},{large}]"#), "{}"), "Yes");
    assert_eq!(check(&format!(r#""Not":{{"Or":[{large}]}}"#), r#"{"x":1}"#), "Yes");
}

#[test]
fn the_output_is_the_selected_input() {
    let states = states(r#""Variable":"$.x","NumericEquals":1"#, r#","InputPath":"$.in","OutputPath":"$.x""#);
    with_scope(r#"{"in":{"x":1}}"#, |scope| match choice(&states[0]).decide(&states[0], scope) {
        Ok(Decision::Taken { outcome, .. }) => assert_eq!(outcome.output.text(), "1"),
        other => panic!("{other:?}"),
    });
}

#[test]
fn patterns_match_whole_texts() {
    for (pattern, matching, other) in [
        ("log-*.txt", "log-1.txt", "log-1.txt.gz"),
        ("*", "", "\n"),
        ("a*b*c", "aXbYbc", "ac"),
        ("a*a", "aa", "a"),
        ("\\*\\\\", "*\\", "x\\"),
        ("exact", "exact", "exactly"),
    ] {
        assert!(matches_pattern(matching, pattern), "{pattern} {matching}");
        assert_eq!(matches_pattern(other, pattern), pattern == "*", "{pattern} {other}");
    }
}
