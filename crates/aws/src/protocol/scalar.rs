//! Scalars: what the input gives, as the kind that the model wants, and back from text.
//!
//! Here: what is the same in every protocol. A number may come as `5.0` where an integer is wanted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use serde_json::{Number, Value};

use super::input::{InputError, Path};
use super::timestamp;
use crate::model::{Kind, Place, TimestampFormat};

/// The largest integer below which every integer is a double.
const EXACT_INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Scalar<'v> {
    Text(&'v str),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Time(Timestamp),
    Blob(Vec<u8>),
}

pub(super) fn read<'v>(place: Place<'_>, value: &'v Value, path: Path<'_>) -> Result<Scalar<'v>, InputError> {
    match place.kind() {
        Kind::String => value.as_str().map(Scalar::Text).ok_or_else(|| path.kind("a string", value)),
        Kind::Integer | Kind::Long => {
            integer(value).map(Scalar::Integer).ok_or_else(|| path.kind("a whole number", value))
        }
        Kind::Float | Kind::Double => {
            float(value).map(Scalar::Float).ok_or_else(|| path.kind("a number", value))
        }
        Kind::Boolean => value.as_bool().map(Scalar::Boolean).ok_or_else(|| path.kind("a boolean", value)),
        Kind::Timestamp => match value {
            Value::String(_) | Value::Number(_) => timestamp::from_json(value)
                .map(Scalar::Time)
                .ok_or_else(|| path.text("a timestamp like `2026-01-31T12:00:00Z`")),
            _ => Err(path.kind("a timestamp", value)),
        },
        Kind::Blob => match value {
            Value::String(text) => {
                from_base64(text).map(Scalar::Blob).ok_or_else(|| path.text("bytes in Base64"))
            }
            _ => Err(path.kind("bytes in Base64", value)),
        },
        Kind::Structure => Err(path.kind("an object", value)),
        Kind::List => Err(path.kind("an array", value)),
        Kind::Map => Err(path.kind("an object", value)),
    }
}

impl Scalar<'_> {
    /// As text, for XML, queries, headers and addresses.
    pub(super) fn to_text(&self, format: TimestampFormat) -> String {
        match self {
            Scalar::Text(text) => (*text).to_owned(),
            Scalar::Integer(number) => number.to_string(),
            Scalar::Float(number) => float_text(*number),
            Scalar::Boolean(truth) => truth.to_string(),
            Scalar::Time(time) => timestamp::text(*time, format),
            Scalar::Blob(bytes) => base64(bytes),
        }
    }
}

pub(super) fn float_text(number: f64) -> String {
    non_finite(number).map_or_else(|| format!("{number:?}"), str::to_owned)
}

/// The names of the doubles that JSON cannot write.
pub(super) fn non_finite(number: f64) -> Option<&'static str> {
    match number {
        _ if number.is_nan() => Some("NaN"),
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ => None,
    }
}

/// A double as JSON: a number, or the name of what is none.
pub(super) fn float_json(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None => Value::String(non_finite(number).unwrap_or("NaN").to_owned()),
    }
}

/// The value of a scalar that a service wrote as text. What is not as the model says stays text: the call
/// has happened, and its result should be seen.
pub(super) fn from_text(kind: Kind, text: &str) -> Value {
    let parsed = match kind {
        Kind::Integer | Kind::Long => text.trim().parse::<i64>().ok().map(Value::from),
        Kind::Float | Kind::Double => text.trim().parse::<f64>().ok().map(float_json),
        Kind::Boolean => Some(Value::Bool(text.trim().eq_ignore_ascii_case("true"))),
        Kind::Timestamp => timestamp::parse(text).map(|time| Value::String(timestamp::iso8601(time))),
        Kind::String | Kind::Blob | Kind::Structure | Kind::List | Kind::Map => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Padding may be left out.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    LENIENT.decode(text).ok()
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        let is_exact = number.fract() == 0.0 && number.abs() <= EXACT_INTEGER_MAX;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        is_exact.then_some(number as i64)
    })
}

fn float(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| match value.as_str()? {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    })
}
