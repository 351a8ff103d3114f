//! The table of Step Functions' names for AWS services, from the specification's data.
//!
//! A line for each service: exception prefix, botocore's name, unsupported operations; between them tabs.
//! The name in an ARN is the prefix in lower case, for every service (features.md 4.4).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::workspace::Workspace;

pub(super) const COMMITTED: &str = "crates/aws/models/sdk_services.tsv";
pub(super) const SOURCE: &str = "../shared/spec/sdk_services.json";

/// The table; none where the specification is not beside the project.
pub(super) fn read(workspace: &Workspace, botocore: &Path) -> Result<Option<String>> {
    let Ok(text) = fs::read_to_string(workspace.root.join(SOURCE)) else { return Ok(None) };
    let data: Value = serde_json::from_str(&text)?;
    let services = data["services"].as_array().context("the specification lists services")?;
    let known = known_services(botocore)?;
    let mut lines = BTreeMap::new();
    for service in services {
        let prefix = service["exceptionPrefix"].as_str().context("a service has an exception prefix")?;
        let resource = service["resource"].as_str().context("a service has a resource name")?;
        ensure!(prefix.to_lowercase() == resource, "`{resource}` is not `{prefix}` in lower case");
        let botocore = botocore_name(&known, resource, service["botocore"].as_str()).unwrap_or_default();
        let unsupported: Vec<&str> =
            service["unsupported"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        lines.insert(resource, format!("{prefix}\t{botocore}\t{}\n", unsupported.join(",")));
    }
    Ok(Some(lines.into_values().collect()))
}

/// The specification's match, or for a service newer than it the one whose name is the same but for hyphens.
fn botocore_name<'a>(known: &'a [String], resource: &str, matched: Option<&str>) -> Option<&'a str> {
    let same = |name: &&String| match matched {
        Some(matched) => name.as_str() == matched,
        None => name.replace('-', "") == resource,
    };
    known.iter().find(same).map(String::as_str)
}

fn known_services(botocore: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(botocore.join("data"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}
