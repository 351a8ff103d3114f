//! Data of older formats: what is added to it when it is opened.
//!
//! Format 2 lists executions by their ends, and gives room back. Its log reads all that format 1 wrote; an index of
//! format 1 gets the rows of ends here.
//! INVARIANT: an upgrade that was cut short is done again.

use std::ops::ControlFlow;

use bytes::Bytes;
use store::Fault;

use crate::index::{Direction, Index, IndexChange, PROGRESS, all_executions, ended_key, read_execution_key};
use crate::row::{Progress, Row};

/// LIMIT: rows that are written together.
const ROWS_AT_ONCE: usize = 10_000;

/// The progress of an index that has all rows which this format knows.
pub(crate) fn index(index: &dyn Index, progress: Progress) -> Result<Progress, Fault> {
    if progress.front.segment > 0 {
        return Ok(progress);
    }
    let unreadable = || Fault::Corrupt("a row of the index is unreadable".into());
    let (mut from, end) = all_executions();
    loop {
        let mut rows: Vec<IndexChange> = Vec::new();
        let (mut seen, mut is_readable) = (0, true);
        let mut last = None;
        index.scan(&from, &end, Direction::Ascending, &mut |key, value| {
            match read_execution_key(key).zip(Row::decode(&Bytes::copy_from_slice(value))) {
                Some((execution, row)) => rows.extend(
                    row.ended.map(|ended| (ended_key(execution, ended.stopped_ms), Some(vec![ended.status]))),
                ),
                None => is_readable = false,
            }
            last = Some(key.to_vec());
            seen += 1;
            if seen < ROWS_AT_ONCE && is_readable {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        if !is_readable {
            return Err(unreadable());
        }
        index.apply(rows)?;
        let Some(mut after) = last.filter(|_| seen == ROWS_AT_ONCE) else { break };
        after.push(0);
        from = after;
    }
    let mut upgraded = progress;
    upgraded.front.segment = 1;
    index.apply(vec![(PROGRESS.to_vec(), Some(upgraded.encode()))])?;
    Ok(upgraded)
}
