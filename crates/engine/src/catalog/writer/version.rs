//! Publishing versions and deleting them.

use std::sync::Arc;

use asl::arn::StateMachineArn;
use bytes::Bytes;

use super::CatalogWriter;
use crate::catalog::keys::{Key, StoredVersion, encode};
use crate::catalog::{
    DeleteVersionError, ExpectedRevision, PublishVersion, PublishVersionError, Revision, StateMachineEntry,
    Version,
};

impl CatalogWriter {
    /// Idempotent on the revision: a description that comes with a second call is ignored.
    pub(crate) fn publish_version(
        &mut self,
        publish: PublishVersion,
    ) -> Result<Arc<Version>, PublishVersionError> {
        let machine =
            self.catalog.state_machine(&publish.machine).ok_or(PublishVersionError::DoesNotExist)?;
        if machine.deleting {
            return Err(PublishVersionError::Deleting);
        }
        let current = &machine.current;
        if publish.revision.is_some_and(|expected| !is_at(current, &expected)) {
            return Err(PublishVersionError::Conflict { current: current.revision_id.clone() });
        }
        if let Some(version) = machine.version_of(current.number) {
            return Ok(Arc::clone(version));
        }
        if self.has_all_versions(&machine) {
            return Err(PublishVersionError::LimitExceeded);
        }
        let version = next(&machine, current, publish.description, self.clock.now_ms());
        self.write(vec![write(&version, false)])?;
        let mut machine = StateMachineEntry::clone(&machine);
        add(&mut machine, Arc::clone(&version));
        self.show_machine(machine);
        Ok(version)
    }

    pub(super) fn has_all_versions(&self, machine: &StateMachineEntry) -> bool {
        machine.versions.len() >= self.quotas.versions_max
    }

    /// A version that does not exist is deleted already. Executions that run through it go on.
    pub(crate) fn delete_version(
        &mut self,
        arn: &StateMachineArn,
        number: u64,
    ) -> Result<(), DeleteVersionError> {
        let Some(machine) = self.catalog.state_machine(arn) else { return Ok(()) };
        let Some(version) = machine.version(number) else { return Ok(()) };
        let aliases = machine.aliases.iter().filter(|alias| alias.routes_to(number));
        let names: Vec<Arc<str>> = aliases.map(|alias| Arc::clone(&alias.name)).collect();
        if !names.is_empty() {
            return Err(DeleteVersionError::Referenced(names));
        }
        let stored =
            StoredVersion { deleted: true, ..stored(version, was_published_at_creation(&machine, number)) };
        self.write(vec![(Key::Version(machine.uid, number), encode(&stored))])?;
        let mut machine = StateMachineEntry::clone(&machine);
        machine.versions.retain(|version| version.number != number);
        self.show_machine(machine);
        Ok(())
    }
}

fn is_at(current: &Revision, expected: &ExpectedRevision) -> bool {
    match expected {
        ExpectedRevision::Initial => current.revision_id.is_none(),
        ExpectedRevision::Id(id) => current.revision_id.as_ref() == Some(id),
    }
}

/// The creation publishes the first version, or none.
fn was_published_at_creation(machine: &StateMachineEntry, number: u64) -> bool {
    number == 1 && machine.created_with.is_some()
}

/// The version that comes after all that the machine ever had.
pub(super) fn next(
    machine: &StateMachineEntry,
    revision: &Arc<Revision>,
    description: Option<Arc<str>>,
    now_ms: i64,
) -> Arc<Version> {
    let number = machine.last_version + 1;
    Arc::new(Version { number, revision: Arc::clone(revision), description, created_ms: now_ms })
}

pub(super) fn add(machine: &mut StateMachineEntry, version: Arc<Version>) {
    machine.last_version = version.number;
    machine.versions.push(version);
}

pub(super) fn write(version: &Version, with_creation: bool) -> (Key, Bytes) {
    let key = Key::Version(version.revision.machine, version.number);
    (key, encode(&stored(version, with_creation)))
}

fn stored(version: &Version, with_creation: bool) -> StoredVersion {
    StoredVersion {
        revision: version.revision.number,
        description: version.description.clone(),
        created_ms: version.created_ms,
        with_creation,
        deleted: false,
    }
}
