//! `--format json`: one document for all files.

use asl::Severity;
use serde_json::{Value, json};

use super::file::{CheckedFile, Finding};
use super::text::word;

pub(crate) fn render(files: &[CheckedFile]) -> Value {
    let count = |severity| files.iter().map(|file| file.count(severity)).sum::<usize>();
    json!({
        "files": files.iter().map(file).collect::<Vec<Value>>(),
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
    })
}

fn file(file: &CheckedFile) -> Value {
    let findings: Vec<Value> = file.findings.iter().map(|found| finding(file, found)).collect();
    let mut told = json!({"file": file.name, "findings": findings});
    if file.left_out > 0 {
        told["leftOut"] = json!(file.left_out);
    }
    told
}

fn finding(file: &CheckedFile, finding: &Finding) -> Value {
    let mut told = json!({
        "severity": word(finding.severity),
        "code": finding.code,
        "message": finding.message,
    });
    if let Some(location) = &finding.location {
        told["location"] = json!(location);
    }
    if let Some(offset) = finding.offset {
        let place = file.place(offset);
        told["line"] = json!(place.line);
        told["column"] = json!(place.column);
    }
    told
}
