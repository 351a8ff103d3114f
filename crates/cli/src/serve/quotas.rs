//! Quotas in the settings: AWS's values, each of which the operator may change within a range.
//!
//! Here: the names, defaults and ranges, in one table. Not here: who keeps to them (`execution::Limits`,
//! `engine::Quotas`, `api::ApiQuotas`).
//! INVARIANT: what runs on AWS runs here: sizes can only be raised, numbers of things also lowered.

use std::ops::RangeInclusive;
use std::time::Duration;

use api::ApiQuotas;
use engine::{Limits, Quotas};
use serde::Deserialize;

use crate::say::UsageError;

/// The table `[quotas]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    payload_bytes: Option<u64>,
    history_events: Option<u64>,
    execution_seconds: Option<u64>,
    map_concurrency: Option<u64>,
    variable_bytes: Option<u64>,
    assign_bytes: Option<u64>,
    variables_bytes: Option<u64>,
    open_executions: Option<u64>,
    retention_seconds: Option<u64>,
    state_machines: Option<u64>,
    activities: Option<u64>,
    versions: Option<u64>,
    aliases: Option<u64>,
    tags: Option<u64>,
    activity_pollers: Option<u64>,
    definition_bytes: Option<u64>,
    request_bytes: Option<u64>,
    throttling: Option<bool>,
}

/// All quotas of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AllQuotas {
    pub(crate) limits: Limits,
    pub(crate) quotas: Quotas,
    pub(crate) api: ApiQuotas,
    /// Each account's requests are slowed to AWS's rates.
    pub(crate) throttling: bool,
}

/// AWS's longest execution: one year (`spec/features.md` 5.1).
const EXECUTION_SECONDS: u64 = 31_536_000;

// LIMIT: how far each quota can be raised, ours. A text of JSON is worked on in memory, and a state may have
// several at once.
const PAYLOAD_BYTES_MAX: u64 = 16 << 20;
// LIMIT: ours; a history is read as a whole by some who look at it.
const HISTORY_EVENTS_MAX: u64 = 10_000_000;
// LIMIT: ours; a hundred years, the longest wait that a timer can have.
const EXECUTION_SECONDS_MAX: u64 = 100 * EXECUTION_SECONDS;
// LIMIT: ours; iterations that run at once are all in memory.
const MAP_CONCURRENCY_MAX: u64 = 10_000;
// LIMIT: ours; the variables of an execution are in each of its checkpoints.
const VARIABLES_BYTES_MAX: u64 = 256 << 20;
// LIMIT: ours; what of a catalog is kept in memory.
const ENTRIES_MAX: u64 = 10_000_000;
// LIMIT: ours; an open execution takes a row of the index and, while it works, memory.
const OPEN_EXECUTIONS_MAX: u64 = 1_000_000_000;
// LIMIT: ours; a hundred years.
const RETENTION_SECONDS_MAX: u64 = 100 * EXECUTION_SECONDS;
// LIMIT: ours; waiting workers are connections.
const POLLERS_MAX: u64 = 100_000;
// LIMIT: ours; tags are kept beside their resource and shown at once.
const TAGS_MAX: u64 = 1_000;
// LIMIT: ours; definitions are parsed whole.
const TEXT_BYTES_MAX: u64 = 16 << 20;

impl Table {
    pub(super) fn checked(self) -> Result<AllQuotas, UsageError> {
        let (limits, quotas, api) = (Limits::default(), Quotas::default(), ApiQuotas::default());
        let (payload, variables) = (limits.payload_bytes_max, limits.variables_bytes_max);
        Ok(AllQuotas {
            limits: Limits {
                payload_bytes_max: raised("payload_bytes", self.payload_bytes, payload, PAYLOAD_BYTES_MAX)?,
                history_events_max: raised(
                    "history_events",
                    self.history_events,
                    limits.history_events_max,
                    HISTORY_EVENTS_MAX,
                )?,
                variable_bytes_max: raised(
                    "variable_bytes",
                    self.variable_bytes,
                    limits.variable_bytes_max,
                    PAYLOAD_BYTES_MAX,
                )?,
                assign_bytes_max: raised(
                    "assign_bytes",
                    self.assign_bytes,
                    limits.assign_bytes_max,
                    PAYLOAD_BYTES_MAX,
                )?,
                variables_bytes_max: raised(
                    "variables_bytes",
                    self.variables_bytes,
                    variables,
                    VARIABLES_BYTES_MAX,
                )?,
                map_concurrency_max: given(
                    "map_concurrency",
                    self.map_concurrency,
                    limits.map_concurrency_max,
                    MAP_CONCURRENCY_MAX,
                )?,
                execution_seconds_max: Some(given(
                    "execution_seconds",
                    self.execution_seconds,
                    EXECUTION_SECONDS,
                    EXECUTION_SECONDS_MAX,
                )?),
            },
            quotas: Quotas {
                state_machines_max: given(
                    "state_machines",
                    self.state_machines,
                    quotas.state_machines_max,
                    ENTRIES_MAX,
                )?,
                activities_max: given("activities", self.activities, quotas.activities_max, ENTRIES_MAX)?,
                versions_max: given("versions", self.versions, quotas.versions_max, ENTRIES_MAX)?,
                aliases_max: given("aliases", self.aliases, quotas.aliases_max, ENTRIES_MAX)?,
                tags_max: given("tags", self.tags, quotas.tags_max, TAGS_MAX)?,
                activity_pollers_max: given(
                    "activity_pollers",
                    self.activity_pollers,
                    quotas.activity_pollers_max,
                    POLLERS_MAX,
                )?,
                open_executions_max: given(
                    "open_executions",
                    self.open_executions,
                    quotas.open_executions_max,
                    OPEN_EXECUTIONS_MAX,
                )?,
                retention: Duration::from_secs(given(
                    "retention_seconds",
                    self.retention_seconds,
                    quotas.retention.as_secs(),
                    RETENTION_SECONDS_MAX,
                )?),
            },
            api: ApiQuotas {
                definition_bytes_max: raised(
                    "definition_bytes",
                    self.definition_bytes,
                    api.definition_bytes_max,
                    TEXT_BYTES_MAX,
                )?,
                request_bytes_max: raised(
                    "request_bytes",
                    self.request_bytes,
                    api.request_bytes_max,
                    2 * TEXT_BYTES_MAX,
                )?,
            },
            throttling: self.throttling.unwrap_or(false),
        })
    }
}

