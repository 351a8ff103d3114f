//! `States.UUID`.

use super::call::Given;
use crate::json::Value;

/// Version 4: random but for the six bits that say so.
pub(super) fn uuid(given: Given<'_>) -> Value {
    let mut bits = u128::from(given.entropy().next_u64()) << 64 | u128::from(given.entropy().next_u64());
    bits = bits & !(0xf << 76) | 0x4 << 76;
    bits = bits & !(0x3 << 62) | 0x2 << 62;
    let hex = format!("{bits:032x}");
    Value::from(&*format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}
