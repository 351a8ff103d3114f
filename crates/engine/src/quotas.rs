//! Quotas: how much there may be of what many executions share. AWS's values by default.
//!
//! Here: the numbers, and how much of each is used. What one execution may have is in `execution::Limits`.
//! Not here: where the numbers are set (`cli`), who refuses what is too much (catalog, client, activities).

use std::time::Duration;

use asl::arn::Owner;

use crate::catalog::Entries;

/// How many there may be. An account is one account in one region, as AWS counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quotas {
    /// LIMIT: state machines of one account.
    pub state_machines_max: usize,
    /// LIMIT: activities of one account.
    pub activities_max: usize,
    /// LIMIT: versions of one state machine.
    pub versions_max: usize,
    /// LIMIT: aliases of one state machine.
    pub aliases_max: usize,
    /// LIMIT: tags of one resource.
    pub tags_max: usize,
    /// LIMIT: workers that wait on one activity.
    pub activity_pollers_max: usize,
    /// LIMIT: executions that have not ended, of all accounts.
    pub open_executions_max: usize,
    /// How long an execution can be read after its end. Then it is forgotten, and its name is free.
    pub retention: Duration,
}

impl Default for Quotas {
    /// `spec/features.md` 5.1.
    fn default() -> Self {
        Quotas {
            state_machines_max: 100_000,
            activities_max: 100_000,
            versions_max: 1_000,
            aliases_max: 100,
            tags_max: 50,
            activity_pollers_max: 1_000,
            open_executions_max: 1_000_000,
            retention: Duration::from_secs(90 * 86_400),
        }
    }
}

/// How much of a quota is used, where it is used most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuotaUsage {
    /// The quota's name in the settings.
    pub name: &'static str,
    pub used: usize,
    pub max: usize,
}

impl QuotaUsage {
    /// Four fifths of the quota are used.
    pub fn is_nearly_used(&self) -> bool {
        self.used.saturating_mul(5) >= self.max.saturating_mul(4)
    }
}

impl Quotas {
    pub(crate) fn usage(&self, entries: &Entries, open: usize, pollers: usize) -> Vec<QuotaUsage> {
        let machines = || entries.machines.values().filter(|machine| !machine.deleted);
        let versions = machines().map(|machine| machine.versions.len()).max();
        let aliases = machines().map(|machine| machine.aliases.len()).max();
        let usage = |name, used, max| QuotaUsage { name, used, max };
        vec![
            usage("open_executions", open, self.open_executions_max),
            usage(
                "state_machines",
                most(machines().map(|machine| &machine.arn.owner)),
                self.state_machines_max,
            ),
            usage("activities", most(entries.activities.keys().map(|arn| &arn.owner)), self.activities_max),
            usage("versions", versions.unwrap_or(0), self.versions_max),
            usage("aliases", aliases.unwrap_or(0), self.aliases_max),
            usage("activity_pollers", pollers, self.activity_pollers_max),
        ]
    }
}

/// How many the owner has that has most.
fn most<'o>(owners: impl Iterator<Item = &'o Owner>) -> usize {
    let mut counts = rustc_hash::FxHashMap::<&Owner, usize>::default();
    owners.for_each(|owner| *counts.entry(owner).or_default() += 1);
    counts.into_values().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_fifths_of_a_quota_are_nearly_all() {
        let check = |used, max, expected| {
            assert_eq!(QuotaUsage { name: "q", used, max }.is_nearly_used(), expected, "{used} of {max}");
        };
        check(79, 100, false);
        check(80, 100, true);
        check(1, 2, false);
        check(2, 2, true);
        check(1, 1, true);
        check(0, 1, false);
    }
}
