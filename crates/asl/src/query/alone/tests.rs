use super::*;

const INPUT: &str = r#"{"name":"Ada","prices":[1.50,2],"deep":{"a":[{"b":1},{"b":2}]}}"#;

type Evaluate = fn(&str, Given<'_>) -> Result<Document, Refused>;

#[track_caller]
fn check(evaluate: Evaluate, expression: &str, expected: &str) {
    let input = Document::parse(INPUT).unwrap();
    let limit = ("limit".into(), Document::parse("{ \"of\": 10.0 }").unwrap());
    let given = Given { input: &input, variables: &[limit].into_iter().collect(), entropy: &Entropy::new(1) };
    let found = match evaluate(expression, given) {
        Ok(document) => document.text().to_owned(),
        Err(Refused { code, message, position: None }) => format!("{code}: {message}"),
        Err(Refused { code, message, position: Some(at) }) => format!("{code}: {message} ({at})"),
    };
    assert_eq!(found, expected, "{expression}");
}

#[test]
fn a_path_looks_at_input_and_variables() {
    check(evaluate_path, "$", INPUT);
    check(evaluate_path, "$.prices", "[1.50,2]");
    check(evaluate_path, "$..b", "[1,2]");
    check(evaluate_path, "$.absent[*]", "[]");
    check(evaluate_path, "$limit.of", "10.0");
}

#[test]
fn a_path_that_leads_nowhere_fails_as_in_a_state() {
    check(evaluate_path, "$.no", "States.Runtime: Invalid path '$.no' : No results for path: $['no']");
    check(
        evaluate_path,
        "$no",
        "States.Runtime: Invalid path '$no' : No value has been assigned to the variable $no",
    );
}

#[test]
fn a_call_looks_at_input_and_variables() {
    check(evaluate_intrinsic, "States.Format('{} of {}', $.name, $limit.of)", r#""Ada of 10.0""#);
    check(evaluate_intrinsic, "States.ArrayLength(States.Array($.prices, 1))", "2");
}

#[test]
fn a_failed_call_has_the_code_of_its_failure() {
    check(
        evaluate_intrinsic,
        "States.ArrayLength($.name)",
        "States.IntrinsicFailure: The function 'States.ArrayLength($.name)' had the following error: \
         expected an array as argument 1, found a string",
    );
    check(
        evaluate_intrinsic,
        "States.ArrayLength($limit.no)",
        &format!(
            "States.Runtime: The function 'States.ArrayLength($limit.no)' had the following error: \
             The JsonPath argument for the field '$limit.no' could not be found in the input '{INPUT}'"
        ),
    );
}

#[test]
fn a_text_that_cannot_be_read_is_refused_at_its_position() {
    check(evaluate_path, "é", "SCHEMA_VALIDATION_FAILED: expected a path to start with `$` (1)");
    check(
        evaluate_path,
        "$['é'][x]",
        "SCHEMA_VALIDATION_FAILED: expected `'`, an index, `*` or `?` after `[` (8)",
    );
    check(evaluate_intrinsic, "States.UUID", "SCHEMA_VALIDATION_FAILED: expected `(` (12)");
}

#[test]
fn the_context_object_is_refused_wherever_it_stands() {
    let refusal = |path: &str| {
        format!(
            "States.Runtime: expected a path from `$` or from a variable, found `{path}`: only an execution \
             has a context object"
        )
    };
    check(evaluate_path, "$$.Execution.Id", &refusal("$$.Execution.Id"));
    check(evaluate_intrinsic, "States.Array(1, States.Array($$))", &refusal("$$"));
}

#[test]
fn work_without_end_is_refused() {
    let input = Document::parse(&format!("{}{}", "[".repeat(40), "]".repeat(40))).unwrap();
    let given = Given { input: &input, variables: &Variables::default(), entropy: &Entropy::new(1) };
    let refused = evaluate_path(&format!("${}", "[0,0]".repeat(40)), given).unwrap_err();
    assert_eq!(
        (refused.code, &*refused.message),
        ("States.Runtime", "expected at most 5000000 units of work, found more")
    );
}
