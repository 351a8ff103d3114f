//! Wait: for a number of seconds or until a moment.

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::json::Value;
use crate::limits::{SECONDS_MAX, WAIT_DAYS_MAX};
use crate::query::fields::Selection;
use crate::query::jsonata::reader::{Given, Reader};
use crate::query::jsonata::{Expected, Expression, States};
use crate::query::jsonpath::Path;
use crate::query::{Interrupted, Scope, View};
use crate::state::task::{counted, not_counted};
use crate::time::parse_rfc3339;

#[derive(Debug)]
pub struct Wait {
    until: Until,
    /// Paths are applied to what InputPath leaves.
    input: Selection,
}

#[derive(Debug)]
enum Until {
    Seconds(u64),
    SecondsPath(Path),
    /// Epoch seconds: AWS does not honour fractions.
    Timestamp(i64),
    TimestampPath(Path),
    SecondsExpression(Expression),
    TimestampExpression(Expression),
}

impl Wait {
    pub(crate) fn read(section: &Section<'_>, input: Selection, report: &mut Report<'_>) -> Option<Wait> {
        section.exactly_one(&["Seconds", "SecondsPath", "Timestamp", "TimestampPath"], report);
        let until = if section.has("Seconds") {
            section.integer("Seconds", 0..=SECONDS_MAX, report).map(Until::Seconds)
        } else if section.has("SecondsPath") {
            section.reference_path("SecondsPath", report).map(Until::SecondsPath)
        } else if section.has("Timestamp") {
            read_timestamp(section, report).map(Until::Timestamp)
        } else {
            section.reference_path("TimestampPath", report).map(Until::TimestampPath)
        };
        Some(Wait { until: until?, input })
    }

    pub(crate) fn read_jsonata(section: &Section<'_>, reader: &mut Reader<'_, '_>) -> Option<Wait> {
        section.exactly_one(&["Seconds", "Timestamp"], reader.report);
        let until = if section.has("Seconds") {
            match reader.integer(section, "Seconds", 0..=SECONDS_MAX)? {
                Given::Literal(seconds) => Until::Seconds(seconds),
                Given::Expression(expression) => Until::SecondsExpression(expression),
            }
        } else {
            match reader.string(section, "Timestamp")? {
                Given::Literal(_) => Until::Timestamp(read_timestamp(section, reader.report)?),
                Given::Expression(expression) => Until::TimestampExpression(expression),
            }
        };
        Some(Wait { until, input: Selection::Whole })
    }

    /// The moment (epoch milliseconds) at which the wait is over, for a wait entered at `now_ms`.
    pub fn until_ms(&self, scope: &Scope<'_>, now_ms: i64) -> Result<i64, Interrupted> {
        let after = |seconds: u64| now_ms.saturating_add_unsigned(seconds.saturating_mul(1_000));
        match &self.until {
            Until::Seconds(seconds) => Ok(after(*seconds)),
            Until::Timestamp(seconds) => not_too_far(seconds.saturating_mul(1_000), now_ms),
            Until::SecondsPath(path) => {
                let seconds = seconds(&self.value_at(scope, path, "SecondsPath")?, path)?;
                if seconds > SECONDS_MAX { Err(too_long()) } else { Ok(after(seconds)) }
            }
            Until::TimestampPath(path) => {
                let value = self.value_at(scope, path, "TimestampPath")?;
                let moment = value.as_str().and_then(parse_rfc3339).ok_or_else(|| {
                    Interrupted::runtime(format!(
                        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset \
                         date-time format string: {} == {}",
                        path.text(),
                        shown(&value)
                    ))
                })?;
                not_too_far(moment.as_second().saturating_mul(1_000), now_ms)
            }
            Until::SecondsExpression(expression) => {
                let value = expression.typed(States::before(scope), Expected::Number)?;
                counted(&value, 0..=SECONDS_MAX)
                    .map(after)
                    .ok_or_else(|| expression.refused(not_counted("Seconds", &value)))
            }
            Until::TimestampExpression(expression) => {
                let value = expression.typed(States::before(scope), Expected::String)?;
                let moment = value.as_str().and_then(parse_rfc3339).ok_or_else(|| {
                    expression.refused(format!(
                        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format \
                         string: {}",
                        shown(&value)
                    ))
                })?;
                not_too_far(moment.as_second().saturating_mul(1_000), now_ms)
            }
        }
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        if let Until::SecondsPath(path) | Until::TimestampPath(path) = &self.until {
            found.push(path);
        }
    }

    fn value_at(&self, scope: &Scope<'_>, path: &Path, field: &str) -> Result<Value, Interrupted> {
        let view = View { scope, input: scope.input };
        let input = self.input.apply(view)?;
        view.of(&input).select(path)?.into_value().map_err(|_| {
            let path = path.text();
            Interrupted::runtime(format!("The {field} parameter does not reference an input value: {path}"))
        })
    }
}

fn read_timestamp(section: &Section<'_>, report: &mut Report<'_>) -> Option<i64> {
    let text = section.string("Timestamp", report)?;
    let moment = parse_rfc3339(&text);
    if moment.is_none() {
        let (_, place) = section.field("Timestamp")?;
        report.schema("String does not match RFC3339 timestamp".into(), &place);
    }
    Some(moment?.as_second())
}

fn seconds(value: &Value, path: &Path) -> Result<u64, Interrupted> {
    let refuse = |reason: &str| {
        let path = path.text();
        Interrupted::runtime(format!("The SecondsPath parameter {reason} value: {path} == {}", shown(value)))
    };
    let number = match value {
        Value::Number(number) => number.as_written_integer(),
        _ => None,
    };
    let number = number.ok_or_else(|| refuse("cannot be parsed as a long"))?;
    u64::try_from(number).map_err(|_| refuse("references a negative"))
}

/// A value as AWS puts it into these texts: strings without quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_owned)
}

fn not_too_far(until_ms: i64, now_ms: i64) -> Result<i64, Interrupted> {
    let longest_ms = WAIT_DAYS_MAX * 24 * 3_600 * 1_000;
    if until_ms.saturating_sub(now_ms) > longest_ms { Err(too_long()) } else { Ok(until_ms) }
}

fn too_long() -> Interrupted {
    Interrupted::runtime("Wait state delay is too long.".into())
}
