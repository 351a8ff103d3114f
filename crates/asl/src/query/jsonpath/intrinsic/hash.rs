//! `States.Hash`.

use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::call::{Given, Outcome, Refusal};
use super::encoding::encodable;
use super::size::within_payload;
use crate::json::Value;

/// In lower-case hexadecimal digits. What is no string is hashed as its compact JSON.
pub(super) fn hash(given: Given<'_>) -> Outcome {
    let json;
    let data = match given.value(0) {
        Value::String(text) => text,
        other => {
            within_payload(other)?;
            json = other.to_json();
            &*json
        }
    };
    let data = encodable(data)?.as_bytes();
    given.spend_bytes(data.len())?;
    Ok(Value::from(&*match given.text(1)? {
        "MD5" => hex(&Md5::digest(data)),
        "SHA-1" => hex(&Sha1::digest(data)),
        "SHA-256" => hex(&Sha256::digest(data)),
        "SHA-384" => hex(&Sha384::digest(data)),
        "SHA-512" => hex(&Sha512::digest(data)),
        other => {
            return Err(Refusal::because(format!(
                "expected one of MD5, SHA-1, SHA-256, SHA-384, SHA-512, found {other}"
            )));
        }
    }))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
