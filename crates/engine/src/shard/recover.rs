//! Recovery: what a shard must know of its executions before it begins, and how one is read back.

use std::sync::Arc;

use execution::{Batch, Execution, Identity, Origin};
use planted::Bug;
use store::{Awaits, SlotRange, Store, Uid};

use crate::block_on::block_on;
use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::shard::LoadedExecution;
use crate::shard::release::OpenExecutions;
use crate::shard::step::Shard;
use crate::shard::stored::split_checkpoint;

/// LIMIT: open executions that are asked for at once.
const PAGE: usize = 10_000;

/// Sets the timers of all open executions of some slots, counts them, and notes which ones must be fetched because
/// something is owed to them. Their histories are read later, while the shard already serves.
pub(crate) fn recover(
    shard: &mut Shard,
    store: &dyn Store,
    slots: SlotRange,
    open: &OpenExecutions,
) -> Result<(), EngineError> {
    each_open(store, slots, |execution, awaits| {
        open.add(1);
        if let Some(at_ms) = awaits.deadline_ms
            && !planted::is_on(Bug::TimerLostAtRecovery)
        {
            shard.residents.set_sleeping_deadline(execution, at_ms);
        }
        if awaits.owes && !planted::is_on(Bug::OwedLostAtRecovery) {
            shard.owed.push_back(execution);
        }
    })
}

/// Visits the open executions of some slots, with what each awaits.
pub(crate) fn each_open(
    store: &dyn Store,
    slots: SlotRange,
    mut visit: impl FnMut(Uid, Awaits),
) -> Result<(), EngineError> {
    let mut after = None;
    loop {
        let page: Vec<(Uid, Awaits)> = block_on(store.open(slots.clone(), after, PAGE))?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(*last);
        page.into_iter().for_each(|(execution, awaits)| visit(execution, awaits));
    }
}

/// Reads one execution from its last checkpoint and what came after.
pub(crate) fn load(
    store: &dyn Store,
    catalog: &Catalog,
    uid: Uid,
    now_ms: i64,
) -> Result<Option<LoadedExecution>, EngineError> {
    let Some(loaded) = block_on(store.load(uid))? else { return Ok(None) };
    let mut batches = Vec::with_capacity(loaded.tail.len());
    for bytes in &loaded.tail {
        batches.push(Batch::decode(bytes)?);
    }
    let (mut execution, origin) = match &loaded.checkpoint {
        Some(bytes) => {
            let (origin, checkpoint) = split_checkpoint(bytes)?;
            let identity = identity_of(catalog, &origin)?;
            (Execution::restore(identity, checkpoint)?, origin)
        }
        None => {
            let origin = batches.first().and_then(Batch::origin).ok_or(EngineError::UnknownRevision)?;
            (Execution::new(identity_of(catalog, &origin)?), origin)
        }
    };
    for batch in batches {
        execution.replay(batch);
    }
    if !planted::is_on(Bug::HeartbeatsRunThroughOutage) {
        execution.restart_heartbeats(now_ms);
    }
    Ok(Some(LoadedExecution { execution, origin, sequence: loaded.sequence }))
}

/// Finds again what an execution is pinned to.
pub(crate) fn identity_of(catalog: &Catalog, origin: &Origin) -> Result<Arc<Identity>, EngineError> {
    let number = if planted::is_on(Bug::LatestRevisionAfterRestart) {
        (1..).take_while(|number| catalog.revision(origin.machine, *number).is_some()).last().unwrap_or(1)
    } else {
        origin.revision
    };
    let revision = catalog.revision(origin.machine, number).ok_or(EngineError::UnknownRevision)?;
    Ok(Arc::new(revision.identity(&origin.name)))
}
