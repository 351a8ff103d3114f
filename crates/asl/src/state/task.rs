//! Task: a unit of work done outside.

mod credentials;

use std::ops::RangeInclusive;
use std::sync::Arc;

use credentials::Credentials;

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::json::Value;
use crate::limits::SECONDS_MAX;
use crate::query::fields::Selection;
use crate::query::jsonata::reader::{Given, Reader};
use crate::query::jsonata::{Expected, Expression, States};
use crate::query::jsonpath::Path;
use crate::query::{Interrupted, Scope, View};
use crate::resource::Resource;

#[derive(Debug)]
pub struct Task {
    pub resource: Resource,
    timeout: Option<Limit>,
    heartbeat: Option<Limit>,
    credentials: Option<Credentials>,
    /// Paths are applied to what InputPath leaves.
    input: Selection,
}

/// `TimeoutSeconds` or `TimeoutSecondsPath`, and the same of the heartbeat.
#[derive(Debug)]
enum Limit {
    Seconds(u64),
    Path(Path),
    Expression(Expression),
}

/// Time limits of one attempt, after evaluation of their `...Path` forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TimeLimits {
    /// None when the definition gives none: AWS then applies 99,999,999 s and shows nothing.
    pub timeout_seconds: Option<u64>,
    pub heartbeat_seconds: Option<u64>,
}

impl Task {
    pub(crate) fn read(section: &Section<'_>, input: Selection, report: &mut Report<'_>) -> Option<Task> {
        let timeout = Limit::read(section, "TimeoutSeconds", "TimeoutSecondsPath", report);
        let heartbeat = Limit::read(section, "HeartbeatSeconds", "HeartbeatSecondsPath", report);
        let credentials = Credentials::read(section, report);
        let resource = read_resource(section, &timeout, &heartbeat, report)?;
        Some(Task { resource, timeout, heartbeat, credentials, input })
    }

    pub(crate) fn read_jsonata(section: &Section<'_>, reader: &mut Reader<'_, '_>) -> Option<Task> {
        let mut limit = |name: &str| {
            reader.integer(section, name, 1..=SECONDS_MAX).map(|given| match given {
                Given::Literal(seconds) => Limit::Seconds(seconds),
                Given::Expression(expression) => Limit::Expression(expression),
            })
        };
        let (timeout, heartbeat) = (limit("TimeoutSeconds"), limit("HeartbeatSeconds"));
        let credentials = Credentials::read_jsonata(section, reader);
        let resource = read_resource(section, &timeout, &heartbeat, reader.report)?;
        Some(Task { resource, timeout, heartbeat, credentials, input: Selection::Whole })
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        for limit in self.timeout.iter().chain(&self.heartbeat) {
            if let Limit::Path(path) = limit {
                found.push(path);
            }
        }
        self.credentials.iter().for_each(|credentials| credentials.paths(found));
    }

    /// The role of `Credentials`, if the task has any.
    pub fn role_arn(&self, scope: &Scope<'_>) -> Result<Option<Arc<str>>, Interrupted> {
        let Some(credentials) = &self.credentials else { return Ok(None) };
        let view = View { scope, input: scope.input };
        let input = self.input.apply(view)?;
        credentials.role_arn(view.of(&input), scope).map(Some)
    }

    pub fn time_limits(&self, scope: &Scope<'_>) -> Result<TimeLimits, Interrupted> {
        Ok(TimeLimits {
            timeout_seconds: self.seconds(&self.timeout, "TimeoutSecondsPath", scope)?,
            heartbeat_seconds: self.seconds(&self.heartbeat, "HeartbeatSecondsPath", scope)?,
        })
    }

    fn seconds(
        &self,
        limit: &Option<Limit>,
        field: &str,
        scope: &Scope<'_>,
    ) -> Result<Option<u64>, Interrupted> {
        let path = match limit {
            None => return Ok(None),
            Some(Limit::Seconds(seconds)) => return Ok(Some(*seconds)),
            Some(Limit::Path(path)) => path,
            Some(Limit::Expression(expression)) => {
                let value = expression.typed(States::before(scope), Expected::Number)?;
                let field = field.trim_end_matches("Path");
                let seconds = counted(&value, 1..=SECONDS_MAX);
                return seconds.map(Some).ok_or_else(|| expression.refused(not_counted(field, &value)));
            }
        };
        let view = View { scope, input: scope.input };
        let input = self.input.apply(view)?;
        let value = view.of(&input).value_at(path)?;
        integer(&value)
            .and_then(|seconds| u64::try_from(seconds).ok())
            .filter(|seconds| (1..=SECONDS_MAX).contains(seconds))
            .map(Some)
            .ok_or_else(|| not_an_integer(field, &value, path))
    }
}

/// The resource, after what both languages check alike. What is wrong with a resource is reported by `check`.
fn read_resource(
    section: &Section<'_>,
    timeout: &Option<Limit>,
    heartbeat: &Option<Limit>,
    report: &mut Report<'_>,
) -> Option<Resource> {
    section.require(&["Resource"], report);
    if let (Some(Limit::Seconds(timeout)), Some(Limit::Seconds(heartbeat))) = (timeout, heartbeat)
        && heartbeat >= timeout
        && let Some((_, place)) = section.field("HeartbeatSeconds")
    {
        report.schema("HeartbeatSeconds must be smaller than TimeoutSeconds".into(), &place);
    }
    Resource::parse(&section.string("Resource", report)?).ok()
}

impl Limit {
    fn read(section: &Section<'_>, name: &str, path_name: &str, report: &mut Report<'_>) -> Option<Limit> {
        section.at_most_one(&[name, path_name], report);
        let literal = section.integer(name, 1..=SECONDS_MAX, report).map(Limit::Seconds);
        literal.or_else(|| section.reference_path(path_name, report).map(Limit::Path))
    }
}

/// A number that was written as an integer.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_written_integer(),
        _ => None,
    }
}

/// A whole number in a range, however an expression gave it.
pub(super) fn counted(value: &Value, range: RangeInclusive<u64>) -> Option<u64> {
    let Value::Number(number) = value else { return None };
    u64::try_from(number.as_i64()?).ok().filter(|number| range.contains(number))
}

/// AWS's text for this is not known.
pub(super) fn not_counted(field: &str, value: &Value) -> String {
    format!("The {field} field must be a whole number in its range but was: {}", value.to_json())
}

pub(super) fn not_an_integer(field: &str, value: &Value, path: &Path) -> Interrupted {
    let shown = value.as_str().map_or_else(|| value.to_json(), str::to_owned);
    let path = path.text();
    Interrupted::runtime(format!(
        "The {field} field refers to value \"{shown}\" which is not a valid integer: {path}"
    ))
}
