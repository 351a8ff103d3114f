//! ValidateStateMachineDefinition: every finding about a definition; nothing is created.

use asl::definition::parse_for;
use asl::diagnostic::{Diagnostic, Severity};
use serde::Deserialize;

use crate::api::Call;
use crate::domain::MachineType;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::constraint::Constraints;
use crate::wire::json::Json;
use crate::wire::limits;
use crate::wire::member::{Integer, Text};
use crate::wire::page::page_size;
use crate::wire::read::read;

/// Warnings of AWS. Stairway's own are told by `stairway check` alone.
const WARNINGS: [&str; 3] = ["NO_DOLLAR", "NO_PATH", "PASS_RESULT_IS_STATIC"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    definition: Option<Text<'a>>,
    r#type: Option<Text<'a>>,
    severity: Option<Text<'a>>,
    max_results: Option<Integer>,
}

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let request: Request<'_> = read(call.body)?;
    let mut constraints = Constraints::default();
    // An empty definition is a finding, not a violation (recorded).
    let definition =
        constraints.required("definition", &request.definition, &call.bounds.validated_definition());
    let machine_type = match constraints.one_of("type", &request.r#type, limits::MACHINE_TYPE) {
        Some("EXPRESS") => MachineType::Express,
        Some(_) | None => MachineType::Standard,
    };
    let lowest = match constraints.one_of("severity", &request.severity, limits::SEVERITY) {
        Some("WARNING") => Severity::Warning,
        Some(_) | None => Severity::Error,
    };
    constraints.number("maxResults", request.max_results, &limits::FINDINGS);
    constraints.finish()?;

    let findings = parse_for(definition, machine_type, call.engine.services()).diagnostics;
    let is_sound = findings.iter().all(|finding| finding.severity < Severity::Error);
    let mut told: Vec<&Diagnostic> =
        findings.iter().filter(|finding| finding.severity >= lowest && is_aws(finding)).collect();
    let most = page_size(request.max_results);
    let truncated = told.len() > most;
    told.truncate(most);

    let mut json = Json::with_room(64 + told.len() * 192);
    json.string("result", if is_sound { "OK" } else { "FAIL" });
    json.list("diagnostics", told, |json, finding| {
        let severity = match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        };
        json.string("severity", severity)
            .string("code", finding.code)
            .string("message", &finding.message)
            .optional("location", finding.location.as_deref());
    });
    json.raw("truncated", if truncated { "true" } else { "false" });
    Ok(Reply::json(json.finish()))
}

fn is_aws(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Error || WARNINGS.contains(&finding.code)
}
