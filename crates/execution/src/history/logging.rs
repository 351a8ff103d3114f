//! Which events of an execution are told to its log group, and with what in them.
//!
//! Here: a machine's logging configuration as an execution is pinned to it, and how grave each event is.
//! Not here: what a log record looks like and where it goes (`observe`).

use std::sync::Arc;

use asl::state::Kind;
use asl::{Document, StateMachine};

use crate::record::Event;

/// A `loggingConfiguration`. The default is AWS's: nothing is logged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Logging {
    pub level: LogLevel,
    pub include_execution_data: bool,
    pub log_group_arn: Option<Arc<str>>,
}

/// From nothing to everything, so that a higher one admits more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum LogLevel {
    #[default]
    Off,
    Fatal,
    Error,
    All,
}

/// How grave an event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// The execution did not succeed.
    Fatal,
    /// A state, an attempt or an iteration did not.
    Error,
    Info,
}

impl LogLevel {
    pub fn from_name(name: &str) -> Option<LogLevel> {
        match name {
            "OFF" => Some(LogLevel::Off),
            "FATAL" => Some(LogLevel::Fatal),
            "ERROR" => Some(LogLevel::Error),
            "ALL" => Some(LogLevel::All),
            _ => None,
        }
    }

    pub fn admits(self, severity: Severity) -> bool {
        match severity {
            Severity::Fatal => self >= LogLevel::Fatal,
            Severity::Error => self >= LogLevel::Error,
            Severity::Info => self >= LogLevel::All,
        }
    }
}

impl Logging {
    /// Reads a text that was checked when its machine was registered; what it leaves out is off.
    pub fn read(text: &str) -> Logging {
        let document = Document::trusted(text.into());
        let value = document.value();
        let first = value.get("destinations").and_then(|list| list.as_array()).and_then(|list| list.first());
        let group = first.and_then(|first| first.get("cloudWatchLogsLogGroup")?.get("logGroupArn")?.as_str());
        Logging {
            level: value
                .get("level")
                .and_then(|level| LogLevel::from_name(level.as_str()?))
                .unwrap_or_default(),
            include_execution_data: value
                .get("includeExecutionData")
                .is_some_and(|include| *include == asl::Value::Bool(true)),
            log_group_arn: group.map(Arc::from),
        }
    }
}

impl Event {
    /// AWS's table of log levels (`spec/features.md` 5.2). A Fail state counts as what it is about to do.
    pub fn severity(&self, machine: &StateMachine) -> Severity {
        match self {
            Event::ExecutionFailed { .. }
            | Event::ExecutionAborted { .. }
            | Event::ExecutionTimedOut { .. } => Severity::Fatal,
            Event::StateEntered { state, .. } => match machine.state(*state).kind {
                Kind::Fail(_) => Severity::Error,
                _ => Severity::Info,
            },
            Event::StateAborted { .. }
            | Event::ParallelStateFailed
            | Event::MapStateFailed
            | Event::MapIterationFailed { .. }
            | Event::MapIterationAborted { .. }
            | Event::EvaluationFailed { .. }
            | Event::TaskScheduleFailed { .. }
            | Event::TaskSubmitFailed { .. }
            | Event::TaskFailed { .. }
            | Event::TaskTimedOut { .. } => Severity::Error,
            Event::ExecutionStarted { .. }
            | Event::ExecutionRedriven { .. }
            | Event::ExecutionSucceeded { .. }
            | Event::StateExited { .. }
            | Event::ParallelStateStarted { .. }
            | Event::ParallelStateSucceeded { .. }
            | Event::MapStateStarted { .. }
            | Event::MapStateSucceeded { .. }
            | Event::MapIterationStarted { .. }
            | Event::MapIterationSucceeded { .. }
            | Event::TaskScheduled { .. }
            | Event::TaskStarted { .. }
            | Event::TaskSubmitted { .. }
            | Event::TaskSucceeded { .. } => Severity::Info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_is_read_as_the_door_wrote_it() {
        let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g:*";
        let text = format!(
            r#"{{"level":"ERROR","includeExecutionData":true,"destinations":[{{"cloudWatchLogsLogGroup":{{"logGroupArn":"{arn}"}}}}]}}"#
        );
        let expected =
            Logging { level: LogLevel::Error, include_execution_data: true, log_group_arn: Some(arn.into()) };
        assert_eq!(Logging::read(&text), expected);
        assert_eq!(Logging::read(r#"{"level":"OFF","includeExecutionData":false}"#), Logging::default());
    }

    #[test]
    fn each_level_admits_what_is_grave_enough() {
        let admitted = |level: LogLevel| {
            [Severity::Fatal, Severity::Error, Severity::Info].map(|severity| level.admits(severity))
        };
        assert_eq!(admitted(LogLevel::Off), [false, false, false]);
        assert_eq!(admitted(LogLevel::Fatal), [true, false, false]);
        assert_eq!(admitted(LogLevel::Error), [true, true, false]);
        assert_eq!(admitted(LogLevel::All), [true, true, true]);
    }
}
