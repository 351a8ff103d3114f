//! A scope to evaluate in, for tests of this crate.

use super::{Budget, ContextObject, Entropy, Interrupted, Scope, Variables};
use crate::json::Document;

/// Evaluates with `input` as the raw input of a state named `S`.
pub(crate) fn with_scope<T>(input: &str, evaluate: impl FnOnce(&Scope<'_>) -> T) -> T {
    with_variables(input, &[], evaluate)
}

/// The same with variables, those of inner blocks first.
pub(crate) fn with_variables<T>(
    input: &str,
    variables: &[(&str, &str)],
    evaluate: impl FnOnce(&Scope<'_>) -> T,
) -> T {
    let value = |text: &str| Document::parse(text).expect("the test's variables are JSON");
    let variables: Variables = variables.iter().map(|(name, text)| ((*name).into(), value(text))).collect();
    let input = Document::parse(input).expect("the test's input is JSON");
    let execution_input = Document::parse("{\"from\":\"execution\"}").expect("valid");
    let context = ContextObject {
        execution_id: "arn:aws:states:us-east-1:123456789012:execution:m:e",
        execution_input: &execution_input,
        execution_name: "e",
        role_arn: Some("role"),
        start_time_ms: 0,
        redrive_count: Some(0),
        redrive_time_ms: None,
        state_machine_id: "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        state_machine_name: "m",
        state_name: "S",
        state_entered_time_ms: 1_500,
        retry_count: None,
        task_token: None,
        map_item: None,
        given: None,
    };
    evaluate(&Scope {
        input: &input,
        context: &context,
        variables: &variables,
        entropy: &Entropy::new(1),
        budget: &Budget::new(10_000_000),
        now_ms: 1_500,
        seen: None,
    })
}

/// `ErrorName: cause` of a failed evaluation.
pub(crate) fn failure_text<T: std::fmt::Debug>(result: Result<T, Interrupted>) -> String {
    match result.expect_err("should fail") {
        Interrupted::Failed(failure) => format!("{}: {}", failure.error, failure.cause),
        Interrupted::OverBudget => "over budget".into(),
    }
}
