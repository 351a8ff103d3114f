//! The uuid in an Express execution's ARN: its uid, in the form of a UUID of version 7 (RFC 9562).
//!
//! So an ARN leads to its execution without a lookup by name, which many may share. 122 bits are free in a
//! UUID: 10 for the slot among the Express ones, 48 for the milliseconds, 64 for the rest.

use asl::arn::{ExecutionArn, Uuid};
use store::Uid;

const VERSION: u128 = 0x7;
const VARIANT: u128 = 0b10;

pub(crate) fn uuid_of(execution: Uid) -> Uuid {
    let slot = u128::from(execution.slot() - Uid::EXPRESS_SLOTS.start);
    let bits = u128::from_be_bytes(execution.0);
    let (time, rest) = ((bits >> 64) & 0xffff_ffff_ffff, bits & u128::from(u64::MAX));
    let high_rest = rest >> 62;
    let low_rest = rest & ((1 << 62) - 1);
    Uuid(time << 80 | VERSION << 76 | slot << 66 | high_rest << 64 | VARIANT << 62 | low_rest)
}

/// The execution that an ARN names; none if it is none of this engine's Express executions.
pub(crate) fn uid_of(arn: &ExecutionArn) -> Option<Uid> {
    let Uuid(bits) = arn.express?;
    let is_ours = (bits >> 76) & 0xf == VERSION && (bits >> 62) & 0b11 == VARIANT;
    let slot = Uid::EXPRESS_SLOTS.start + ((bits >> 66) & 0x3ff) as u16;
    let time = (bits >> 80) as i64;
    let rest = ((bits >> 64) & 0b11) << 62 | (bits & ((1 << 62) - 1));
    is_ours.then(|| Uid::new(slot, time, rest as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uid_and_uuid_lead_to_each_other() {
        for slot in [1_024, 1_025, 1_700, 2_047] {
            for (time, rest) in
                [(0, 0), (1_795_326_381_123, u64::MAX), ((1 << 48) - 1, 0x8000_0000_0000_0001)]
            {
                let uid = Uid::new(slot, time, rest);
                let arn = format!("arn:aws:states:r:1:express:m:e:{}", uuid_of(uid));
                assert_eq!(uid_of(&arn.parse().unwrap()), Some(uid), "{arn}");
            }
        }
    }

    #[test]
    fn a_uuid_of_another_version_is_nobodys() {
        let arn: ExecutionArn =
            "arn:aws:states:r:1:express:m:e:7c3e1b1e-0000-4000-8000-000000000000".parse().unwrap();
        assert_eq!(uid_of(&arn), None);
    }
}
