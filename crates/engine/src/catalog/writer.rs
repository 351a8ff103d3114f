//! The one who changes the catalog: checks, makes durable, then shows.

use std::sync::{Arc, OnceLock};

use asl::arn::{ActivityArn, StateMachineArn};
use store::{CatalogWrite, Store};

use crate::block_on::block_on;
use crate::catalog::keys::{Key, StoredActivity, StoredMachine, StoredRevision, decode, encode};
use crate::catalog::{
    ActivityEntry, Catalog, CreateActivityError, CreateStateMachine, CreateStateMachineError, Definition,
    Entries, Revision, StateMachineEntry, Tag, TagError, Taggable, UpdateStateMachine,
    UpdateStateMachineError, Updated, tag,
};
use crate::clock::Clock;
use crate::entropy;
use crate::error::EngineError;

/// LIMIT: state machines and activities (AWS quota, 100,000 each per account; here over all accounts).
const ENTRIES_MAX: usize = 100_000;

/// Which secret a key of the catalog holds.
const TOKEN_SECRET: u8 = b't';
const PAGE_SECRET: u8 = b'p';

/// Owned by the catalog's thread.
pub(crate) struct CatalogWriter {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    catalog: Arc<Catalog>,
    /// Version of every stored entry.
    versions: std::collections::HashMap<Box<[u8]>, u64>,
    pub(crate) token_secret: [u8; 32],
    pub(crate) page_secret: [u8; 32],
}

/// A deletion that a restart found unfinished.
pub(crate) type Unfinished = Vec<StateMachineArn>;

