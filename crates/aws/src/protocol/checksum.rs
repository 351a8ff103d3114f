//! Checksums of the body, where the model says that the service takes or demands one.
//!
//! Here: as AWS's SDKs do by default, one is sent wherever the operation can take it.

use md5::Md5;
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

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
        "CRC64NVME" => base64(&crc64_nvme(&draft.body).to_be_bytes()),
        "MD5" => base64(&Md5::digest(&draft.body)),
        "SHA1" => base64(&Sha1::digest(&draft.body)),
        "SHA256" => base64(&Sha256::digest(&draft.body)),
        "SHA512" => base64(&Sha512::digest(&draft.body)),
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

/// The CRC that NVMe and S3 use: reflected, all ones at the beginning and at the end.
fn crc64_nvme(bytes: &[u8]) -> u64 {
    const TABLE: [u64; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u64;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0x9a6c_9329_ac4b_c9b5 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    let step = |sum: u64, byte: &u8| TABLE[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ sum >> 8;
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::crc64_nvme;

    #[test]
    fn crc64_nvme_has_its_published_check_value() {
        assert_eq!(crc64_nvme(b"123456789"), 0xae8b_1486_0a79_9888);
    }
}
