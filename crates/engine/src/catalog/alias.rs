//! Aliases: names that route each new execution to one of one or two versions.

use std::sync::Arc;

use asl::arn::StateMachineArn;
use serde::{Deserialize, Serialize};

use crate::error::NotWritten;

#[derive(Clone, Debug)]
pub struct Alias {
    pub machine: StateMachineArn,
    pub name: Arc<str>,
    pub description: Option<Arc<str>>,
    /// One or two; their weights sum to 100.
    pub routes: Vec<Route>,
    pub created_ms: i64,
    pub updated_ms: i64,
    /// Its place among the aliases of the machine, in the order of creation.
    pub place: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Route {
    pub version: u64,
    /// Percent of the executions that go this way.
    pub weight: u8,
}

impl Alias {
    pub fn arn(&self) -> String {
        format!("{}:{}", self.machine, self.name)
    }

    pub fn routes_to(&self, version: u64) -> bool {
        self.routes.iter().any(|route| route.version == version)
    }

    /// The version for one execution; `drawn` is chance.
    pub(crate) fn choose(&self, drawn: u64) -> u64 {
        let mut rest = drawn % 100;
        let chosen = self.routes.iter().find(|route| {
            let is_here = rest < u64::from(route.weight);
            rest = rest.saturating_sub(u64::from(route.weight));
            is_here
        });
        chosen.or(self.routes.last()).expect("an alias has a route").version
    }
}

#[derive(Clone, Debug)]
pub struct CreateAlias {
    pub machine: StateMachineArn,
    pub name: Arc<str>,
    pub description: Option<Arc<str>>,
    pub routes: Vec<Route>,
}

/// What is absent stays as it is.
#[derive(Clone, Debug)]
pub struct UpdateAlias {
    pub machine: StateMachineArn,
    pub name: Arc<str>,
    pub description: Option<Arc<str>>,
    pub routes: Option<Vec<Route>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AliasError {
    /// The machine, the alias, or a version that it shall route to.
    DoesNotExist,
    Deleting,
    /// The name is taken by another alias of the machine.
    AlreadyExists,
    LimitExceeded,
    NotWritten(NotWritten),
}

impl From<NotWritten> for AliasError {
    fn from(why: NotWritten) -> Self {
        AliasError::NotWritten(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(weights: &[u8]) -> Alias {
        let routes = weights.iter().zip(1..).map(|(weight, version)| Route { version, weight: *weight });
        Alias {
            machine: "arn:aws:states:us-east-1:000000000000:stateMachine:m".parse().unwrap(),
            name: "PROD".into(),
            description: None,
            routes: routes.collect(),
            created_ms: 0,
            updated_ms: 0,
            place: 0,
        }
    }

    fn check_shares(weights: &[u8], shares: [usize; 2]) {
        let alias = alias(weights);
        let chosen: Vec<u64> = (0..100).map(|drawn| alias.choose(drawn)).collect();
        let share = |version: u64| chosen.iter().filter(|one| **one == version).count();
        assert_eq!([share(1), share(2)], shares, "{weights:?}");
    }

    #[test]
    fn routes_get_their_percent_of_the_draws() {
        check_shares(&[100], [100, 0]);
        check_shares(&[90, 10], [90, 10]);
        check_shares(&[0, 100], [0, 100]);
        check_shares(&[100, 0], [100, 0]);
    }
}