/// A quota that is AWS's or more.
fn raised<N>(name: &str, value: Option<u64>, aws: N, max: u64) -> Result<N, UsageError>
where
    N: Copy + TryFrom<u64> + TryInto<u64>,
{
    let least = aws.try_into().unwrap_or(u64::MAX);
    within(name, value, aws, least..=max)
}

/// A quota that may also be less than AWS's.
fn given<N>(name: &str, value: Option<u64>, aws: N, max: u64) -> Result<N, UsageError>
where
    N: Copy + TryFrom<u64>,
{
    within(name, value, aws, 1..=max)
}

fn within<N>(name: &str, value: Option<u64>, aws: N, range: RangeInclusive<u64>) -> Result<N, UsageError>
where
    N: Copy + TryFrom<u64>,
{
    let Some(value) = value else { return Ok(aws) };
    let (least, most) = (range.start(), range.end());
    let refusal =
        || UsageError(format!("expected the quota `{name}` to be {least} to {most}, found {value}"));
    N::try_from(value).ok().filter(|_| range.contains(&value)).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AllQuotas, String> {
        let table: Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        table.checked().map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_leaves_the_values_of_aws() {
        let all = read("").unwrap();
        assert_eq!(all.quotas, Quotas::default());
        assert_eq!(all.api, ApiQuotas::default());
        let year = Limits { execution_seconds_max: Some(31_536_000), ..Limits::default() };
        assert_eq!(all.limits, year);
    }

    #[test]
    fn each_quota_is_what_was_said() {
        let all = read(
            "payload_bytes = 16777216\nhistory_events = 1000000\nexecution_seconds = 60\nmap_concurrency = 100\n\
             variable_bytes = 300000\nassign_bytes = 300001\nvariables_bytes = 20000000\nopen_executions = 2\n\
             state_machines = 3\nactivities = 4\nversions = 5\naliases = 6\ntags = 7\nactivity_pollers = 8\n\
             retention_seconds = 9\n\
             definition_bytes = 2000000\nrequest_bytes = 3000000\nthrottling = true\n",
        );
        let limits = Limits {
            payload_bytes_max: 16_777_216,
            history_events_max: 1_000_000,
            variable_bytes_max: 300_000,
            assign_bytes_max: 300_001,
            variables_bytes_max: 20_000_000,
            map_concurrency_max: 100,
            execution_seconds_max: Some(60),
        };
        let quotas = Quotas {
            open_executions_max: 2,
            state_machines_max: 3,
            activities_max: 4,
            versions_max: 5,
            aliases_max: 6,
            tags_max: 7,
            activity_pollers_max: 8,
            retention: Duration::from_secs(9),
        };
        let api = ApiQuotas { definition_bytes_max: 2_000_000, request_bytes_max: 3_000_000 };
        assert_eq!(all, Ok(AllQuotas { limits, quotas, api, throttling: true }));
    }

    #[test]
    fn quota_out_of_its_range_is_refused() {
        let check = |text: &str, expected: &str| assert_eq!(read(text).unwrap_err(), expected);
        check(
            "payload_bytes = 262143",
            "expected the quota `payload_bytes` to be 262144 to 16777216, found 262143",
        );
        check(
            "payload_bytes = 16777217",
            "expected the quota `payload_bytes` to be 262144 to 16777216, found 16777217",
        );
        check(
            "history_events = 100",
            "expected the quota `history_events` to be 25000 to 10000000, found 100",
        );
        check("tags = 0", "expected the quota `tags` to be 1 to 1000, found 0");
        assert!(read("payload = 1").unwrap_err().starts_with("unknown field `payload`, expected one of"));
        assert!(read("tags = -1").unwrap_err().starts_with("invalid value"));
    }
}
