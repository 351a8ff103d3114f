//! A definition in a request becomes one that the engine can run, or AWS's refusal with every error.

use std::sync::Arc;

use asl::definition::{MachineType, parse_for};
use asl::limits::DEFINITION_BYTES_MAX;
use asl::services::Services;

use crate::domain::Definition;
use crate::error::ApiError;

pub(crate) fn read_definition(
    text: &str,
    machine_type: MachineType,
    services: &dyn Services,
) -> Result<Definition, ApiError> {
    if text.len() > DEFINITION_BYTES_MAX {
        return Err(ApiError::InvalidDefinition(format!(
            "SCHEMA_VALIDATION_FAILED: The definition has {} bytes, more than the limit of {DEFINITION_BYTES_MAX}",
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
