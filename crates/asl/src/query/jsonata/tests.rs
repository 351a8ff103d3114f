use crate::definition::MachineType;
use crate::json::Document;
use crate::query::testing::with_variables;
use crate::query::{Budget, Interrupted, Scope};
use crate::state::choice::Decision;
use crate::state::{Kind, Outcome, State};

const VARIABLES: [(&str, &str); 3] = [("n", "1"), ("sum", "[1,2]"), ("n", "9")];

const TASK: &str = r#""Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a""#;

fn machine_of(fields: &str) -> crate::Parsed {
    let definition = format!(
        r#"{{"QueryLanguage":"JSONata","StartAt":"S","States":{{"S":{{{fields}}},"Done":{{"Type":"Succeed"}}}}}}"#
    );
    crate::parse(&definition, MachineType::Standard)
}

fn first_state(fields: &str) -> State {
    let parsed = machine_of(fields);
    let machine = parsed.machine.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    machine.states.into_iter().next().unwrap()
}

fn findings(fields: &str) -> Vec<String> {
    machine_of(fields).diagnostics.iter().map(ToString::to_string).collect()
}

/// `output | name=value ...`, or the failure with its location.
fn shown(outcome: Result<Outcome, Interrupted>) -> String {
    match outcome {
        Ok(Outcome { output, assigned }) => {
            let assigned = assigned.iter().map(|(name, value)| format!(" {name}={}", value.text()));
            format!("{} |{}", output.text(), assigned.collect::<String>())
        }
        Err(Interrupted::OverBudget) => "over budget".into(),
        Err(Interrupted::Failed(failure)) => {
            format!("{}: {} at {:?}", failure.error, failure.cause, failure.location)
        }
    }
}

