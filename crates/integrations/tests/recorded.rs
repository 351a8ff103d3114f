//! What was recorded on AWS beside what is known of services: AWS accepted these definitions, and started
//! tasks with these inputs, so nothing that is known may speak against them.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests are outside of what clippy calls a test"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use asl::definition::{MachineType, parse, parse_for};
use asl::resource::{Pattern, Resource};
use asl::services::Services;
use asl::{Document, Parsed};
use integrations::KnownServices;
use serde_json::Value;

/// All recorded cases; none where they do not lie beside the project.
fn cases() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/cases");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("recorded cases: not run, ../shared/conformance is not here");
        return Vec::new();
    };
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        serde_json::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap()
    };
    files.map(read).collect()
}

#[test]
fn recorded_definitions_are_judged_alike_with_and_without_what_is_known() {
    let mut judged = 0;
    for case in cases() {
        for step in case["steps"].as_array().into_iter().flatten() {
            let definition = match &step["request"]["definition"] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                tree => tree.to_string(),
            };
            let without = parse(&definition, MachineType::Standard);
            let with = parse_for(&definition, MachineType::Standard, &KnownServices);
            assert_eq!(told(&with), told(&without), "{} {}", case["name"], step["key"]);
            judged += 1;
        }
    }
    println!("recorded definitions: {judged} judged alike");
}

fn told(parsed: &Parsed) -> Vec<String> {
    parsed.diagnostics.iter().map(ToString::to_string).collect()
}

#[test]
fn recorded_inputs_of_scheduled_tasks_start_them() {
    let (mut started, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for case in cases() {
        let mut found = Vec::new();
        find(&case, &mut found);
        for details in found {
            let (service, action) = (text(details, "resourceType"), text(details, "resource"));
            let (action, pattern) = match action.split_once('.') {
                None => (action, Pattern::RequestResponse),
                Some((action, "waitForTaskToken")) => (action, Pattern::WaitForTaskToken),
                Some((action, _)) => (action, Pattern::Sync { version: 1 }),
            };
            let name = format!("{service}:{action}");
            let arn = Arc::from(format!("arn:aws:states:::{name}"));
            let resource = Resource::Service { service: service.into(), action: action.into(), pattern, arn };
            let input = Document::parse(&details["parameters"].to_string()).unwrap();
            let problems = KnownServices.check_input(&resource, &input);
            if !problems.is_empty() {
                wrong.push(format!("{}: {name} {problems:?}", case["name"]));
            }
            *started.entry(name).or_default() += 1;
        }
    }
    println!("recorded inputs: {started:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn text<'v>(details: &'v Value, name: &str) -> &'v str {
    details[name].as_str().unwrap_or_default()
}

fn find<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("taskScheduledEventDetails"));
            members.values().for_each(|value| find(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| find(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
