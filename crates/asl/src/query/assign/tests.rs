use crate::definition::MachineType;
use crate::json::Document;
use crate::query::Interrupted;
use crate::query::testing::{failure_text, with_variables};
use crate::state::choice::Decision;
use crate::state::{Kind, Outcome, State};

const VARIABLES: [(&str, &str); 3] = [("n", "1"), ("o", r#"{"deep":[10,20]}"#), ("big", "1.50")];

/// The first state of a machine whose other state is `Done`.
fn first_state(fields: &str) -> State {
    let definition =
        format!(r#"{{"StartAt":"S","States":{{"S":{{{fields}}},"Done":{{"Type":"Succeed"}}}}}}"#);
    let parsed = crate::parse(&definition, MachineType::Standard);
    let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    machine.states.into_iter().next().unwrap()
}

/// `output | name=value ...`, or the failure.
fn shown(outcome: Result<Outcome, Interrupted>) -> String {
    match outcome {
        Ok(Outcome { output, assigned }) => {
            let assigned = assigned.iter().map(|(name, value)| format!(" {name}={}", value.text()));
            format!("{} |{}", output.text(), assigned.collect::<String>())
        }
        Err(error) => failure_text(Err::<(), _>(error)),
    }
}

/// Leaves a state that has these fields with this result.
fn leave(fields: &str, input: &str, result: &str) -> String {
    let state = first_state(&format!(r#"{fields},"Next":"Done""#));
    let result = Document::parse(result).unwrap();
    with_variables(input, &VARIABLES, |scope| shown(state.outcome(scope, &result)))
}

fn decide(fields: &str, input: &str) -> String {
    let state = first_state(&format!(r#""Type":"Choice",{fields},"Default":"Done""#));
    let Kind::Choice(choice) = &state.kind else { panic!("not a Choice") };
    with_variables(input, &VARIABLES, |scope| {
        shown(choice.decide(&state, scope).map(|decision| match decision {
            Decision::Taken { outcome, .. } => outcome,
            Decision::NoneMatched => panic!("there is a default"),
        }))
    })
}

#[test]
fn references_read_the_values_at_entry() {
    let assign = r#""Type":"Pass","Assign":{"n":2,"old.$":"$n"},"OutputPath":"$n""#;
    assert_eq!(leave(assign, "{}", "{}"), "1 | n=2 old=1");
}

#[test]
fn dollar_in_assign_is_the_raw_result() {
    let fields = r#""Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a",
        "ResultSelector":{"picked.$":"$.r"},"ResultPath":"$.at","Assign":{"whole.$":"$","part.$":"$.r","deep":{"x":[{"y.$":"$.r"}]}}"#;
    assert_eq!(
        leave(fields, r#"{"in":1}"#, r#"{"r":7}"#),
        r#"{"in":1,"at":{"picked":7}} | whole={"r":7} part=7 deep={"x":[{"y":7}]}"#
    );
}

#[test]
fn variables_are_roots_of_every_path() {
    let at = |field: &str| leave(&format!(r#""Type":"Pass",{field}"#), r#"{"in":1}"#, "{}");
    assert_eq!(at(r#""OutputPath":"$o.deep[1]""#), "20 |");
    assert_eq!(at(r#""Assign":{"a.$":"$o.deep[*]","b.$":"$big"}"#), "{} | a=[10,20] b=1.50");
    assert_eq!(at(r#""Assign":{"a.$":"States.Format('{}-{}', $n, $o.deep[0])"}"#), r#"{} | a="1-10""#);
    let choice = r#""Choices":[{"Variable":"$n","NumericLessThanPath":"$o.deep[0]","Assign":{"ruled":1},"Next":"Done"}]"#;
    assert_eq!(decide(choice, "{}"), "{} | ruled=1");
}

#[test]
fn a_rule_assigns_for_itself_and_the_state_for_default() {
    let choice = r#""Assign":{"by":"state","saw.$":"$.a"},"Choices":[
        {"Variable":"$.a","NumericEquals":1,"Assign":{"by":"rule"},"Next":"Done"},
        {"Variable":"$.a","NumericEquals":2,"Next":"Done"}]"#;
    assert_eq!(decide(choice, r#"{"a":1}"#), r#"{"a":1} | by="rule""#);
    assert_eq!(decide(choice, r#"{"a":2}"#), r#"{"a":2} |"#);
    assert_eq!(decide(choice, r#"{"a":3}"#), r#"{"a":3} | by="state" saw=3"#);
}

#[test]
fn a_catcher_assigns_from_the_error_output() {
    let state = first_state(
        r#""Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a","End":true,"Assign":{"never":1},
           "Catch":[{"ErrorEquals":["E"],"Assign":{"error.$":"$.Error","before.$":"$n"},"ResultPath":null,"Next":"Done"}]"#,
    );
    let error_output = Document::parse(r#"{"Error":"E"}"#).unwrap();
    with_variables("{}", &VARIABLES, |scope| {
        assert_eq!(shown(state.catchers[0].outcome(scope, &error_output)), r#"{} | error="E" before=1"#);
    });
}

#[test]
fn of_equal_names_the_innermost_is_read() {
    let state = first_state(r#""Type":"Pass","OutputPath":"$x","Next":"Done""#);
    with_variables("{}", &[("x", "\"inner\""), ("x", "\"outer\"")], |scope| {
        assert_eq!(shown(state.outcome(scope, scope.input)), "\"inner\" |");
    });
}

#[test]
fn undefined_variables_fail_where_they_are_read() {
    let at = |field: &str| leave(&format!(r#""Type":"Pass",{field}"#), "{}", "{}");
    assert_eq!(
        at(r#""Assign":{"a.$":"$nothing"}"#),
        "States.Runtime: The JSONPath '$nothing' specified for the field 'a.$' could not be found in the input '{}'"
    );
    assert_eq!(
        at(r#""OutputPath":"$nothing.at.all""#),
        "States.Runtime: Invalid path '$nothing.at.all' : No value has been assigned to the variable $nothing"
    );
    assert_eq!(
        at(r#""OutputPath":"$o.shallow""#),
        "States.Runtime: Invalid path '$o.shallow' : No results for path: $['shallow']"
    );
}

#[test]
fn only_objects_assign() {
    let definition = r#"{"StartAt":"S","States":{"S":{"Type":"Pass","Assign":"$.x","End":true}}}"#;
    let findings = crate::parse(definition, MachineType::Standard).diagnostics;
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, ["SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/S/Assign"]);
}
