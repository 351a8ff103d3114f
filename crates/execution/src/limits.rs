//! How much one execution may have and hold. AWS's values by default; an operator may give more.

/// Of one execution. Handed in with each step (`Moment`), so a change of the settings holds for executions
/// that run already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// LIMIT: bytes of any input, output or result.
    pub payload_bytes_max: usize,
    /// LIMIT: events of one history.
    pub history_events_max: u64,
    /// LIMIT: bytes of one variable.
    pub variable_bytes_max: usize,
    /// LIMIT: bytes of the variables of one `Assign`.
    pub assign_bytes_max: usize,
    /// LIMIT: bytes of all variables that an execution holds.
    pub variables_bytes_max: usize,
    /// LIMIT: iterations of an inline Map that run at once.
    pub map_concurrency_max: u64,
    /// LIMIT: seconds that an execution may take, whatever its definition says; none for as long as it likes.
    pub execution_seconds_max: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            payload_bytes_max: asl::limits::PAYLOAD_BYTES_MAX,
            history_events_max: asl::limits::HISTORY_EVENTS_MAX,
            variable_bytes_max: asl::limits::VARIABLE_BYTES_MAX,
            assign_bytes_max: asl::limits::ASSIGN_BYTES_MAX,
            variables_bytes_max: asl::limits::VARIABLES_BYTES_MAX,
            map_concurrency_max: asl::limits::INLINE_MAP_CONCURRENCY_MAX,
            execution_seconds_max: None,
        }
    }
}

impl Limits {
    /// How long an execution may take whose definition says `seconds`.
    pub(crate) fn timeout_seconds(&self, seconds: Option<u64>) -> Option<u64> {
        seconds.into_iter().chain(self.execution_seconds_max).min()
    }
}
