//! Every definition that was recorded on AWS goes through `parse`: what AWS accepted must be accepted or
//! refused only for features that are not built yet; what AWS refused must be refused in its words.

use std::path::Path;

use asl::definition::{MachineType, Parsed};
use serde_json::Value;

const NOT_YET: &str = "Stairway does not support";

struct Recorded {
    case: String,
    definition: String,
    machine_type: MachineType,
    /// `CODE: message at /location, ...`; none if AWS accepted it.
    refusal: Option<String>,
}

#[test]
fn recorded_definitions_are_judged_as_aws_judged_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/cases");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("recorded definitions: not run, ../shared/conformance is not here");
        return;
    };
    let (mut parsed, mut not_yet, mut refused, mut wrong) = (0, 0, 0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for recorded in definitions(&serde_json::from_str(&text).unwrap()) {
            let judged = asl::parse(&recorded.definition, recorded.machine_type);
            let findings = findings(&judged);
            let is_not_yet = |finding: &String| finding.contains(NOT_YET);
            match &recorded.refusal {
                None if judged.machine.is_some() => parsed += 1,
                None if findings.iter().all(is_not_yet) => not_yet += 1,
                Some(refusal) if *refusal == findings.join(", ") => refused += 1,
                Some(_) if findings.iter().any(is_not_yet) => not_yet += 1,
                expected => {
                    wrong.push(format!("{}\n  AWS: {expected:?}\n  we:  {findings:?}", recorded.case))
                }
            }
        }
    }
    println!(
        "recorded definitions: {parsed} parse, {refused} refused as AWS does, {not_yet} need a later issue"
    );
    assert!(wrong.is_empty(), "{} judged differently:\n{}", wrong.len(), wrong.join("\n"));
    assert!(parsed > 500, "only {parsed} definitions found");
}

fn findings(parsed: &Parsed) -> Vec<String> {
    parsed.refusals().map(ToString::to_string).collect()
}

/// The definitions of a case that are sent to AWS. TestState takes single states: not here.
fn definitions(case: &Value) -> Vec<Recorded> {
    let steps = case["steps"].as_array().into_iter().flatten();
    let takes_definition = |step: &&Value| {
        let operation = step["op"].as_str().unwrap_or_default();
        matches!(operation, "CreateStateMachine" | "UpdateStateMachine" | "ValidateStateMachineDefinition")
    };
    steps.filter(takes_definition).filter_map(|step| recorded(case, step)).collect()
}

fn recorded(case: &Value, step: &Value) -> Option<Recorded> {
    let definition = match &step["request"]["definition"] {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        tree => tree.to_string(),
    };
    let machine_type = match step["request"]["type"].as_str() {
        Some("EXPRESS") => MachineType::Express,
        _ => MachineType::Standard,
    };
    Some(Recorded {
        case: format!("{} {}", case["name"], step["key"]),
        definition: without_placeholders(&definition),
        machine_type,
        refusal: refusal(step).map(|text| without_placeholders(&text)),
    })
}

/// The text between the quotes of `Invalid State Machine Definition: '...'`, or the same made of diagnostics.
fn refusal(step: &Value) -> Option<String> {
    let thrown = step["expect_error"]["exception_value"].as_str().or(step["expect"]["message"].as_str());
    if let Some((_, findings)) =
        thrown.and_then(|text| text.split_once("Invalid State Machine Definition: '"))
    {
        return Some(findings.trim_end_matches('\'').to_owned());
    }
    let diagnostics = step["expect"]["diagnostics"].as_array()?;
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let findings: Vec<String> = diagnostics
        .iter()
        .map(|finding| {
            format!(
                "{}: {} at {}",
                text(finding, "code"),
                text(finding, "message"),
                text(finding, "location")
            )
        })
        .collect();
    (!findings.is_empty()).then(|| findings.join(", "))
}

fn without_placeholders(text: &str) -> String {
    text.replace("<partition>", "aws")
        .replace("<region>", "us-east-1")
        .replace("\"activity_arn\"", "\"arn:aws:states:us-east-1:111111111111:activity:a\"")
}
