//! The one who changes the catalog: checks, makes durable, then shows.
//!
//! Here: machines, activities, tags. In its folder: reading the stored catalog (`open`), versions, aliases.

mod alias;
mod open;
mod version;

use std::sync::{Arc, OnceLock};

use asl::arn::{ActivityArn, StateMachineArn};
use bytes::Bytes;
use planted::Bug;
use store::{CatalogWrite, Fault, Store};

use crate::block_on::block_on;
use crate::catalog::keys::{Key, StoredActivity, StoredMachine, StoredRevision, encode};
use crate::catalog::{
    ActivityEntry, Catalog, CreateActivityError, CreateStateMachine, CreateStateMachineError, Definition,
    Entries, Intake, Revision, SetEncryption, StateMachineEntry, Tag, TagError, Taggable, UpdateStateMachine,
    UpdateStateMachineError, Updated, tag,
};
use crate::clock::Clock;
use crate::entropy;
use crate::error::NotWritten;
use crate::quotas::Quotas;

/// Owned by the catalog's thread.
pub(crate) struct CatalogWriter {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    catalog: Arc<Catalog>,
    quotas: Quotas,
    /// Version of every stored entry.
    versions: std::collections::HashMap<Box<[u8]>, u64>,
    pub(crate) token_secret: [u8; 32],
    pub(crate) page_secret: [u8; 32],
}

impl CatalogWriter {
    /// Entries are written over and never removed, so their versions are always known here.
    fn write(&mut self, writes: Vec<(Key, Bytes)>) -> Result<(), NotWritten> {
        let writes: Vec<CatalogWrite> = writes
            .into_iter()
            .map(|(key, value)| {
                let key = key.bytes();
                let expected_version = self.versions.get(&key).copied().unwrap_or(0);
                CatalogWrite { key, expected_version, value: Some(value) }
            })
            .collect();
        let keys: Vec<Box<[u8]>> = writes.iter().map(|write| write.key.clone()).collect();
        match block_on(self.store.catalog_write(writes)) {
            Ok(true) => {}
            _ if planted::is_on(Bug::CatalogShownUnwritten) => {}
            Err(Fault::Full(_)) if !planted::is_on(Bug::FullCatalogIsAFault) => {
                return Err(NotWritten::NoRoom);
            }
            Ok(false) | Err(_) => return Err(NotWritten::Unavailable),
        }
        for key in keys {
            *self.versions.entry(key).or_insert(0) += 1;
        }
        Ok(())
    }

    fn show_machine(&self, machine: StateMachineEntry) -> Arc<StateMachineEntry> {
        let machine = Arc::new(machine);
        self.catalog.change(|entries: &mut Entries| {
            if let Some(before) = entries.machines.insert(machine.arn.clone(), Arc::clone(&machine)) {
                entries.machine_order.remove(&(before.created_ms, before.uid));
            }
            entries.machine_order.insert((machine.created_ms, machine.uid), machine.arn.clone());
            entries
                .revisions
                .entry((machine.uid, machine.current.number))
                .or_insert_with(|| Arc::clone(&machine.current));
        });
        machine
    }

    fn show_activity(&self, activity: ActivityEntry) -> Arc<ActivityEntry> {
        let activity = Arc::new(activity);
        self.catalog.change(|entries| entries.activities.insert(activity.arn.clone(), Arc::clone(&activity)));
        activity
    }

    fn store_machine(&mut self, machine: &StateMachineEntry) -> Result<(), NotWritten> {
        self.write(vec![machine_write(machine)])
    }

    /// Idempotent: the same machine again is the machine that exists. Role and tags do not count.
    pub(crate) fn create_state_machine(
        &mut self,
        create: CreateStateMachine,
    ) -> Result<Arc<StateMachineEntry>, CreateStateMachineError> {
        if let Some(existing) = self.catalog.state_machine(&create.arn) {
            return match existing {
                existing if existing.deleting => Err(CreateStateMachineError::Deleting),
                existing if is_same_machine(&existing, &create) => Ok(existing),
                _ => Err(CreateStateMachineError::AlreadyExists),
            };
        }
        if self.catalog.count_machines(&create.arn.owner) >= self.quotas.state_machines_max {
            return Err(CreateStateMachineError::LimitExceeded);
        }
        let now_ms = self.clock.now_ms();
        // Incarnations of a name are told apart by their time: a later one is later, whatever the clock says.
        let before_ms =
            self.catalog.read(|entries| entries.machines.get(&create.arn).map(|one| one.created_ms));
        let before_ms = before_ms.filter(|_| !planted::is_on(Bug::IncarnationsByTheClock));
        let created_ms = before_ms.map_or(now_ms, |before_ms| now_ms.max(before_ms.saturating_add(1)));
        let uid = u128::from(entropy::draw()) << 64 | u128::from(entropy::draw());
        let current = Arc::new(Revision {
            arn: create.arn.clone(),
            arn_text: create.arn.to_string().into(),
            machine: uid,
            intake: Arc::new(Intake::of(false)),
            number: 1,
            machine_type: create.machine_type,
            role_arn: create.role_arn,
            definition_text: create.definition.text,
            definition: OnceLock::from(create.definition.machine),
            logging: create.logging,
            logging_read: OnceLock::new(),
            tracing: create.tracing,
            encryption: create.encryption,
            revision_id: None,
            updated_ms: now_ms,
        });
        let mut machine = StateMachineEntry {
            uid,
            arn: create.arn,
            machine_type: create.machine_type,
            created_ms,
            deleting: false,
            deleted: false,
            current: Arc::clone(&current),
            tags: create.tags,
            versions: Vec::new(),
            aliases: Vec::new(),
            last_version: 0,
            created_with: create.publish.clone(),
        };
        let mut writes = vec![revision_write(&current)];
        if let Some(publish) = create.publish {
            let version = version::next(&machine, &current, publish.description, now_ms);
            writes.push(version::write(&version, true));
            version::add(&mut machine, version);
        }
        writes.push(machine_write(&machine));
        self.write(writes)?;
        Ok(self.show_machine(machine))
    }