impl CatalogWriter {
    /// Reads the stored catalog into memory.
    pub(crate) fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        catalog: Arc<Catalog>,
    ) -> Result<(Self, Unfinished), EngineError> {
        let stored = block_on(store.catalog_read())?;
        let mut writer = CatalogWriter {
            store,
            clock,
            catalog,
            versions: std::collections::HashMap::new(),
            token_secret: [0; 32],
            page_secret: [0; 32],
        };
        let mut machines = Vec::new();
        let mut revisions = std::collections::HashMap::new();
        let mut secrets = std::collections::HashMap::new();
        for (key, entry) in stored {
            match Key::read(&key) {
                Some(Key::Machine(uid)) => machines.push((uid, decode::<StoredMachine>(&entry.value)?)),
                Some(Key::Revision(uid, number)) => {
                    revisions.insert((uid, number), decode::<StoredRevision>(&entry.value)?);
                }
                Some(Key::Activity(arn)) => {
                    let StoredActivity { created_ms, deleted, encryption, tags } = decode(&entry.value)?;
                    if !deleted {
                        writer.show_activity(ActivityEntry { arn, created_ms, encryption, tags });
                    }
                }
                Some(Key::Secret(which)) => {
                    secrets.insert(which, decode::<[u8; 32]>(&entry.value)?);
                }
                None => return Err(EngineError::Catalog("a key has an unknown form".into())),
            }
            writer.versions.insert(key, entry.version);
        }
        let unfinished = writer.show_stored(machines, revisions)?;
        writer.token_secret = writer.secret(TOKEN_SECRET, &secrets)?;
        writer.page_secret = writer.secret(PAGE_SECRET, &secrets)?;
        Ok((writer, unfinished))
    }

    fn show_stored(
        &self,
        mut machines: Vec<(u128, StoredMachine)>,
        revisions: std::collections::HashMap<(u128, u32), StoredRevision>,
    ) -> Result<Unfinished, EngineError> {
        // Later incarnations of a name replace earlier ones.
        machines.sort_by_key(|(uid, machine)| (machine.created_ms, *uid));
        let by_uid: std::collections::HashMap<u128, (StateMachineArn, asl::definition::MachineType)> =
            machines
                .iter()
                .map(|(uid, machine)| (*uid, (machine.arn.clone(), machine.machine_type)))
                .collect();
        for ((uid, number), stored) in revisions {
            let (arn, machine_type) = by_uid
                .get(&uid)
                .cloned()
                .ok_or_else(|| EngineError::Catalog("a revision belongs to no state machine".into()))?;
            let revision = Revision {
                arn_text: arn.to_string().into(),
                arn,
                machine: uid,
                number,
                machine_type,
                role_arn: stored.role_arn,
                definition_text: stored.definition,
                definition: OnceLock::new(),
                logging: stored.logging,
                tracing: stored.tracing,
                encryption: stored.encryption,
                revision_id: stored.revision_id,
                updated_ms: stored.updated_ms,
            };
            self.catalog.change(|entries| entries.revisions.insert((uid, number), Arc::new(revision)));
        }
        let mut unfinished = Unfinished::new();
        for (uid, stored) in machines {
            let current = self
                .catalog
                .revision(uid, stored.revision)
                .ok_or_else(|| EngineError::Catalog("a state machine has no current revision".into()))?;
            if stored.deleting && !stored.deleted {
                unfinished.push(stored.arn.clone());
            }
            self.show_machine(StateMachineEntry {
                uid,
                arn: stored.arn,
                machine_type: stored.machine_type,
                created_ms: stored.created_ms,
                deleting: stored.deleting,
                deleted: stored.deleted,
                current,
                tags: stored.tags,
            });
        }
        Ok(unfinished)
    }

    /// A secret of this data directory, made at its first start.
    fn secret(
        &mut self,
        which: u8,
        stored: &std::collections::HashMap<u8, [u8; 32]>,
    ) -> Result<[u8; 32], EngineError> {
        if let Some(secret) = stored.get(&which) {
            return Ok(*secret);
        }
        let secret = entropy::secret::<32>();
        if self.write(vec![(Key::Secret(which), encode(&secret))]) {
            Ok(secret)
        } else {
            Err(EngineError::Catalog("a new secret could not be stored".into()))
        }
    }

    /// Entries are written over and never removed, so their versions are always known here.
    fn write(&mut self, writes: Vec<(Key, bytes::Bytes)>) -> bool {
        let writes: Vec<CatalogWrite> = writes
            .into_iter()
            .map(|(key, value)| {
                let key = key.bytes();
                let expected_version = self.versions.get(&key).copied().unwrap_or(0);
                CatalogWrite { key, expected_version, value: Some(value) }
            })
            .collect();
        let keys: Vec<Box<[u8]>> = writes.iter().map(|write| write.key.clone()).collect();
        if !matches!(block_on(self.store.catalog_write(writes)), Ok(true)) {
            return false;
        }
        for key in keys {
            *self.versions.entry(key).or_insert(0) += 1;
        }
        true
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

    fn store_machine(&mut self, machine: &StateMachineEntry, revision: Option<&Revision>) -> bool {
        let stored = StoredMachine {
            arn: machine.arn.clone(),
            machine_type: machine.machine_type,
            created_ms: machine.created_ms,
            deleting: machine.deleting,
            deleted: machine.deleted,
            revision: machine.current.number,
            tags: machine.tags.clone(),
        };
        let mut writes = vec![(Key::Machine(machine.uid), encode(&stored))];
        if let Some(revision) = revision {
            let stored = StoredRevision {
                role_arn: Arc::clone(&revision.role_arn),
                definition: Arc::clone(&revision.definition_text),
                logging: revision.logging.clone(),
                tracing: revision.tracing.clone(),
                encryption: revision.encryption.clone(),
                revision_id: revision.revision_id.clone(),
                updated_ms: revision.updated_ms,
            };
            writes.push((Key::Revision(revision.machine, revision.number), encode(&stored)));
        }
        self.write(writes)
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
        if self.catalog.read(|entries| entries.machines.len()) >= ENTRIES_MAX {
            return Err(CreateStateMachineError::LimitExceeded);
        }
        let now_ms = self.clock.now_ms();
        let uid = u128::from(entropy::draw()) << 64 | u128::from(entropy::draw());
        let current = Arc::new(Revision {
            arn: create.arn.clone(),
            arn_text: create.arn.to_string().into(),
            machine: uid,
            number: 1,
            machine_type: create.machine_type,
            role_arn: create.role_arn,
            definition_text: create.definition.text,
            definition: OnceLock::from(create.definition.machine),
            logging: create.logging,
            tracing: create.tracing,
            encryption: create.encryption,
            revision_id: None,
            updated_ms: now_ms,
        });
        let machine = StateMachineEntry {
            uid,
            arn: create.arn,
            machine_type: create.machine_type,
            created_ms: now_ms,
            deleting: false,
            deleted: false,
            current: Arc::clone(&current),
            tags: create.tags,
        };
        if !self.store_machine(&machine, Some(&current)) {
            return Err(CreateStateMachineError::Unavailable);
        }
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
        let before = &machine.current;
        let Some(revision) = next_revision(before, update, now_ms) else {
            return Ok(Updated { updated_ms: now_ms, revision_id: before.revision_id.clone() });
        };
        let revision = Arc::new(revision);
        let machine =
            StateMachineEntry { current: Arc::clone(&revision), ..StateMachineEntry::clone(&machine) };
        if !self.store_machine(&machine, Some(&revision)) {
            return Err(UpdateStateMachineError::Unavailable);
        }
        self.show_machine(machine);
        Ok(Updated { updated_ms: now_ms, revision_id: revision.revision_id.clone() })
    }

    /// Marks a machine as being deleted. False when the store cannot; an unknown machine is deleted.
    pub(crate) fn begin_deletion(&mut self, arn: &StateMachineArn) -> bool {
        self.mark(arn, |machine| machine.deleting = true)
    }

    /// No execution of the machine runs any more.
    pub(crate) fn finish_deletion(&mut self, arn: &StateMachineArn) -> bool {
        self.mark(arn, |machine| machine.deleted = true)
    }

    fn mark(&mut self, arn: &StateMachineArn, mark: impl FnOnce(&mut StateMachineEntry)) -> bool {
        let Some(machine) = self.catalog.state_machine(arn) else { return true };
        let mut machine = StateMachineEntry::clone(&machine);
        mark(&mut machine);
        let stored = self.store_machine(&machine, None);
        if stored {
            self.show_machine(machine);
        }
        stored
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
        if self.catalog.read(|entries| entries.activities.len()) >= ENTRIES_MAX {
            return Err(CreateActivityError::LimitExceeded);
        }
        let activity = ActivityEntry { arn, created_ms: self.clock.now_ms(), encryption, tags };
        if !self.store_activity(&activity, false) {
            return Err(CreateActivityError::Unavailable);
        }
        Ok(self.show_activity(activity))
    }

    fn store_activity(&mut self, activity: &ActivityEntry, deleted: bool) -> bool {
        let stored = StoredActivity {
            created_ms: activity.created_ms,
            deleted,
            encryption: activity.encryption.clone(),
            tags: activity.tags.clone(),
        };
        self.write(vec![(Key::Activity(activity.arn.clone()), encode(&stored))])
    }

    pub(crate) fn delete_activity(&mut self, arn: &ActivityArn) -> bool {
        let Some(activity) = self.catalog.activity(arn) else { return true };
        let stored = self.store_activity(&activity, true);
        if stored {
            self.catalog.change(|entries| entries.activities.remove(arn));
        }
        stored
    }

    pub(crate) fn tag(&mut self, resource: &Taggable, tags: Vec<Tag>) -> Result<(), TagError> {
        self.change_tags(resource, |before| tag::set(before, tags))
    }

    pub(crate) fn untag(&mut self, resource: &Taggable, keys: &[Arc<str>]) -> Result<(), TagError> {
        self.change_tags(resource, |before| Ok(tag::remove(before, keys)))
    }

    fn change_tags(
        &mut self,
        resource: &Taggable,
        change: impl FnOnce(&[Tag]) -> Result<Vec<Tag>, TagError>,
    ) -> Result<(), TagError> {
        let stored = match resource {
            Taggable::StateMachine(arn) => {
                let machine = self.catalog.state_machine(arn).ok_or(TagError::ResourceNotFound)?;
                let machine =
                    StateMachineEntry { tags: change(&machine.tags)?, ..StateMachineEntry::clone(&machine) };
                self.store_machine(&machine, None).then(|| drop(self.show_machine(machine)))
            }
            Taggable::Activity(arn) => {
                let activity = self.catalog.activity(arn).ok_or(TagError::ResourceNotFound)?;
                let activity =
                    ActivityEntry { tags: change(&activity.tags)?, ..ActivityEntry::clone(&activity) };
                self.store_activity(&activity, false).then(|| drop(self.show_activity(activity)))
            }
        };
        stored.ok_or(TagError::Unavailable)
    }
}

/// Whether a second creation means the machine that exists: AWS compares the definition's text, the
/// type and the configurations, not role and tags.
fn is_same_machine(existing: &StateMachineEntry, create: &CreateStateMachine) -> bool {
    let current = &existing.current;
    existing.machine_type == create.machine_type
        && current.definition_text == create.definition.text
        && current.logging == create.logging
        && current.tracing == create.tracing
        && current.encryption == create.encryption
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
    let encryption = update.encryption.or_else(|| before.encryption.clone());
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
        number: before.number + 1,
        machine_type: before.machine_type,
        role_arn,
        definition_text,
        definition,
        logging,
        tracing,
        encryption,
        revision_id: Some(entropy::uuid_v4(entropy::draw(), entropy::draw()).into()),
        updated_ms: now_ms,
    })
}
