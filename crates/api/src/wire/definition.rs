//! A definition in a request becomes one that the engine can run, or AWS's refusal with every error.

use std::sync::Arc;

use asl::definition::{MachineType, parse_for};
use asl::services::Services;

use crate::domain::Definition;
use crate::error::ApiError;
use crate::quotas::Bounds;

pub(crate) fn read_definition(
    text: &str,
    machine_type: MachineType,
    services: &dyn Services,
    bounds: &Bounds,
) -> Result<Definition, ApiError> {
    let bytes_max = bounds.definition_bytes_max;
    if text.len() > bytes_max {
        return Err(ApiError::InvalidDefinition(format!(
            "SCHEMA_VALIDATION_FAILED: The definition has {} bytes, more than the limit of {bytes_max}",
            text.len()
        )));
    }
    let parsed = parse_for(text, machine_type, services);
    let refusals: Vec<String> = parsed.refusals().map(ToString::to_string).collect();
    match parsed.machine {
        Some(machine) => Ok(Definition { text: text.into(), machine: Arc::new(machine) }),
        None => Err(ApiError::InvalidDefinition(refusals.join(", "))),
    }
}