    pub(crate) fn update_state_machine(
        &mut self,
        arn: &StateMachineArn,
        update: UpdateStateMachine,
    ) -> Result<Updated, UpdateStateMachineError> {
        let machine = self.catalog.state_machine(arn).ok_or(UpdateStateMachineError::DoesNotExist)?;
        if machine.deleting {
            return Err(UpdateStateMachineError::Deleting);
        }
        let now_ms = self.clock.now_ms();
        let publish = update.publish.clone();
        let next = next_revision(&machine.current, update, now_ms).map(Arc::new);
        let current = next.as_ref().unwrap_or(&machine.current);
        let revision_id = match (&next, &publish) {
            (None, Some(_)) => None,
            _ => current.revision_id.clone(),
        };
        let published = publish.as_ref().and_then(|_| machine.version_of(current.number)).map(Arc::clone);
        let new_version = publish
            .filter(|_| published.is_none())
            .map(|publish| version::next(&machine, current, publish.description, now_ms));
        if new_version.is_some() && self.has_all_versions(&machine) {
            return Err(UpdateStateMachineError::VersionLimitExceeded);
        }
        let mut changed =
            StateMachineEntry { current: Arc::clone(current), ..StateMachineEntry::clone(&machine) };
        let mut writes: Vec<(Key, Bytes)> = next.iter().map(|revision| revision_write(revision)).collect();
        if let Some(version) = &new_version {
            writes.push(version::write(version, false));
            version::add(&mut changed, Arc::clone(version));
        }
        if !writes.is_empty() {
            writes.push(machine_write(&changed));
            self.write(writes)?;
            self.show_machine(changed);
        }
        Ok(Updated { updated_ms: now_ms, revision_id, version: published.or(new_version) })
    }

    /// Marks a machine as being deleted: it takes no more starts. An unknown machine is deleted.
    pub(crate) fn begin_deletion(&mut self, arn: &StateMachineArn) -> Result<(), NotWritten> {
        self.mark(arn, |machine| machine.deleting = true)?;
        if let Some(machine) = self.catalog.state_machine(arn).filter(|machine| machine.deleting) {
            machine.current.intake.close();
        }
        Ok(())
    }

    /// No execution of the machine runs any more.
    pub(crate) fn finish_deletion(&mut self, arn: &StateMachineArn) -> Result<(), NotWritten> {
        self.mark(arn, |machine| machine.deleted = true)
    }

    fn mark(
        &mut self,
        arn: &StateMachineArn,
        mark: impl FnOnce(&mut StateMachineEntry),
    ) -> Result<(), NotWritten> {
        let Some(machine) = self.catalog.state_machine(arn) else { return Ok(()) };
        let mut machine = StateMachineEntry::clone(&machine);
        mark(&mut machine);
        self.store_machine(&machine)?;
        self.show_machine(machine);
        Ok(())
    }

    /// Idempotent on the name; tags of a second call are ignored.
    pub(crate) fn create_activity(
        &mut self,
        arn: ActivityArn,
        encryption: Option<Arc<str>>,
        tags: Vec<Tag>,
    ) -> Result<Arc<ActivityEntry>, CreateActivityError> {
        if let Some(existing) = self.catalog.activity(&arn) {
            let same = existing.encryption == encryption;
            return if same { Ok(existing) } else { Err(CreateActivityError::AlreadyExists) };
        }
        if self.catalog.count_activities(&arn.owner) >= self.quotas.activities_max {
            return Err(CreateActivityError::LimitExceeded);
        }
        let activity = ActivityEntry { arn, created_ms: self.clock.now_ms(), encryption, tags };
        self.store_activity(&activity, false)?;
        Ok(self.show_activity(activity))
    }

