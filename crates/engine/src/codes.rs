//! Numbers under which the store keeps what it must not understand.

use execution::Status;

/// The store's code for a status; 0 is "open" and never stored.
pub(crate) fn of_status(status: Status) -> u8 {
    match status {
        Status::Running => 0,
        Status::Succeeded => 1,
        Status::Failed => 2,
        Status::TimedOut => 3,
        Status::Aborted => 4,
    }
}

pub(crate) fn status_of(code: u8) -> Status {
    match code {
        1 => Status::Succeeded,
        2 => Status::Failed,
        3 => Status::TimedOut,
        4 => Status::Aborted,
        _ => Status::Running,
    }
}
