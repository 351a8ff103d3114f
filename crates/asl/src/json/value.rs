//! A JSON value whose parts are shared.

use std::sync::Arc;

use super::number::Number;
use super::raw_string::RawString;
use super::scan::Sink;

/// A JSON value. Cloning is cheap: strings, arrays and objects are shared.
/// Equality is by value: numbers as numbers, objects without regard to the order of their members.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Array(Arc<Vec<Value>>),
    Object(Arc<Object>),
}

/// Members in the order in which they were written.
pub type Object = indexmap::IndexMap<Arc<str>, Value, rustc_hash::FxBuildHasher>;

impl Value {
    pub fn empty_object() -> Value {
        Value::Object(Arc::new(Object::default()))
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&Arc<Vec<Value>>> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Arc<Object>> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A member of an object; none if this is no object or has no such member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// Compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        super::write::write_value(self, &mut out);
        out
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Value::Number(integer.into())
    }
}

/// Builds a `Value` from what the scanner meets. Of equal keys the last one wins, at the first one's place.
#[derive(Default)]
pub(super) struct ValueBuilder {
    open: Vec<Partial>,
    root: Option<Value>,
}

enum Partial {
    Array(Vec<Value>),
    Object { members: Object, key: Option<Arc<str>> },
}

impl ValueBuilder {
    pub(super) fn finish(self) -> Value {
        self.root.unwrap_or(Value::Null)
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Partial::Array(items)) => items.push(value),
            Some(Partial::Object { members, key }) => {
                let key = key.take().expect("the scanner gives a key before each member");
                members.insert(key, value);
            }
        }
    }
}

impl Sink for ValueBuilder {
    fn null(&mut self, _: usize) {
        self.put(Value::Null);
    }

    fn boolean(&mut self, _: usize, value: bool) {
        self.put(Value::Bool(value));
    }

    fn number(&mut self, _: usize, text: &str) {
        self.put(Value::Number(Number::from_checked_text(text)));
    }

    fn string(&mut self, _: usize, text: RawString<'_>) {
        self.put(Value::String(text.to_shared()));
    }

    fn begin_array(&mut self, _: usize) {
        self.open.push(Partial::Array(Vec::new()));
    }

    fn end_array(&mut self) {
        if let Some(Partial::Array(items)) = self.open.pop() {
            self.put(Value::Array(Arc::new(items)));
        }
    }

    fn begin_object(&mut self, _: usize) {
        self.open.push(Partial::Object { members: Object::default(), key: None });
    }

    fn key(&mut self, _: usize, text: RawString<'_>) {
        if let Some(Partial::Object { key, .. }) = self.open.last_mut() {
            *key = Some(text.to_shared());
        }
    }

    fn end_object(&mut self) {
        if let Some(Partial::Object { members, .. }) = self.open.pop() {
            self.put(Value::Object(Arc::new(members)));
        }
    }
}
