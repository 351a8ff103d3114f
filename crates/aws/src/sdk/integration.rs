//! The services that Step Functions can call, and their actions.
//!
//! The table is generated from the specification by `cargo xtask models`: exception prefix, botocore's name,
//! unsupported operations. The name in an ARN is the prefix in lower case.

use std::sync::OnceLock;

use thiserror::Error;

use super::nearest::nearest;
use crate::model::{Operation, Service};

static TABLE: &str = include_str!("../../models/sdk_services.tsv");

/// A service as Step Functions knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Integration {
    prefix: &'static str,
    botocore: &'static str,
    unsupported: &'static str,
}

/// Why an action cannot be called. Each message names what comes nearest, where something does.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ActionError {
    #[error("`{service}` has no action `{action}`{}", suggestion(.nearest.as_ref()))]
    Unknown { service: String, action: String, nearest: Option<String> },
    #[error("Step Functions does not support the action `{action}` of `{service}`")]
    Unsupported { service: String, action: String },
    #[error("no model of `{service}` is at hand")]
    NoModel { service: String },
}

/// What there is not, so that an action cannot be called.
enum Missing {
    Model,
    Support,
    Action,
}

impl Integration {
    /// The service with this name in an ARN: `dynamodb`, `cloudwatchlogs`.
    pub fn find(resource: &str) -> Option<Integration> {
        let table = table();
        let at = table.binary_search_by(|(name, _)| name.as_str().cmp(resource)).ok()?;
        Some(table[at].1)
    }

    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = (&'static str, Integration)> {
        table().iter().map(|(name, integration)| (name.as_str(), *integration))
    }

    /// The name of a service that comes nearest to one that does not exist.
    pub fn nearest(resource: &str) -> Option<&'static str> {
        nearest(resource, table().iter().map(|(name, _)| name.as_str()))
    }

    /// What the names of its errors begin with: `DynamoDb`, `CloudWatchLogs`.
    pub fn exception_prefix(self) -> &'static str {
        self.prefix
    }

    /// The service's model; none for one that has left AWS.
    pub fn service(self) -> Option<&'static Service> {
        Service::find(self.botocore)
    }

    /// The operations that cannot be called, as the API writes them.
    pub fn unsupported(self) -> impl Iterator<Item = &'static str> {
        self.unsupported.split(',').filter(|name| !name.is_empty())
    }

    /// The operation behind an action: `putItem` is PutItem.
    pub fn operation(self, action: &str) -> Result<Operation<'static>, ActionError> {
        self.look_up(action).map_err(|missing| {
            let (service, action) = (self.prefix.to_lowercase(), action.to_owned());
            match missing {
                Missing::Model => ActionError::NoModel { service },
                Missing::Support => ActionError::Unsupported { service, action },
                Missing::Action => {
                    let names: Vec<String> = self.actions().collect();
                    let nearest = nearest(&action, names.iter().map(String::as_str)).map(str::to_owned);
                    ActionError::Unknown { service, action, nearest }
                }
            }
        })
    }

    /// The same, without a search for what may have been meant.
    pub fn find_operation(self, action: &str) -> Option<Operation<'static>> {
        self.look_up(action).ok()
    }

    /// Whether the action can be called, as far as is known: of a service without a model nothing is.
    pub fn has_action(self, action: &str) -> bool {
        !matches!(self.look_up(action), Err(Missing::Support | Missing::Action))
    }

    fn look_up(self, action: &str) -> Result<Operation<'static>, Missing> {
        let model = self.service().ok_or(Missing::Model)?;
        if !action.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(Missing::Action);
        }
        let name = capitalised(action);
        if self.unsupported().any(|unsupported| unsupported == name) {
            return Err(Missing::Support);
        }
        let operation = model.operation(&name).ok_or(Missing::Action)?;
        if operation.has_event_stream() { Err(Missing::Support) } else { Ok(operation) }
    }

    /// All actions that can be called.
    pub fn actions(self) -> impl Iterator<Item = String> {
        self.service()
            .into_iter()
            .flat_map(Service::operations)
            .filter(move |operation| {
                !operation.has_event_stream() && self.unsupported().all(|name| name != operation.name())
            })
            .map(|operation| uncapitalised(operation.name()))
    }
}

fn table() -> &'static [(String, Integration)] {
    static PARSED: OnceLock<Vec<(String, Integration)>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut table: Vec<(String, Integration)> = TABLE
            .lines()
            .filter_map(|line| {
                let mut columns = line.split('\t');
                let (prefix, botocore) = (columns.next()?, columns.next()?);
                let unsupported = columns.next().unwrap_or_default();
                Some((prefix.to_lowercase(), Integration { prefix, botocore, unsupported }))
            })
            .collect();
        table.sort_by(|a, b| a.0.cmp(&b.0));
        table
    })
}

pub(super) fn suggestion(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

pub(super) fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

fn uncapitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().into_iter().flat_map(char::to_lowercase).chain(characters).collect()
}
