//! The catalog: state machines with their revisions, versions and aliases, activities, tags. Read from memory by every
//! thread, changed by one thread only, durable before anybody sees the change.

mod activity;
mod alias;
mod intake;
mod keys;
mod state_machine;
mod tag;
mod version;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use asl::arn::{ActivityArn, Owner, StateMachineArn};

use crate::statistics::MachineStatistics;

pub use activity::{ActivityEntry, CreateActivityError};
pub use alias::{Alias, AliasError, CreateAlias, Route, UpdateAlias};
pub(crate) use intake::Intake;
pub use state_machine::{
    CreateStateMachine, CreateStateMachineError, Definition, Revision, SetEncryption, StateMachineEntry,
    UpdateStateMachine, UpdateStateMachineError, Updated,
};
pub use tag::{Tag, TagError, Taggable};
pub use version::{
    DeleteVersionError, ExpectedRevision, Publish, PublishVersion, PublishVersionError, Version,
};
pub(crate) use writer::CatalogWriter;

/// What every thread reads.
#[derive(Default)]
pub struct Catalog {
    entries: RwLock<Entries>,
}

#[derive(Default)]
pub(crate) struct Entries {
    /// By ARN; an ARN leads to its latest incarnation.
    pub(crate) machines: HashMap<StateMachineArn, Arc<StateMachineEntry>>,
    /// In the order of creation, for listings.
    machine_order: BTreeMap<(i64, u128), StateMachineArn>,
    /// Every revision that an execution may be pinned to, of deleted machines too.
    revisions: HashMap<(u128, u32), Arc<Revision>>,
    pub(crate) activities: HashMap<ActivityArn, Arc<ActivityEntry>>,
}

impl Catalog {
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Entries) -> T) -> T {
        look(&self.entries.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> T {
        change(&mut self.entries.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn state_machine(&self, arn: &StateMachineArn) -> Option<Arc<StateMachineEntry>> {
        self.read(|entries| entries.machines.get(arn).filter(|machine| !machine.deleted).map(Arc::clone))
    }

    /// The latest incarnation of a machine, a deleted one included: its executions can still be read.
    pub(crate) fn incarnation(&self, arn: &StateMachineArn) -> Option<u128> {
        self.read(|entries| entries.machines.get(arn).map(|machine| machine.uid))
    }

    /// In creation order.
    pub fn state_machines(&self, owner: &Owner) -> Vec<Arc<StateMachineEntry>> {
        self.read(|entries| {
            let owned = entries.machine_order.values().filter(|arn| arn.owner == *owner);
            owned
                .filter_map(|arn| entries.machines.get(arn))
                .filter(|machine| !machine.deleted)
                .map(Arc::clone)
                .collect()
        })
    }

    pub(crate) fn count_machines(&self, owner: &Owner) -> usize {
        let is_there = |machine: &StateMachineEntry| !machine.deleted && machine.arn.owner == *owner;
        self.read(|entries| entries.machines.values().filter(|machine| is_there(machine)).count())
    }

    pub(crate) fn count_activities(&self, owner: &Owner) -> usize {
        self.read(|entries| entries.activities.keys().filter(|arn| arn.owner == *owner).count())
    }

    pub(crate) fn revision(&self, machine: u128, number: u32) -> Option<Arc<Revision>> {
        self.read(|entries| entries.revisions.get(&(machine, number)).map(Arc::clone))
    }

    pub fn activity(&self, arn: &ActivityArn) -> Option<Arc<ActivityEntry>> {
        self.read(|entries| entries.activities.get(arn).map(Arc::clone))
    }

    /// How many machines and activities there are, and which machines have versions.
    pub(crate) fn counts(&self, published_max: usize) -> (usize, usize, Vec<MachineStatistics>) {
        self.read(|entries| {
            let machines = || entries.machines.values().filter(|machine| !machine.deleted);
            let published = machines().filter(|machine| !machine.versions.is_empty()).take(published_max);
            let published = published.map(|machine| MachineStatistics {
                arn: machine.arn.clone(),
                versions: machine.versions.len(),
                aliases: machine.aliases.len(),
            });
            (machines().count(), entries.activities.len(), published.collect())
        })
    }

    /// In creation order.
    pub fn activities(&self, owner: &Owner) -> Vec<Arc<ActivityEntry>> {
        let mut activities: Vec<Arc<ActivityEntry>> = self.read(|entries| {
            entries
                .activities
                .values()
                .filter(|activity| activity.arn.owner == *owner)
                .map(Arc::clone)
                .collect()
        });
        activities.sort_by(|a, b| (a.created_ms, &a.arn.name).cmp(&(b.created_ms, &b.arn.name)));
        activities
    }
}
