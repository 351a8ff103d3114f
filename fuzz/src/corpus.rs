//! Where inputs begin: those that are kept in `fuzz/corpus`, and what lies beside the repository.
//!
//! A kept file is an input, without the line's end behind it; `{{TIMES n TEXT TIMES}}` in it stands for
//! TEXT n times, since what is nasty is often long. INVARIANT: what lies beside the repository is read where it lies, and may be absent.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::measure::INPUT_BYTES_MAX;
use crate::target::Target;

/// An input and where it is from.
pub struct Seed {
    pub name: String,
    pub input: Vec<u8>,
}

/// The kept inputs of a target, in the order of their names.
pub fn kept(target: Target) -> Result<Vec<Seed>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name());
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Seed { name, input: expanded(&fs::read(&path)?) })
    };
    paths.into_iter().map(read).collect()
}

/// Writes out every `{{TIMES n TEXT TIMES}}`, the last first, so that they may stand in one another.
pub fn expanded(kept: &[u8]) -> Vec<u8> {
    const OPENS: &[u8] = b"{{TIMES ";
    const CLOSES: &[u8] = b" TIMES}}";
    let mut input = kept.strip_suffix(b"\n").unwrap_or(kept).to_vec();
    while let Some(start) = input.windows(OPENS.len()).rposition(|window| window == OPENS) {
        let inside = start + OPENS.len();
        let Some(length) = input[inside..].windows(CLOSES.len()).position(|window| window == CLOSES) else {
            break;
        };
        let written = &input[inside..inside + length];
        let space = written.iter().position(|byte| *byte == b' ').unwrap_or(written.len());
        let times = std::str::from_utf8(&written[..space]).ok().and_then(|digits| digits.parse().ok());
        let text = written.get(space + 1..).unwrap_or_default();
        let repeated = text.repeat(times.unwrap_or(0).min(INPUT_BYTES_MAX / text.len().max(1)));
        input.splice(start..inside + length + CLOSES.len(), repeated);
    }
    input
}

/// What lies beside the repository for this target; nothing when it is absent.
pub fn beside(target: Target) -> Vec<Seed> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let inputs: Vec<String> = match target {
        Target::Definition => recorded(&shared).iter().flat_map(definitions_in).collect(),
        Target::JsonPath => paths_of_suite(&shared),
        Target::Jsonata => expressions_of_suite(&shared),
        Target::Intrinsic => {
            let mut calls = Vec::new();
            recorded(&shared).iter().for_each(|case| calls_in(case, &mut calls));
            calls
        }
        Target::Request => recorded(&shared).iter().flat_map(requests_in).collect(),
    };
    let named =
        |(at, input): (usize, String)| Seed { name: format!("beside-{at}"), input: input.into_bytes() };
    inputs.into_iter().enumerate().map(named).filter(|seed| seed.input.len() <= INPUT_BYTES_MAX).collect()
}

fn json_of(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn recorded(shared: &Path) -> Vec<Value> {
    let Ok(entries) = fs::read_dir(shared.join("conformance/cases")) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().filter_map(|path| json_of(path)).collect()
}

fn steps(case: &Value) -> impl Iterator<Item = &Value> {
    case["steps"].as_array().into_iter().flatten()
}

fn definitions_in(case: &Value) -> Vec<String> {
    let definitions = steps(case).filter_map(|step| step["request"].get("definition"));
    definitions.map(as_text).collect()
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn requests_in(case: &Value) -> Vec<String> {
    let request = |step: &Value| {
        let mut body = step["request"].clone();
        for member in ["definition", "input", "output"] {
            if let Some(value) = body.get_mut(member).filter(|value| !value.is_string()) {
                *value = Value::String(value.to_string());
            }
        }
        let operation = step["op"].as_str().unwrap_or_default();
        format!(
            "POST /\nhost: localhost\ncontent-type: application/x-amz-json-1.0\nx-amz-target: AWSStepFunctions.{operation}\n\n{body}"
        )
    };
    steps(case).map(request).collect()
}

fn calls_in(value: &Value, calls: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("States.") && text.ends_with(')') => calls.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| calls_in(item, calls)),
        Value::Object(members) => members.values().for_each(|member| calls_in(member, calls)),
        _ => {}
    }
}

fn paths_of_suite(shared: &Path) -> Vec<String> {
    let suite = json_of(&shared.join("jsonpath-suite/cts.json")).unwrap_or_default();
    let tests = suite["tests"].as_array().cloned().unwrap_or_default();
    let seed = |test: &Value| {
        let selector = test["selector"].as_str()?;
        Some(format!("{selector}\n---\n{}", test.get("document").unwrap_or(&Value::Null)))
    };
    tests.iter().filter_map(seed).collect()
}

fn expressions_of_suite(shared: &Path) -> Vec<String> {
    let folder = shared.join("jsonata-suite");
    let datasets = json_of(&folder.join("datasets.json")).unwrap_or_default();
    let cases = fs::read_to_string(folder.join("cases.jsonl")).unwrap_or_default();
    let seed = |line: &str| {
        let case: Value = serde_json::from_str(line).ok()?;
        let dataset = case["dataset"].as_str().map(|name| &datasets[name]);
        let data = case.get("data").or(dataset).unwrap_or(&Value::Null);
        // The suite's expressions look at `$`; a state's look at `$states.input`.
        Some(format!("$states.input.({})\n---\n{data}", case["expr"].as_str()?))
    };
    cases.lines().filter_map(seed).collect()
}
