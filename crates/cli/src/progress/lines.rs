//! Plain lines, one per change worth telling: for pipes, logs and dumb terminals.
//!
//! Times are seconds since the start of the execution, by its own clock (virtual with `--skip-waits`).

use super::visits::{Change, Standing, VisitId, Visits};
use crate::{duration, say};

/// The line that tells of a change, without its line break; none when it needs none.
pub(super) fn line(visits: &Visits, change: &Change, at_ms: i64) -> Option<String> {
    let text = match change {
        Change::Started => "execution started".to_owned(),
        Change::Entered(visit) => format!("{}: entered", visits.path(*visit)),
        Change::Queued { .. } => return None,
        Change::AttemptFailed(visit) => {
            let number = visits.get(*visit).attempts.max(1);
            format!("{}: attempt {number} failed{}", visits.path(*visit), with_failure(visits, *visit))
        }
        Change::Retried { visit, after_ms } => format!(
            "{}: attempt {} started after a delay of {}",
            visits.path(*visit),
            visits.get(*visit).attempts,
            duration::show(*after_ms)
        ),
        Change::Left(visit) => format!("{}: {}", visits.path(*visit), left(visits, *visit)),
        Change::Ended(ending) => {
            let how = match ending.status {
                "SUCCEEDED" => "succeeded",
                "TIMED_OUT" => "timed out",
                "ABORTED" => "aborted",
                _ => "failed",
            };
            format!("execution {how} after {}", duration::show(ending.after_ms))
        }
    };
    let since_start = (at_ms - visits.started_ms).max(0);
    let seconds = format!("{}.{:03}", since_start / 1_000, since_start % 1_000);
    Some(format!("{seconds:>9} s  {}", say::clean(&text)))
}

fn left(visits: &Visits, visit: VisitId) -> String {
    let state = visits.get(visit);
    let took = duration::show(state.ended_ms.unwrap_or(state.entered_ms) - state.entered_ms);
    match state.standing {
        Standing::Succeeded if state.attempts > 1 => {
            format!("succeeded in {took}, {} attempts", state.attempts)
        }
        Standing::Succeeded => format!("succeeded in {took}"),
        Standing::Caught => match state.failure.as_ref().and_then(|failure| failure.error.as_deref()) {
            Some(error) => format!("caught {error} after {took}"),
            None => format!("caught the error after {took}"),
        },
        Standing::Aborted => format!("aborted after {took}"),
        Standing::Working | Standing::AttemptFailed | Standing::Failed => format!("failed after {took}"),
    }
}

fn with_failure(visits: &Visits, visit: VisitId) -> String {
    match &visits.get(visit).failure {
        Some(failure) => match (&failure.error, &failure.cause) {
            (Some(error), Some(cause)) => format!(" with {error}: {cause}"),
            (Some(error), None) => format!(" with {error}"),
            (None, Some(cause)) => format!(": {cause}"),
            (None, None) => String::new(),
        },
        None => String::new(),
    }
}
