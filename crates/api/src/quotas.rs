//! Quotas of the door: how large a request and a definition may be. AWS's values by default.
//!
//! Not here: what the engine bounds (`engine::Quotas`, `engine::Limits`); the door asks it.

use asl::limits::DEFINITION_BYTES_MAX;

use crate::wire::constraint::TextRule;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiQuotas {
    /// LIMIT: bytes of a definition.
    pub definition_bytes_max: usize,
    /// LIMIT: bytes of a request, escapes not counted.
    pub request_bytes_max: usize,
}

impl Default for ApiQuotas {
    /// `spec/features.md` 5.1.
    fn default() -> Self {
        ApiQuotas { definition_bytes_max: DEFINITION_BYTES_MAX, request_bytes_max: REQUEST_BYTES_MAX }
    }
}

/// LIMIT: bytes of a request (`spec/features.md` 5.1 "request 1 MB", `design/security.md` S31).
const REQUEST_BYTES_MAX: usize = 1_048_576;

/// The rules that follow from the quotas of door and engine.
pub(crate) struct Bounds {
    pub(crate) payload_bytes_max: usize,
    pub(crate) definition_bytes_max: usize,
    pub(crate) tags_max: usize,
    pub(crate) body_bytes_max: usize,
}

impl Bounds {
    pub(crate) fn new(quotas: &ApiQuotas, limits: &engine::Limits, tags_max: usize) -> Bounds {
        let payload_bytes_max = limits.payload_bytes_max;
        Bounds {
            payload_bytes_max,
            definition_bytes_max: quotas.definition_bytes_max,
            tags_max,
            body_bytes_max: body_bytes_max(quotas, payload_bytes_max),
        }
    }

    pub(crate) fn payload(&self) -> TextRule {
        TextRule::of(0, self.payload_bytes_max).sensitive()
    }

    pub(crate) fn definition(&self) -> TextRule {
        TextRule::of(1, self.definition_bytes_max).sensitive()
    }

    /// AWS checks an empty one as it checks any other (recorded).
    pub(crate) fn validated_definition(&self) -> TextRule {
        TextRule::of(0, self.definition_bytes_max).sensitive()
    }
}

/// LIMIT: bytes of a request body, with room for escapes: a quarter of a request or of a definition, three
/// bytes for one of a payload (`\u00e9` for the two of é). The largest payload that is allowed must come in.
pub(crate) fn body_bytes_max(quotas: &ApiQuotas, payload_bytes_max: usize) -> usize {
    let definition = quotas.request_bytes_max.max(quotas.definition_bytes_max);
    (definition + definition / 4).max(3 * payload_bytes_max + 65_536)
}

#[cfg(test)]
mod tests {
    use asl::limits::PAYLOAD_BYTES_MAX;

    use super::*;

    #[test]
    fn largest_payload_and_definition_come_in_with_their_escapes() {
        let quotas = ApiQuotas::default();
        assert_eq!(body_bytes_max(&quotas, PAYLOAD_BYTES_MAX), 1_048_576 + 262_144);
        assert!(body_bytes_max(&quotas, 16 << 20) > 48 << 20);
        let large = ApiQuotas { definition_bytes_max: 8 << 20, ..quotas };
        assert_eq!(body_bytes_max(&large, PAYLOAD_BYTES_MAX), 10 << 20);
    }
}
