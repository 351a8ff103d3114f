//! Reading the stored catalog into memory.
//!
//! INVARIANT: what an older program stored reads back; what this one does not know is refused, not skipped.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use asl::arn::StateMachineArn;
use planted::Bug;
use store::Store;

use super::CatalogWriter;
use crate::block_on::block_on;
use crate::catalog::keys::{
    Key, StoredActivity, StoredAlias, StoredMachine, StoredRevision, StoredVersion, decode, encode,
};
use crate::catalog::{ActivityEntry, Alias, Catalog, Intake, Publish, Revision, StateMachineEntry, Version};
use crate::clock::Clock;
use crate::entropy;
use crate::error::EngineError;
use crate::quotas::Quotas;

/// Which secret a key of the catalog holds.
const TOKEN_SECRET: u8 = b't';
const PAGE_SECRET: u8 = b'p';

/// Deletions that a restart found unfinished.
pub(crate) type Unfinished = Vec<StateMachineArn>;

/// What the store holds, sorted by kind.
#[derive(Default)]
struct Stored {
    machines: Vec<(u128, StoredMachine)>,
    revisions: Vec<((u128, u32), StoredRevision)>,
    versions: HashMap<u128, Vec<(u64, StoredVersion)>>,
    aliases: HashMap<u128, Vec<(Arc<str>, StoredAlias)>>,
    secrets: HashMap<u8, [u8; 32]>,
}

