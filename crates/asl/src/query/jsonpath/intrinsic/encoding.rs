//! `States.Base64Encode` and `States.Base64Decode`.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::call::{Given, Outcome, Refusal};
use crate::json::Value;
use crate::limits::ENCODABLE_CHARS_MAX;

/// As Java's `Base64.getDecoder()`: padding may be absent, bits left over at the end do not matter.
const JAVA: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn base64_encode(given: Given<'_>) -> Outcome {
    let text = encodable(given.text(0)?)?;
    Ok(Value::String(JAVA.encode(text).into()))
}

/// Bytes that are not UTF-8 become U+FFFD, as in a Java string.
pub(super) fn base64_decode(given: Given<'_>) -> Outcome {
    let text = encodable(given.text(0)?)?;
    match JAVA.decode(text) {
        Ok(bytes) => Ok(Value::from(&*String::from_utf8_lossy(&bytes))),
        Err(_) => Err(Refusal::because("expected a string in Base64")),
    }
}

/// The text, if it is not too long; Java counts characters in UTF-16 units.
pub(super) fn encodable(text: &str) -> Outcome<&str> {
    // Four bytes are at most two units, so long texts need no counting.
    let is_short =
        text.len() <= 4 * ENCODABLE_CHARS_MAX && text.encode_utf16().count() <= ENCODABLE_CHARS_MAX;
    if is_short {
        return Ok(text);
    }
    Err(Refusal::because(format!("expected at most {ENCODABLE_CHARS_MAX} characters")))
}
