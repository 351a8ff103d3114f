//! `--format sarif`: a SARIF 2.1.0 log with one run, for code review tools.

use serde_json::{Value, json};

use super::file::{CheckedFile, Finding};
use super::text::word;

pub(crate) fn render(files: &[CheckedFile]) -> Value {
    let mut codes: Vec<&str> = Vec::new();
    for finding in files.iter().flat_map(|file| &file.findings) {
        if !codes.contains(&finding.code) {
            codes.push(finding.code);
        }
    }
    let rules: Vec<Value> = codes.iter().map(|code| json!({"id": code})).collect();
    let results: Vec<Value> =
        files.iter().flat_map(|file| file.findings.iter().map(|found| result(file, found))).collect();
    let mut told = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "stairway", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    if files.iter().any(|file| file.left_out > 0) {
        let notes: Vec<Value> = files.iter().filter(|file| file.left_out > 0).map(left_out).collect();
        told["runs"][0]["invocations"] =
            json!([{"executionSuccessful": true, "toolExecutionNotifications": notes}]);
    }
    told
}

fn left_out(file: &CheckedFile) -> Value {
    json!({
        "level": "note",
        "message": {"text": format!("{} more findings are not told", file.left_out)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&file.name)}}}],
    })
}

fn result(file: &CheckedFile, finding: &Finding) -> Value {
    let mut location = json!({"physicalLocation": {"artifactLocation": {"uri": uri(&file.name)}}});
    if let Some(offset) = finding.offset {
        let place = file.place(offset);
        location["physicalLocation"]["region"] =
            json!({"startLine": place.line, "startColumn": place.column});
    }
    if let Some(part) = &finding.location {
        location["logicalLocations"] = json!([{"fullyQualifiedName": part}]);
    }
    json!({
        "ruleId": finding.code,
        "level": word(finding.severity),
        "message": {"text": finding.message},
        "locations": [location],
    })
}

/// A file name as a URI reference: relative names stay relative.
fn uri(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encoded = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let path: String = name.bytes().map(encoded).collect();
    if path.starts_with('/') { format!("file://{path}") } else { path }
}
