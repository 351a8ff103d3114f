//! Timestamps in the three forms of the protocols.
//!
//! Here: reading whichever form comes, writing the one that is asked for. Text has a fraction of three, six
//! or nine digits where there is one, as the AWS SDK for Java writes it.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::model::TimestampFormat;

pub(super) fn from_json(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => from_seconds(number.as_f64()?),
        Value::String(text) => parse(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// To the millisecond: a double of today's seconds has no more to say.
pub(super) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    // LIMIT: what a timestamp can hold (years -9999 to 9999).
    let is_in_range = millis.abs() < 4.0e14;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    is_in_range.then(|| Timestamp::from_millisecond(millis as i64).ok())?
}

/// Any of the three forms. Text without a zone, which some servers write, is UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    if let Ok(moment) = text.parse::<DateTime>() {
        return moment.to_zoned(TimeZone::UTC).ok().map(|moment| moment.timestamp());
    }
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

pub(super) fn text(time: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 => iso8601(time),
        TimestampFormat::UnixSeconds => unix_seconds(time).to_string(),
        TimestampFormat::Rfc822 => time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    }
}

pub(super) fn json(time: Timestamp, format: TimestampFormat) -> Value {
    match format {
        TimestampFormat::UnixSeconds => unix_seconds(time),
        TimestampFormat::Iso8601 | TimestampFormat::Rfc822 => Value::String(text(time, format)),
    }
}

pub(super) fn iso8601(time: Timestamp) -> String {
    let moment = time.to_zoned(TimeZone::UTC);
    let seconds = moment.strftime("%Y-%m-%dT%H:%M:%S");
    let nanos = moment.subsec_nanosecond();
    match nanos {
        0 => format!("{seconds}Z"),
        _ if nanos % 1_000_000 == 0 => format!("{seconds}.{:03}Z", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => format!("{seconds}.{:06}Z", nanos / 1_000),
        _ => format!("{seconds}.{nanos:09}Z"),
    }
}

/// Whole seconds as an integer, others as a double.
fn unix_seconds(time: Timestamp) -> Value {
    if time.subsec_nanosecond() == 0 {
        Value::from(time.as_second())
    } else {
        let since: SignedDuration = time.duration_since(Timestamp::UNIX_EPOCH);
        Value::from(since.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_one_moment_is_read() {
        let forms = [
            "2026-01-31T12:00:00Z",
            "2026-01-31T13:00:00+01:00",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00.000000",
            "Sat, 31 Jan 2026 12:00:00 GMT",
            "1769860800",
            "1.7698608e9",
            " 1769860800.000 ",
        ];
        for form in forms {
            assert_eq!(parse(form).map(iso8601).as_deref(), Some("2026-01-31T12:00:00Z"), "{form}");
        }
        for nonsense in ["", "soon", "1e300", "NaN", "2026-13-01T00:00:00Z"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_fraction_has_three_six_or_nine_digits() {
        let cases = [
            ("2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500Z"),
            ("2026-01-31T12:00:00.12345Z", "2026-01-31T12:00:00.123450Z"),
            ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456789Z"),
            ("-0.5", "1969-12-31T23:59:59.500Z"),
        ];
        for (given, expected) in cases {
            assert_eq!(parse(given).map(iso8601).as_deref(), Some(expected));
        }
    }
}