    fn store_activity(&mut self, activity: &ActivityEntry, deleted: bool) -> Result<(), NotWritten> {
        let stored = StoredActivity {
            created_ms: activity.created_ms,
            deleted,
            encryption: activity.encryption.clone(),
            tags: activity.tags.clone(),
        };
        self.write(vec![(Key::Activity(activity.arn.clone()), encode(&stored))])
    }

    pub(crate) fn delete_activity(&mut self, arn: &ActivityArn) -> Result<(), NotWritten> {
        let Some(activity) = self.catalog.activity(arn) else { return Ok(()) };
        self.store_activity(&activity, true)?;
        self.catalog.change(|entries| entries.activities.remove(arn));
        Ok(())
    }

    pub(crate) fn tag(&mut self, resource: &Taggable, tags: Vec<Tag>) -> Result<(), TagError> {
        let tags_max = self.quotas.tags_max;
        self.change_tags(resource, |before| tag::set(before, tags, tags_max))
    }

    pub(crate) fn untag(&mut self, resource: &Taggable, keys: &[Arc<str>]) -> Result<(), TagError> {
        self.change_tags(resource, |before| Ok(tag::remove(before, keys)))
    }

    fn change_tags(
        &mut self,
        resource: &Taggable,
        change: impl FnOnce(&[Tag]) -> Result<Vec<Tag>, TagError>,
    ) -> Result<(), TagError> {
        match resource {
            Taggable::StateMachine(arn) => {
                let machine = self.catalog.state_machine(arn).ok_or(TagError::ResourceNotFound)?;
                let machine =
                    StateMachineEntry { tags: change(&machine.tags)?, ..StateMachineEntry::clone(&machine) };
                self.store_machine(&machine)?;
                self.show_machine(machine);
            }
            Taggable::Activity(arn) => {
                let activity = self.catalog.activity(arn).ok_or(TagError::ResourceNotFound)?;
                let activity =
                    ActivityEntry { tags: change(&activity.tags)?, ..ActivityEntry::clone(&activity) };
                self.store_activity(&activity, false)?;
                self.show_activity(activity);
            }
        }
        Ok(())
    }
}

/// Whether a second creation means the machine that exists: AWS compares the definition's text, the
/// type, the configurations and what the creation published, not role and tags.
fn is_same_machine(existing: &StateMachineEntry, create: &CreateStateMachine) -> bool {
    let current = &existing.current;
    existing.machine_type == create.machine_type
        && current.definition_text == create.definition.text
        && current.logging == create.logging
        && current.tracing == create.tracing
        && current.encryption == create.encryption
        && existing.created_with == create.publish
}

fn machine_write(machine: &StateMachineEntry) -> (Key, Bytes) {
    let stored = StoredMachine {
        arn: machine.arn.clone(),
        machine_type: machine.machine_type,
        created_ms: machine.created_ms,
        deleting: machine.deleting,
        deleted: machine.deleted,
        revision: machine.current.number,
        tags: machine.tags.clone(),
    };
    (Key::Machine(machine.uid), encode(&stored))
}

fn revision_write(revision: &Revision) -> (Key, Bytes) {
    let stored = StoredRevision {
        role_arn: Arc::clone(&revision.role_arn),
        definition: Arc::clone(&revision.definition_text),
        logging: revision.logging.clone(),
        tracing: revision.tracing.clone(),
        encryption: revision.encryption.clone(),
        revision_id: revision.revision_id.clone(),
        updated_ms: revision.updated_ms,
    };
    (Key::Revision(revision.machine, revision.number), encode(&stored))
}

/// The revision after `before`; none when the update changes nothing.
fn next_revision(before: &Revision, update: UpdateStateMachine, now_ms: i64) -> Option<Revision> {
    let (definition_text, definition) = match update.definition {
        Some(Definition { text, machine }) => (text, OnceLock::from(machine)),
        None => (Arc::clone(&before.definition_text), before.definition.clone()),
    };
    let role_arn = update.role_arn.unwrap_or_else(|| Arc::clone(&before.role_arn));
    let logging = update.logging.or_else(|| before.logging.clone());
    let tracing = update.tracing.or_else(|| before.tracing.clone());
    let encryption = match update.encryption {
        Some(SetEncryption(encryption)) => encryption,
        None => before.encryption.clone(),
    };
    let same = definition_text == before.definition_text
        && role_arn == before.role_arn
        && logging == before.logging
        && tracing == before.tracing
        && encryption == before.encryption;
    if same {
        return None;
    }
    Some(Revision {
        arn: before.arn.clone(),
        arn_text: Arc::clone(&before.arn_text),
        machine: before.machine,
        intake: Arc::clone(&before.intake),
        number: before.number + u32::from(!planted::is_on(Bug::UpdateRewritesTheRevision)),
        machine_type: before.machine_type,
        role_arn,
        definition_text,
        definition,
        logging,
        logging_read: OnceLock::new(),
        tracing,
        encryption,
        revision_id: Some(entropy::uuid_v4(entropy::draw(), entropy::draw()).into()),
        updated_ms: now_ms,
    })
}
