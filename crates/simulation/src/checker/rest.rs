//! What an execution that has come to rest may wait for, when every worker has answered and every
//! deadline has passed: nothing but a task whose hand-over was lost and that has no time limit (I5, I15).

use crate::checker::Violation;
use crate::checker::outline::Kind;
use crate::checker::walk::{At, Walked};
use crate::services::Service;

/// `was_delivered` says of a scheduled event whether a worker got its task; `has_child`, whether it waits for
/// an execution that waits for ever.
pub fn check_rest(
    walked: &Walked<'_>,
    was_delivered: impl Fn(u64) -> bool,
    has_child: impl Fn(u64) -> bool,
) -> Result<(), Violation> {
    if walked.end.is_some() {
        return Ok(());
    }
    if walked.outline.timeout_seconds.is_some() {
        return Err(Violation::new("I5", "the time-out of the execution never came"));
    }
    for (number, frame) in walked.frames.iter().enumerate().filter(|(_, frame)| frame.is_open) {
        let state = &walked.state_of(number).name;
        let lost_timer = |what: &str| Err(Violation::new("I5", format!("{what} of `{state}` was lost")));
        let idle =
            || Err(Violation::new("I15", format!("`{state}` could go on and does not: {:?}", frame.at)));
        match &frame.at {
            At::Waiting { .. } => return lost_timer("the wake-up"),
            At::Backoff { .. } => return lost_timer("the retry"),
            At::Task { scheduled } => {
                let attempt = &walked.attempts[scheduled];
                if has_child(*scheduled) {
                    continue;
                }
                if !matches!(walked.state_of(number).kind, Kind::Task { service: Service::Activity, .. }) {
                    let details = format!("the call of `{state}` was lost: {attempt:?}");
                    return Err(Violation::new("I15", details));
                }
                let has_limit = attempt.timeout_seconds.is_some()
                    || (attempt.started_ms.is_some() && attempt.heartbeat_seconds.is_some());
                if has_limit {
                    return lost_timer("the time limit");
                }
                if attempt.started_ms.is_none() || was_delivered(*scheduled) {
                    return Err(Violation::new("I15", format!("the task of `{state}` was lost")));
                }
            }
            At::Branches { open: 0 } => return idle(),
            At::Iterations { next, open, length, concurrency } => {
                if *open == 0 || (open < concurrency && next < length) {
                    return idle();
                }
            }
            At::Branches { .. } => {}
            At::Beginning { .. }
            | At::Entered
            | At::Done
            | At::Failing { .. }
            | At::Left { .. }
            | At::Aborted => {
                return idle();
            }
        }
    }
    Ok(())
}
