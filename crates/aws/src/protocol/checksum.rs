//! Checksums of the body, where the model says that the service takes or demands one.
//!
//! Here: as AWS's SDKs do by default, one is sent wherever the operation can take it.

use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::draft::Draft;
use super::input::InputError;
use super::scalar::base64;
use crate::model::Operation;

const PREFIX: &str = "x-amz-checksum-";

pub(super) fn apply(
    operation: Operation<'_>,
    input: &Map<String, Value>,
    draft: &mut Draft,
) -> Result<(), InputError> {
    let member = operation.checksum_algorithm_member();
    let is_given = draft.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with(PREFIX));
    if is_given || (member.is_none() && !operation.requires_checksum()) {
        return Ok(());
    }
    let chosen = member.and_then(|member| input.get(member)).and_then(Value::as_str);
    let algorithm = chosen.unwrap_or("CRC32");
    let sum = match algorithm {
        "CRC32" => base64(&crc32fast::hash(&draft.body).to_be_bytes()),
        "CRC32C" => base64(&crc32c::crc32c(&draft.body).to_be_bytes()),
        "SHA1" => base64(&Sha1::digest(&draft.body)),
        "SHA256" => base64(&Sha256::digest(&draft.body)),
        _ => return Err(InputError::Checksum { algorithm: algorithm.to_owned() }),
    };
    draft.header(&format!("{PREFIX}{}", algorithm.to_ascii_lowercase()), sum);
    // The choice itself travels in a header of its own, also when it was ours.
    let choice = member.and_then(|member| operation.input()?.shape().member(member)?.wire_name());
    if let (None, Some(name)) = (chosen, choice) {
        draft.header(name, algorithm);
    }
    Ok(())
}
