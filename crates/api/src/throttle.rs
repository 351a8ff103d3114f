//! Throttling as AWS's: each account has a bucket of requests for each operation, filled at a steady rate.
//!
//! Here: the rates, and the buckets. Off unless it is asked for: nobody shares a server of their own with
//! strangers.
//! INVARIANT: a refused request takes nothing from its bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::dispatch::Operation;
use crate::domain::Owner;
use crate::error::ApiError;

/// LIMIT: buckets in memory; beyond, full ones are forgotten, which changes nothing.
const BUCKETS_MAX: usize = 100_000;

/// The regions with AWS's higher rates.
const LARGE_REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

/// The buckets of all accounts, shared by the HTTP threads.
#[derive(Default, Debug)]
pub struct Throttle {
    buckets: Mutex<HashMap<(Owner, Operation), Bucket>>,
}

/// How many requests a bucket holds, and how many come back each second.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Rate {
    burst: f64,
    per_second: f64,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at_ms: i64,
    rate: Rate,
}

impl Throttle {
    pub(crate) fn admit(&self, owner: &Owner, operation: Operation, now_ms: i64) -> Result<(), ApiError> {
        let rate = rate(operation, LARGE_REGIONS.contains(&&*owner.region));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.left_at(now_ms) < bucket.rate.burst);
        }
        let full = Bucket { left: rate.burst, at_ms: now_ms, rate };
        let bucket = buckets.entry((owner.clone(), operation)).or_insert(full);
        let left = bucket.left_at(now_ms);
        if left < 1.0 {
            return Err(ApiError::Throttled);
        }
        *bucket = Bucket { left: left - 1.0, at_ms: now_ms, rate };
        Ok(())
    }
}

impl Bucket {
    fn left_at(&self, now_ms: i64) -> f64 {
        let seconds = now_ms.saturating_sub(self.at_ms).max(0) as f64 / 1_000.0;
        (self.left + seconds * self.rate.per_second).min(self.rate.burst)
    }
}

/// LIMIT: AWS's rates, in large regions and in others (`spec/api.json`, `throttle_bucket_refill`).
fn rate(operation: Operation, is_large: bool) -> Rate {
    let (large, other) = match operation {
        Operation::StartExecution | Operation::RedriveExecution => ((1_300, 300), (800, 150)),
        // AWS names no rate of its own for it: that of Express starts.
        Operation::StartSyncExecution => ((6_000, 6_000), (6_000, 6_000)),
        Operation::GetActivityTask
        | Operation::SendTaskFailure
        | Operation::SendTaskHeartbeat
        | Operation::SendTaskSuccess => ((3_000, 500), (1_500, 300)),
        Operation::StopExecution => ((1_000, 200), (500, 25)),
        Operation::GetExecutionHistory => ((400, 20), (400, 20)),
        Operation::DescribeExecution => ((300, 15), (250, 10)),
        Operation::ListExecutions => ((200, 5), (100, 2)),
        Operation::DescribeStateMachine => ((200, 20), (200, 20)),
        Operation::DescribeActivity
        | Operation::DescribeStateMachineAlias
        | Operation::DescribeStateMachineForExecution
        | Operation::TagResource
        | Operation::UntagResource => ((200, 1), (200, 1)),
        Operation::ListActivities => ((100, 10), (100, 5)),
        Operation::ListStateMachines => ((100, 5), (100, 5)),
        Operation::TestState => ((50, 10), (50, 10)),
        Operation::CreateActivity
        | Operation::CreateStateMachine
        | Operation::CreateStateMachineAlias
        | Operation::DeleteActivity
        | Operation::DeleteStateMachine
        | Operation::DeleteStateMachineAlias
        | Operation::DeleteStateMachineVersion
        | Operation::ListStateMachineAliases
        | Operation::ListStateMachineVersions
        | Operation::ListTagsForResource
        | Operation::PublishStateMachineVersion
        | Operation::UpdateStateMachine
        | Operation::UpdateStateMachineAlias
        | Operation::ValidateStateMachineDefinition
        | Operation::NotYet(_) => ((100, 1), (100, 1)),
    };
    let (burst, per_second) = if is_large { large } else { other };
    Rate { burst: f64::from(burst), per_second: f64::from(per_second) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(account: &str, region: &str) -> Owner {
        Owner { partition: "aws".into(), region: region.into(), account: account.into() }
    }

    /// How many of so many requests at one moment are admitted.
    fn admitted(
        throttle: &Throttle,
        owner: &Owner,
        operation: Operation,
        asked: usize,
        now_ms: i64,
    ) -> usize {
        (0..asked).filter(|_| throttle.admit(owner, operation, now_ms).is_ok()).count()
    }

    #[test]
    fn bucket_empties_and_fills_at_its_rate() {
        let (throttle, mine) = (Throttle::default(), owner("1", "us-east-1"));
        let list = Operation::ListExecutions;
        assert_eq!(admitted(&throttle, &mine, list, 300, 0), 200);
        assert_eq!(admitted(&throttle, &mine, list, 1, 199), 0);
        assert_eq!(admitted(&throttle, &mine, list, 3, 400), 2);
        assert_eq!(admitted(&throttle, &mine, list, 300, 3_600_000), 200);
        assert_eq!(admitted(&throttle, &mine, list, 1, 0), 0, "a clock that is set back fills nothing");
    }

    #[test]
    fn accounts_regions_and_operations_have_buckets_of_their_own() {
        let throttle = Throttle::default();
        let list = Operation::ListExecutions;
        assert_eq!(admitted(&throttle, &owner("1", "us-east-1"), list, 300, 0), 200);
        assert_eq!(admitted(&throttle, &owner("2", "us-east-1"), list, 300, 0), 200);
        assert_eq!(admitted(&throttle, &owner("1", "eu-central-1"), list, 300, 0), 100);
        let create = Operation::CreateStateMachine;
        assert_eq!(admitted(&throttle, &owner("1", "us-east-1"), create, 300, 0), 100);
    }
}
