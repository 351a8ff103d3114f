//! The answer of a TestState.

use std::sync::Arc;

use asl::{Document, Value};

use crate::domain::{Inspection, Tested, Verdict};
use crate::wire::json::Json;

/// `inspected`: the input of the state, when what comes in between is to be shown.
pub(super) fn shown(tested: &Tested, inspected: Option<&Document>) -> Vec<u8> {
    let mut json = Json::object();
    json.optional("output", tested.output.as_ref().map(Document::text));
    if let Some(failure) = &tested.failure {
        json.optional("error", failure.error.as_deref()).optional("cause", failure.cause.as_deref());
    }
    if let Some(input) = inspected {
        json.nested("inspectionData", |json| show_inspection(json, input, &tested.inspection));
    }
    json.optional("nextState", tested.next.as_deref()).string("status", status(tested.verdict));
    json.finish()
}

fn status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded => "SUCCEEDED",
        Verdict::Failed => "FAILED",
        Verdict::Retriable => "RETRIABLE",
        Verdict::Caught => "CAUGHT_ERROR",
    }
}

fn show_inspection(json: &mut Json, input: &Document, inspection: &Inspection) {
    json.string("input", input.text());
    let stages = [
        ("afterArguments", &inspection.after_arguments),
        ("afterInputPath", &inspection.after_input_path),
        ("afterParameters", &inspection.after_parameters),
        ("result", &inspection.result),
        ("afterResultSelector", &inspection.after_result_selector),
        ("afterResultPath", &inspection.after_result_path),
    ];
    for (name, document) in stages {
        json.optional(name, document.as_ref().map(Document::text));
    }
    for (name, items) in [
        ("afterItemsPath", &inspection.after_items_path),
        ("afterItemSelector", &inspection.after_item_selector),
    ] {
        json.optional(name, items.as_ref().map(|items| spaced(items.value())).as_deref());
    }
    if let Some(most) = inspection.concurrency_max {
        json.number("maxConcurrency", i64::try_from(most).unwrap_or(i64::MAX));
    }
    if !inspection.variables.is_empty() {
        let variables = inspection.variables.iter();
        let variables = variables.map(|(name, value)| (Arc::clone(name), value.value().clone())).collect();
        json.string("variables", Document::from_value(Value::Object(Arc::new(variables))).text());
    }
    if inspection.retry_index.is_some() || inspection.catch_index.is_some() {
        json.nested("errorDetails", |json| {
            show_index(json, "catchIndex", inspection.catch_index);
            show_index(json, "retryIndex", inspection.retry_index);
            if let Some(seconds) = inspection.backoff_seconds {
                json.number("retryBackoffIntervalSeconds", i64::try_from(seconds).unwrap_or(i64::MAX));
            }
        });
    }
}

/// The items of a Map as AWS was seen to write them here, and only here: with white space.
fn spaced(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", joined(items.iter().map(spaced).collect())),
        Value::Object(members) => {
            let member = |(name, value): (&Arc<str>, &Value)| {
                format!("{}: {}", Value::from(&**name).to_json(), spaced(value))
            };
            format!("{{{}}}", joined(members.iter().map(member).collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_json(),
    }
}

fn show_index(json: &mut Json, name: &str, index: Option<usize>) {
    if let Some(index) = index {
        json.number(name, i64::try_from(index).unwrap_or(i64::MAX));
    }
}
