//! Recorded executions that need nothing but evaluation (Pass, Choice, Wait, Succeed, Fail in one block)
//! end as they ended on AWS. What happens between states, and the histories, are `execution`'s tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use asl::definition::MachineType;
use asl::error_name::Failure;
use asl::query::{Budget, ContextObject, Entropy, Interrupted, Scope, Variables};
use asl::state::choice::Decision;
use asl::{Document, Kind, StateMachine, Transition};
use serde_json::{Value, json};

#[test]
fn recorded_executions_end_as_on_aws() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/cases");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("recorded executions: not run, ../shared/conformance is not here");
        return;
    };
    let (mut right, mut wrong) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        let single = std::slice::from_ref(&case);
        for execution in case["executions"].as_array().map_or(single, Vec::as_slice) {
            let Some(end) = run(execution) else { continue };
            let expected =
                ["status", "output", "error", "cause"].map(|name| execution["expected"][name].clone());
            if matches_recorded(&expected, &end) {
                right += 1;
            } else {
                wrong.push(format!("{}\n  AWS: {expected:?}\n  we:  {end:?}", case["name"]));
            }
        }
    }
    println!("recorded executions: {right} end as on AWS");
    assert!(wrong.is_empty(), "{} end differently:\n{}", wrong.len(), wrong.join("\n"));
    assert!(right > 200, "only {right} executions found");
}

/// Recorded texts have placeholders where they differ from run to run; those match anything.
fn matches_recorded(expected: &[Value; 4], end: &[Value; 4]) -> bool {
    let mentions_placeholder = |value: &Value| {
        let text = value.to_string();
        ["<", "\"date\"", "-time\"", "snf_role_arn", "RandomNumberGenerated"]
            .iter()
            .any(|placeholder| text.contains(placeholder))
    };
    expected.iter().zip(end).all(|(expected, end)| expected == end || mentions_placeholder(expected))
}

/// Status, output, error and cause; none if the execution needs more than evaluation.
fn run(execution: &Value) -> Option<[Value; 4]> {
    let ends_by_itself = matches!(execution["expected"]["status"].as_str(), Some("SUCCEEDED" | "FAILED"));
    // Where the input's timestamp was replaced, nothing is left to evaluate.
    if !ends_by_itself || execution["input"].to_string().contains("<timestamp>") {
        return None;
    }
    let definition = match &execution["definition"] {
        Value::String(text) => text.clone(),
        Value::Null => return None,
        tree => tree.to_string(),
    };
    let machine = asl::parse(&definition, MachineType::Standard).machine?;
    let is_plain = |kind: &Kind| !matches!(kind, Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_));
    if !machine.states.iter().all(|state| is_plain(&state.kind)) {
        return None;
    }
    let input = match &execution["input"] {
        Value::Null => "{}".to_owned(),
        Value::String(text) => text.clone(),
        tree => tree.to_string(),
    };
    let input = Document::parse(&input).expect("a recorded input is JSON");
    let mut event = 2;
    Some(match walk(&machine, &input, &mut event) {
        Ok(output) => {
            let value: Value = serde_json::from_str(output.text()).expect("an output is JSON");
            // Recorded outputs that are objects were parsed; others are texts.
            let shown = if value.is_object() { value } else { json!(output.text()) };
            [json!("SUCCEEDED"), shown, Value::Null, Value::Null]
        }
        Err(failure) => [json!("FAILED"), Value::Null, json!(failure.error), json!(failure.cause)],
    })
}

/// Walks from state to state; `event` is the id of the current state's Entered event.
fn walk(machine: &StateMachine, input: &Document, event: &mut u64) -> Result<Document, Failure> {
    let mut data = input.clone();
    let mut id = machine.scope(StateMachine::TOP).start_at;
    let mut variables: BTreeMap<Arc<str>, Document> = BTreeMap::new();
    loop {
        let state = machine.state(id);
        let context = ContextObject {
            execution_id: "arn:aws:states:us-east-1:111111111111:execution:m:e",
            execution_input: input,
            execution_name: "e",
            role_arn: Some("role"),
            start_time_ms: 0,
            redrive_count: Some(0),
            redrive_time_ms: None,
            state_machine_id: "arn:aws:states:us-east-1:111111111111:stateMachine:m",
            state_machine_name: "m",
            state_name: &state.name,
            state_entered_time_ms: 0,
            retry_count: None,
            task_token: None,
            map_item: None,
            given: None,
        };
        let scope = Scope {
            input: &data,
            context: &context,
            variables: &variables.clone().into_iter().collect::<Variables>(),
            entropy: &Entropy::new(1),
            budget: &Budget::new(u64::MAX),
            now_ms: 0,
            seen: None,
        };
        let fail = |interrupted: Interrupted| {
            match interrupted {
            Interrupted::Failed(failed) => Failure {
                error: Some(failed.error.into()),
                cause: Some(
                    format!(
                        "An error occurred while executing the state '{}' (entered at the event id #{event}). {}",
                        state.name, failed.cause
                    )
                    .into(),
                ),
            },
            Interrupted::OverBudget => panic!("the budget has no end"),
        }
        };
        let (outcome, transition) = match &state.kind {
            Kind::Choice(choice) => match choice.decide(state, &scope).map_err(fail)? {
                Decision::Taken { next, outcome } => (outcome, Transition::Next(next)),
                Decision::NoneMatched => panic!("no recorded case ends like this"),
            },
            Kind::Fail(failing) => return Err(failing.failure(&scope).map_err(fail)?),
            kind => {
                let effective = state.effective_input(&scope).map_err(fail)?;
                let result = match kind {
                    Kind::Pass(pass) => pass.result.as_ref().unwrap_or(&effective),
                    Kind::Wait(wait) => {
                        wait.until_ms(&scope, 0).map_err(fail)?;
                        &effective
                    }
                    _ => &effective,
                };
                (state.outcome(&scope, result).map_err(fail)?, state.transition)
            }
        };
        variables.extend(outcome.assigned);
        match transition {
            Transition::End => return Ok(outcome.output),
            Transition::Next(next) => (id, data) = (next, outcome.output),
        }
        *event += 2;
    }
}