/// Leaves a state that has these fields with this result.
fn leave(fields: &str, input: &str, result: &str) -> String {
    let state = first_state(&format!(r#"{fields},"Next":"Done""#));
    let result = Document::parse(result).unwrap();
    with_variables(input, &VARIABLES, |scope| shown(state.outcome(scope, &result)))
}

/// The output of a Pass state.
fn pass(output: &str) -> String {
    leave(&format!(r#""Type":"Pass","Output":{output}"#), r#"{"a":{"b":[1,2.50]}}"#, "{}")
}

#[test]
fn expressions_stand_at_any_depth_and_the_rest_is_literal() {
    assert_eq!(
        pass(r#"{"x":[{"y\"":"{% $states.input.a.b[1] %}"},"{%1%}"],"z":" {% 1 "}"#),
        r#"{"x":[{"y\"":2.5},1],"z":" {% 1 "} |"#
    );
    assert_eq!(pass(r#""{% $states.input.a %}""#), r#"{"b":[1,2.50]} |"#);
    assert_eq!(pass("null"), "null |");
}

#[test]
fn states_has_what_the_phase_has() {
    let task = format!(
        r#"{TASK},"Assign":{{"r":"{{% $states.result %}}"}},"Output":"{{% [$states.input, $states.context.State.Name] %}}""#
    );
    assert_eq!(leave(&task, "1", "2"), r#"[1,"S"] | r=2"#);
    assert_eq!(leave(TASK, "1", "2"), "2 |");
    let whole = format!(r#"{TASK},"Output":"{{% $keys($states) %}}""#);
    assert_eq!(leave(&whole, "1", "2"), r#"["input","result","context"] |"#);
}

#[test]
fn variables_are_those_of_the_innermost_block_and_hide_functions() {
    assert_eq!(pass(r#""{% [$n, $sum] %}""#), "[1,1,2] |");
    let assign = r#""Type":"Pass","Assign":{"n":"{% $n + 1 %}","o":"{% $n %}"},"Output":"{% $n %}""#;
    assert_eq!(leave(assign, "{}", "{}"), "1 | n=2 o=1");
}

#[test]
fn the_moment_and_chance_are_those_of_the_scope() {
    assert_eq!(pass(r#""{% $millis() %}""#), "1500 |");
    assert_eq!(pass(r#""{% $uuid() %}""#), pass(r#""{% $uuid() %}""#));
}

#[test]
fn failures_name_the_expression_and_its_field() {
    assert_eq!(
        pass(r#"{"a":["{% $nothing %}"]}"#),
        "States.QueryEvaluationError: The JSONata expression '$nothing' specified for the field 'Output/a[0]' \
         returned nothing (undefined). at Some(\"Output/a[0]\")"
    );
    assert_eq!(
        pass(r#""{% $sum() %}""#),
        "States.QueryEvaluationError: The JSONata expression '$sum()' specified for the field 'Output' threw an \
         error during evaluation. T1006: Attempted to invoke a non-function at Some(\"Output\")"
    );
    assert_eq!(
        pass(r#""{% function($x) { $x } %}""#),
        "States.QueryEvaluationError: The JSONata expression 'function($x) { $x }' specified for the field \
         'Output' returned an unsupported result type. at Some(\"Output\")"
    );
}

#[test]
fn a_long_evaluation_is_over_a_small_budget_and_within_a_great_one() {
    let state = first_state(r#""Type":"Pass","Output":"{% $sum([1..3000].($ * 2)) %}","Next":"Done""#);
    with_variables("{}", &[], |scope| {
        assert_eq!(shown(state.outcome(scope, scope.input)), "9003000 |");
        let small = Scope { budget: &Budget::new(10_000), ..*scope };
        assert_eq!(shown(state.outcome(&small, scope.input)), "over budget");
    });
}

#[test]
fn an_evaluation_without_end_fails_in_the_words_of_aws() {
    let outcome = pass(r#""{% ($f := function($x) { $f($x + 1) }; $f(1)) %}""#);
    assert!(outcome.contains("threw an error during evaluation: Expression evaluation timeout"), "{outcome}");
}

#[test]
fn a_rule_that_is_taken_leaves_in_its_own_way() {
    let state = first_state(
        r#""Type":"Choice","Output":"state","Default":"Done","Choices":[
            {"Condition":false,"Next":"Done"},
            {"Condition":"{% $states.input = 1 %}","Output":"rule","Assign":{"a":"{% $n %}"},"Next":"Done"}]"#,
    );
    let Kind::Choice(choice) = &state.kind else { panic!("not a Choice") };
    let decide = |input: &str| {
        with_variables(input, &VARIABLES, |scope| {
            shown(choice.decide(&state, scope).map(|decision| match decision {
                Decision::Taken { outcome, .. } => outcome,
                Decision::NoneMatched => panic!("there is a default"),
            }))
        })
    };
    assert_eq!(decide("1"), r#""rule" | a=1"#);
    assert_eq!(decide("2"), r#""state" |"#);
}

#[test]
fn a_condition_must_be_a_boolean() {
    let state =
        first_state(r#""Type":"Choice","Default":"Done","Choices":[{"Condition":"{% 1 %}","Next":"Done"}]"#);
    let Kind::Choice(choice) = &state.kind else { panic!("not a Choice") };
    with_variables("{}", &[], |scope| {
        let failed = choice.decide(&state, scope).map(|_| panic!("fails"));
        assert_eq!(
            shown(failed),
            "States.QueryEvaluationError: The JSONata expression '1' specified for the field \
             'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for \
             value: 1 at Some(\"Choices[0]/Condition\")"
        );
    });
}

#[test]
fn a_catcher_sees_the_error_output() {
    let state = first_state(&format!(
        r#"{TASK},"End":true,"Catch":[{{"ErrorEquals":["E"],"Next":"Done",
            "Assign":{{"e":"{{% $states.errorOutput.Error %}}"}},"Output":"{{% $states.input %}}"}}]"#
    ));
    let error_output = Document::parse(r#"{"Error":"E"}"#).unwrap();
    with_variables("7", &[], |scope| {
        assert_eq!(shown(state.catchers[0].outcome(scope, &error_output)), r#"7 | e="E""#);
    });
}

#[test]
fn wrong_expressions_are_findings() {
    let output = |output: &str| findings(&format!(r#""Type":"Pass","Output":{output},"Next":"Done""#));
    assert_eq!(
        output(r#"{"a":"{% 1 + %}"}"#),
        ["INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/S/Output/a"]
    );
    assert_eq!(
        output(r#""{% phone %}""#),
        [
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/S/Output"
        ]
    );
    assert_eq!(
        output(r#""{% $states.result %}""#),
        [
            "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.result' is not supported here. at /States/S/Output"
        ]
    );
    assert_eq!(
        output(r#""{% 1""#),
        [
            "SCHEMA_VALIDATION_FAILED: A JSONata expression must begin with '{%' and end with '%}' at /States/S/Output"
        ]
    );
}

#[test]
fn fields_of_the_other_language_are_findings() {
    assert_eq!(
        findings(r#""Type":"Pass","ResultPath":"$.a","Next":"Done""#),
        [
            "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/S"
        ]
    );
}

#[test]
fn the_variables_of_expressions_are_references() {
    let machine = machine_of(r#""Type":"Pass","Output":"{% $n & $string($other) %}","Next":"Done""#).machine;
    let references = machine.unwrap().variable_references();
    let names: Vec<&str> = references["S"].iter().map(|name| &**name).collect();
    assert_eq!(names, ["n", "other"]);
}

#[test]
fn an_expression_is_compiled_once_for_its_definition() {
    use super::reader::COMPILED;
    let before = COMPILED.get();
    let state = first_state(
        r#""Type":"Pass","Assign":{"n":"{% $n + 1 %}"},"Output":["{% $states.input.a %}","{% $max([1..45]) %}"],"Next":"Done""#,
    );
    assert_eq!(COMPILED.get() - before, 3);
    let result = Document::empty_object();
    for _ in 0..100 {
        let left = with_variables(r#"{"a":1}"#, &VARIABLES, |scope| shown(state.outcome(scope, &result)));
        assert_eq!(left, "[1,45] | n=2");
    }
    assert_eq!(COMPILED.get() - before, 3);
}
