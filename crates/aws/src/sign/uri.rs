//! Percent-encoding as AWS means it: everything but letters, digits and `-._~`, in capitals.

/// Encodes all bytes but the unreserved ones and those in `kept`.
pub(crate) fn encode(text: &[u8], kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || kept.contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            encoded.push('%');
            encoded.push(capital_hex(byte >> 4));
            encoded.push(capital_hex(byte & 15));
        }
    }
    encoded
}

/// The bytes behind a percent-encoded text. A `%` that begins no escape stands for itself, `+` too.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| Some((bytes.get(at + 1)?, bytes.get(at + 2)?))).flatten();
        match escape.and_then(|(high, low)| Some(value_of(*high)? << 4 | value_of(*low)?)) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    decoded
}

/// Lower-case hexadecimal, as digests and signatures are written.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of a lower-case hexadecimal text; None for anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(value_of(pair[0])? << 4 | value_of(pair[1])?)).collect()
}

fn capital_hex(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}

fn value_of(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
