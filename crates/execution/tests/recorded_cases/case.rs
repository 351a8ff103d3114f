//! The recordings: which there are, and what each sends and expects.

use std::path::Path;

use asl::definition::MachineType;
use serde_json::Value;

/// One recorded scenario with at least one execution.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) area: String,
    pub(crate) executions: Vec<Recorded>,
}

pub(crate) struct Recorded {
    pub(crate) definition: String,
    pub(crate) machine_type: MachineType,
    pub(crate) input: String,
    pub(crate) role_arn: String,
    /// The failure that a `StopExecution` of the scenario gives, if it has one.
    pub(crate) stop: Option<Value>,
    /// Which of the scenario's steps started it.
    pub(crate) step: usize,
    /// `history` or `describe`, and `status`, `output`, `error`, `cause`, those that were recorded.
    pub(crate) expected: Value,
}

/// The languages that definitions can be written in.
const LANGUAGES: [&str; 3] = ["JSONPath", "JSONata", "mixed"];

/// The cases whose executions need nothing outside; none if the recordings are not here.
pub(crate) fn all() -> Option<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/cases");
    let files = std::fs::read_dir(&folder).ok()?;
    let mut cases = Vec::new();
    for file in files {
        let text = file.and_then(|file| std::fs::read_to_string(file.path())).expect("a case can be read");
        let case: Value = serde_json::from_str(&text).expect("a case is JSON");
        let needs_nothing = case["needs"].as_array().is_some_and(Vec::is_empty);
        let is_in_language = LANGUAGES.iter().any(|language| case["query_language"] == *language);
        if needs_nothing && is_in_language && case["kind"] == "execution" {
            cases.push(read(&case));
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Some(cases)
}

fn read(case: &Value) -> Case {
    let single = std::slice::from_ref(case);
    let executions = case["executions"].as_array().map_or(single, Vec::as_slice);
    Case {
        name: text(&case["name"]),
        area: text(&case["area"]),
        executions: executions.iter().map(|execution| recorded(case, execution)).collect(),
    }
}

fn recorded(case: &Value, execution: &Value) -> Recorded {
    let steps = case["steps"].as_array().expect("a case has steps");
    let starts = |step: &Value| matches!(step["op"].as_str(), Some("StartExecution" | "StartSyncExecution"));
    let step = match execution["step"].as_u64() {
        Some(step) => step as usize,
        None => steps.iter().position(starts).expect("an execution is started by a step"),
    };
    let stop = steps.iter().find(|step| step["op"] == "StopExecution");
    Recorded {
        definition: json_text(&execution["definition"]),
        machine_type: match execution["type"].as_str() {
            Some("EXPRESS") => MachineType::Express,
            _ => MachineType::Standard,
        },
        input: match &steps[step]["request"]["input"] {
            Value::Null => "{}".into(),
            input => with_moment(&json_text(input), &text(&case["name"])),
        },
        role_arn: steps
            .iter()
            .find_map(|step| step["request"]["roleArn"].as_str())
            .map_or_else(String::new, str::to_owned),
        stop: stop.map(|step| step["request"].clone()),
        step,
        expected: execution["expected"].clone(),
    }
}

/// The recorder replaced a moment in the input; what followed it is the parameter in the case's name.
fn with_moment(input: &str, name: &str) -> String {
    let ending = name.split_once('[').map_or("", |(_, parameter)| parameter.trim_end_matches(']'));
    input.replace("<timestamp>", &format!("2016-03-14T01:59:00{ending}"))
}

fn json_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> String {
    value.as_str().expect("the recordings have a text here").to_owned()
}