impl CatalogWriter {
    pub(crate) fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        catalog: Arc<Catalog>,
        quotas: Quotas,
    ) -> Result<(Self, Unfinished), EngineError> {
        let entries = block_on(store.catalog_read())?;
        let mut writer = CatalogWriter {
            store,
            clock,
            catalog,
            quotas,
            versions: HashMap::new(),
            token_secret: [0; 32],
            page_secret: [0; 32],
        };
        let mut stored = Stored::default();
        for (key, entry) in entries {
            let value = &entry.value;
            match Key::read(&key) {
                Some(Key::Machine(uid)) => stored.machines.push((uid, decode(value)?)),
                Some(Key::Revision(uid, number)) => stored.revisions.push(((uid, number), decode(value)?)),
                Some(Key::Version(uid, number)) => {
                    stored.versions.entry(uid).or_default().push((number, decode(value)?));
                }
                Some(Key::Alias(uid, name)) => {
                    stored.aliases.entry(uid).or_default().push((name, decode(value)?));
                }
                Some(Key::Activity(arn)) => {
                    let StoredActivity { created_ms, deleted, encryption, tags } = decode(value)?;
                    if !deleted {
                        writer.show_activity(ActivityEntry { arn, created_ms, encryption, tags });
                    }
                }
                Some(Key::Secret(which)) => {
                    stored.secrets.insert(which, decode(value)?);
                }
                None => return Err(EngineError::Catalog("a key has an unknown form".into())),
            }
            writer.versions.insert(key, entry.version);
        }
        writer.token_secret = writer.secret(TOKEN_SECRET, &stored.secrets)?;
        writer.page_secret = writer.secret(PAGE_SECRET, &stored.secrets)?;
        let unfinished = writer.show_stored(stored)?;
        Ok((writer, unfinished))
    }

    fn show_stored(&self, stored: Stored) -> Result<Unfinished, EngineError> {
        let Stored { mut machines, revisions, mut versions, mut aliases, secrets: _ } = stored;
        // Later incarnations of a name replace earlier ones.
        machines.sort_by_key(|(uid, machine)| (machine.created_ms, *uid));
        self.show_revisions(&machines, revisions)?;
        let mut unfinished = Unfinished::new();
        for (uid, stored) in machines {
            let current = self
                .catalog
                .revision(uid, stored.revision)
                .ok_or_else(|| EngineError::Catalog("a state machine has no current revision".into()))?;
            let is_known = !planted::is_on(Bug::DeletionForgottenAtRestart);
            if stored.deleting && !stored.deleted && is_known {
                unfinished.push(stored.arn.clone());
            }
            let mut machine = StateMachineEntry {
                uid,
                arn: stored.arn,
                machine_type: stored.machine_type,
                created_ms: stored.created_ms,
                deleting: stored.deleting,
                deleted: stored.deleted,
                current,
                tags: stored.tags,
                versions: Vec::new(),
                aliases: Vec::new(),
                last_version: 0,
                created_with: None,
            };
            self.give_versions(&mut machine, versions.remove(&uid).unwrap_or_default())?;
            give_aliases(&mut machine, aliases.remove(&uid).unwrap_or_default());
            self.show_machine(machine);
        }
        Ok(unfinished)
    }

    fn show_revisions(
        &self,
        machines: &[(u128, StoredMachine)],
        revisions: Vec<((u128, u32), StoredRevision)>,
    ) -> Result<(), EngineError> {
        let by_uid: HashMap<u128, (&StoredMachine, Arc<Intake>)> = machines
            .iter()
            .map(|(uid, machine)| (*uid, (machine, Arc::new(Intake::of(machine.deleting)))))
            .collect();
        for ((uid, number), stored) in revisions {
            let (machine, intake) = by_uid
                .get(&uid)
                .ok_or_else(|| EngineError::Catalog("a revision belongs to no state machine".into()))?;
            let revision = Revision {
                arn: machine.arn.clone(),
                arn_text: machine.arn.to_string().into(),
                machine: uid,
                intake: Arc::clone(intake),
                number,
                machine_type: machine.machine_type,
                role_arn: stored.role_arn,
                definition_text: stored.definition,
                definition: OnceLock::new(),
                logging: stored.logging,
                logging_read: OnceLock::new(),
                tracing: stored.tracing,
                encryption: stored.encryption,
                revision_id: stored.revision_id,
                updated_ms: stored.updated_ms,
            };
            self.catalog.change(|entries| entries.revisions.insert((uid, number), Arc::new(revision)));
        }
        Ok(())
    }

    fn give_versions(
        &self,
        machine: &mut StateMachineEntry,
        mut stored: Vec<(u64, StoredVersion)>,
    ) -> Result<(), EngineError> {
        stored.sort_by_key(|(number, _)| *number);
        if planted::is_on(Bug::VersionsForgottenAtRestart) {
            return Ok(());
        }
        for (number, stored) in stored {
            let StoredVersion { revision, description, created_ms, with_creation, deleted } = stored;
            machine.last_version = number;
            if with_creation {
                machine.created_with = Some(Publish { description: description.clone() });
            }
            if !deleted {
                let revision = self
                    .catalog
                    .revision(machine.uid, revision)
                    .ok_or_else(|| EngineError::Catalog("a version has no revision".into()))?;
                machine.versions.push(Arc::new(Version { number, revision, description, created_ms }));
            }
        }
        Ok(())
    }

    /// A secret of this data directory, made at its first start.
    fn secret(&mut self, which: u8, stored: &HashMap<u8, [u8; 32]>) -> Result<[u8; 32], EngineError> {
        if let Some(secret) = stored.get(&which) {
            return Ok(*secret);
        }
        let secret = entropy::secret::<32>();
        if self.write(vec![(Key::Secret(which), encode(&secret))]).is_ok() {
            Ok(secret)
        } else {
            Err(EngineError::Catalog("a new secret could not be stored".into()))
        }
    }
}

fn give_aliases(machine: &mut StateMachineEntry, mut stored: Vec<(Arc<str>, StoredAlias)>) {
    stored.retain(|(_, alias)| !alias.deleted);
    stored.sort_by_key(|(_, alias)| alias.place);
    for (name, stored) in stored {
        let StoredAlias { description, routes, created_ms, updated_ms, place, deleted: _ } = stored;
        machine.aliases.push(Arc::new(Alias {
            machine: machine.arn.clone(),
            name,
            description,
            routes,
            created_ms,
            updated_ms,
            place,
        }));
    }
}
