//! What the expressions of a rule set evaluate to.

/// A parameter of a rule set, or what one of its functions answered.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Bool(bool),
    Integer(i64),
    Text(String),
    List(Vec<Value>),
    Record(Vec<(&'static str, Value)>),
    /// A parameter that nobody set, a function that had no answer.
    Unset,
}

impl Value {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a condition with this result lets through.
    pub(super) fn is_truthy(&self) -> bool {
        !matches!(self, Value::Unset | Value::Bool(false))
    }

    pub(super) fn attribute(&self, name: &str) -> &Value {
        match self {
            Value::Record(fields) => {
                fields.iter().find(|(field, _)| *field == name).map_or(&Value::Unset, |(_, value)| value)
            }
            _ => &Value::Unset,
        }
    }

    pub(super) fn item(&self, index: usize) -> &Value {
        match self {
            Value::List(items) => items.get(index).unwrap_or(&Value::Unset),
            _ => &Value::Unset,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<&serde_json::Value> for Value {
    /// Numbers and objects are no parameters of any rule set.
    fn from(value: &serde_json::Value) -> Value {
        match value {
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::String(text) => Value::Text(text.clone()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(Value::from).collect()),
            serde_json::Value::Null | serde_json::Value::Number(_) | serde_json::Value::Object(_) => {
                Value::Unset
            }
        }
    }
}
