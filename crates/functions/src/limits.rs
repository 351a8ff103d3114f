//! The bounds of this room, each with its source.

use std::time::Duration;

// LIMIT: bytes of the payload of an invocation that is waited for (Lambda quotas: 6 MB).
pub(crate) const REQUEST_BYTES_MAX: usize = 6_291_456;
// LIMIT: bytes of the payload of an invocation with type Event (Lambda quotas: 1 MB).
pub(crate) const EVENT_BYTES_MAX: usize = 1_048_576;
// LIMIT: bytes of an answer: 6 MiB and 100 bytes, as the message of `Function.ResponseSizeTooLarge` has it.
pub(crate) const RESPONSE_BYTES_MAX: usize = 6_291_556;
// LIMIT: bytes of a body that is refused for its size and yet read to its end, so that the function
// sees the refusal and not a broken connection.
pub(crate) const DRAINED_BYTES_MAX: usize = 10 * RESPONSE_BYTES_MAX;
// LIMIT: characters of a client context in Base64 (Lambda API, `ClientContext`).
pub(crate) const CLIENT_CONTEXT_CHARS_MAX: usize = 3_583;
// LIMIT: seconds of a function's time limit (Lambda quotas: 15 minutes).
pub(crate) const TIMEOUT_SECONDS_MAX: u64 = 900;
// LIMIT: processes of one function (Lambda's concurrency of a whole account).
pub(crate) const CONCURRENCY_MAX: usize = 1_000;
// LIMIT: invocations of one function that may wait for a process.
pub(crate) const QUEUE_MAX: usize = 10_000;
// LIMIT: megabytes that a function may be told to have (Lambda quotas: 128 to 10,240).
pub(crate) const MEMORY_MEGABYTES: std::ops::RangeInclusive<u32> = 128..=10_240;
// LIMIT: seconds that an idle process may be kept.
pub(crate) const IDLE_SECONDS_MAX: u64 = 86_400;
// LIMIT: connections that one process may hold to its Runtime API.
pub(crate) const CONNECTIONS_MAX: usize = 64;
// LIMIT: bytes of one log line; a longer one is told in pieces.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 64 * 1_024;
// LIMIT: bytes of an invocation's log that its answer carries (Lambda API, `LogResult`: the last 4 KB).
pub(crate) const LOG_TAIL_BYTES_MAX: usize = 4 * 1_024;
// LIMIT: files of a function's folder that are looked at for changes.
pub(crate) const WATCHED_FILES_MAX: usize = 2_000;

/// Lambda's time for getting ready; a process that needs longer goes on within the function's own limit.
pub(crate) const INIT_TIME: Duration = Duration::from_secs(10);
/// How long a process may take to end after SIGTERM, or after it reported that it cannot work.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
/// A folder is looked at for changes at most this often.
pub(crate) const WATCH_EVERY: Duration = Duration::from_millis(500);
