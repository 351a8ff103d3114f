//! Evaluation of a call: arguments from left to right, then the function, then the bound on its result.

use super::{
    Argument, Call, Function, Invocation, array, encoding, generic, hash, json, math, size, string, unique_id,
};
use crate::error_name::{INTRINSIC_FAILURE, RUNTIME};
use crate::json::{Number, Object, Value};
use crate::query::view::BYTES_PER_UNIT;
use crate::query::{Entropy, Interrupted, View};

/// Why a function gives no value.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The arguments do not suit the function.
    Unsuitable(String),
    /// A path leads nowhere.
    Missing(String),
    Interrupted(Interrupted),
}

pub(super) type Outcome<T = Value> = Result<T, Refusal>;

/// The values that a function is given, and what it may draw on.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    values: &'a [Value],
    view: View<'a>,
}

impl Call {
    pub(crate) fn evaluate(&self, view: View<'_>) -> Result<Value, Interrupted> {
        let failed = |error, reason| {
            Interrupted::failed(
                error,
                format!("The function '{}' had the following error: {reason}", self.text),
            )
        };
        self.invocation.evaluate(view).map_err(|refusal| match refusal {
            Refusal::Unsuitable(reason) => failed(INTRINSIC_FAILURE, reason),
            Refusal::Missing(reason) => failed(RUNTIME, reason),
            Refusal::Interrupted(interrupted) => interrupted,
        })
    }
}

impl Invocation {
    fn evaluate(&self, view: View<'_>) -> Outcome {
        let values: Vec<Value> =
            self.arguments.iter().map(|argument| argument.evaluate(view)).collect::<Outcome<_>>()?;
        let given = Given { values: &values, view };
        given.spend(1 + values.len())?;
        let result = match self.function {
            Function::Format => match &self.pattern {
                Some(pattern) => generic::format(pattern, &values),
                None => generic::format_from_data(given),
            },
            Function::StringToJson => json::string_to_json(given),
            Function::JsonToString => json::json_to_string(given),
            Function::Array => array::array(given),
            Function::ArrayPartition => array::partition(given),
            Function::ArrayContains => array::contains(given),
            Function::ArrayRange => array::range(given),
            Function::ArrayGetItem => array::get_item(given),
            Function::ArrayLength => array::length(given),
            Function::ArrayUnique => array::unique(given),
            Function::Base64Encode => encoding::base64_encode(given),
            Function::Base64Decode => encoding::base64_decode(given),
            Function::Hash => hash::hash(given),
            Function::JsonMerge => json::merge(given),
            Function::MathRandom => math::random(given),
            Function::MathAdd => math::add(given),
            Function::StringSplit => string::split(given),
            Function::Uuid => Ok(unique_id::uuid(given)),
        }?;
        // Parts are shared, so a result may say far more than it holds: its text decides.
        given.spend_bytes(size::within_payload(&result)?)?;
        Ok(result)
    }
}

impl Argument {
    fn evaluate(&self, view: View<'_>) -> Outcome {
        match self {
            Argument::Literal(value) => Ok(value.clone()),
            Argument::Path(path) => match view.select(path)?.into_value() {
                Ok(value) => Ok(value),
                Err(_) => Err(Refusal::Missing(format!(
                    "The JsonPath argument for the field '{}' could not be found in the input '{}'",
                    path.text(),
                    view.read(view.input)?.to_json()
                ))),
            },
            Argument::Call(invocation) => invocation.evaluate(view),
        }
    }
}

impl<'a> Given<'a> {
    pub(super) fn values(self) -> &'a [Value] {
        self.values
    }

    pub(super) fn value(self, at: usize) -> &'a Value {
        // The parser has counted the arguments.
        &self.values[at]
    }

    pub(super) fn is_given(self, at: usize) -> bool {
        at < self.values.len()
    }

    pub(super) fn array(self, at: usize) -> Outcome<&'a [Value]> {
        match self.value(at) {
            Value::Array(items) => Ok(items),
            other => Err(unsuitable(at, "an array", other)),
        }
    }

    pub(super) fn object(self, at: usize) -> Outcome<&'a Object> {
        match self.value(at) {
            Value::Object(members) => Ok(members),
            other => Err(unsuitable(at, "an object", other)),
        }
    }

    pub(super) fn text(self, at: usize) -> Outcome<&'a str> {
        match self.value(at) {
            Value::String(text) => Ok(text),
            other => Err(unsuitable(at, "a string", other)),
        }
    }

    pub(super) fn number(self, at: usize) -> Outcome<&'a Number> {
        match self.value(at) {
            Value::Number(number) => Ok(number),
            other => Err(unsuitable(at, "a number", other)),
        }
    }

    pub(super) fn entropy(self) -> &'a Entropy {
        self.view.scope.entropy
    }

    /// One unit is about one value visited.
    pub(super) fn spend(self, units: usize) -> Outcome<()> {
        Ok(self.view.scope.budget.spend(units as u64)?)
    }

    pub(super) fn spend_bytes(self, bytes: usize) -> Outcome<()> {
        self.spend(bytes / BYTES_PER_UNIT)
    }
}

impl From<Interrupted> for Refusal {
    fn from(interrupted: Interrupted) -> Refusal {
        Refusal::Interrupted(interrupted)
    }
}

impl Refusal {
    pub(super) fn because(reason: impl Into<String>) -> Refusal {
        Refusal::Unsuitable(reason.into())
    }
}

fn unsuitable(at: usize, expected: &str, found: &Value) -> Refusal {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Refusal::because(format!("expected {expected} as argument {}, found {found}", at + 1))
}
