//! Keys and stored forms of catalog entries. Stored forms change only by adding versions.

use std::sync::Arc;

use asl::arn::{ActivityArn, StateMachineArn};
use asl::definition::MachineType;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use store::CatalogKey;

use crate::catalog::alias::Route;
use crate::catalog::tag::Tag;
use crate::error::EngineError;

const MACHINE: u8 = b'm';
const REVISION: u8 = b'r';
const ACTIVITY: u8 = b'a';
const VERSION: u8 = b'v';
const ALIAS: u8 = b'l';
const SECRET: u8 = b'k';

/// Version of every stored form below, its first byte.
const ENCODING: u8 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct StoredMachine {
    pub(super) arn: StateMachineArn,
    pub(super) machine_type: MachineType,
    pub(super) created_ms: i64,
    pub(super) deleting: bool,
    pub(super) deleted: bool,
    pub(super) revision: u32,
    pub(super) tags: Vec<Tag>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredRevision {
    pub(super) role_arn: Arc<str>,
    pub(super) definition: Arc<str>,
    pub(super) logging: Option<Arc<str>>,
    pub(super) tracing: Option<Arc<str>>,
    pub(super) encryption: Option<Arc<str>>,
    pub(super) revision_id: Option<Arc<str>>,
    pub(super) updated_ms: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredActivity {
    pub(super) created_ms: i64,
    /// The entry stays when the activity goes: whoever makes it anew must know the entry's version.
    pub(super) deleted: bool,
    pub(super) encryption: Option<Arc<str>>,
    pub(super) tags: Vec<Tag>,
}

/// A version that is deleted keeps its entry: its number is not used again.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredVersion {
    pub(super) revision: u32,
    pub(super) description: Option<Arc<str>>,
    pub(super) created_ms: i64,
    /// Published by the call that created the machine.
    pub(super) with_creation: bool,
    pub(super) deleted: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAlias {
    pub(super) description: Option<Arc<str>>,
    pub(super) routes: Vec<Route>,
    pub(super) created_ms: i64,
    pub(super) updated_ms: i64,
    pub(super) place: u64,
    /// The entry stays when the alias goes, as an activity's does.
    pub(super) deleted: bool,
}

/// A key taken apart.
#[derive(PartialEq, Debug)]
pub(super) enum Key {
    Machine(u128),
    Revision(u128, u32),
    Activity(ActivityArn),
    Version(u128, u64),
    Alias(u128, Arc<str>),
    /// A key of this data directory's own secrets.
    Secret(u8),
}

impl Key {
    pub(super) fn bytes(&self) -> CatalogKey {
        let mut bytes = Vec::new();
        match self {
            Key::Machine(uid) => {
                bytes.push(MACHINE);
                bytes.extend(uid.to_be_bytes());
            }
            Key::Revision(uid, number) => {
                bytes.push(REVISION);
                bytes.extend(uid.to_be_bytes());
                bytes.extend(number.to_be_bytes());
            }
            Key::Activity(arn) => {
                bytes.push(ACTIVITY);
                bytes.extend(arn.to_string().into_bytes());
            }
            Key::Version(uid, number) => {
                bytes.push(VERSION);
                bytes.extend(uid.to_be_bytes());
                bytes.extend(number.to_be_bytes());
            }
            Key::Alias(uid, name) => {
                bytes.push(ALIAS);
                bytes.extend(uid.to_be_bytes());
                bytes.extend(name.as_bytes());
            }
            Key::Secret(which) => bytes.extend([SECRET, *which]),
        }
        bytes.into_boxed_slice()
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Key> {
        let (kind, rest) = bytes.split_first()?;
        match *kind {
            MACHINE => Some(Key::Machine(u128::from_be_bytes(rest.try_into().ok()?))),
            REVISION => {
                let (uid, number) = rest.split_at_checked(16)?;
                Some(Key::Revision(
                    u128::from_be_bytes(uid.try_into().ok()?),
                    u32::from_be_bytes(number.try_into().ok()?),
                ))
            }
            ACTIVITY => Some(Key::Activity(std::str::from_utf8(rest).ok()?.parse().ok()?)),
            VERSION => {
                let (uid, number) = rest.split_at_checked(16)?;
                Some(Key::Version(
                    u128::from_be_bytes(uid.try_into().ok()?),
                    u64::from_be_bytes(number.try_into().ok()?),
                ))
            }
            ALIAS => {
                let (uid, name) = rest.split_at_checked(16)?;
                Some(Key::Alias(
                    u128::from_be_bytes(uid.try_into().ok()?),
                    std::str::from_utf8(name).ok()?.into(),
                ))
            }
            SECRET => rest.first().copied().map(Key::Secret),
            _ => None,
        }
    }
}

pub(super) fn encode(stored: &impl Serialize) -> Bytes {
    postcard::to_extend(stored, vec![ENCODING]).expect("an entry in memory can be written to memory").into()
}

pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, EngineError> {
    match bytes.split_first() {
        Some((&ENCODING, body)) => {
            postcard::from_bytes(body).map_err(|error| EngineError::Catalog(error.to_string()))
        }
        Some((version, _)) => Err(EngineError::Catalog(format!(
            "an entry has version {version}, this program reads up to {ENCODING}"
        ))),
        None => Err(EngineError::Catalog("an entry is empty".into())),
    }
}

#[cfg(test)]
mod tests;
