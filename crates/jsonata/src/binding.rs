//! Values given to an expression as `$name`: JSON texts, read as far as an expression reaches.
//!
//! Here: a text prepared once and shared by all expressions of a state and by threads, the index of its
//! members that grows level by level, and the part of it that one expression reads. Not here: what an
//! expression reads (`engine`).
//! INVARIANT: a member that is handed out whole is the text as it came in, white space aside.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use jlens_core::reads::Read;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json;

/// A JSON value for `$name`. Cloning shares it.
#[derive(Clone)]
pub struct Binding(Arc<Node>);

struct Node {
    /// None for an object put together from bindings, which has its level from the start.
    text: Option<(Arc<str>, Range<usize>)>,
    /// The level below, read when first needed.
    level: OnceLock<Level>,
}

enum Level {
    Object(IndexMap<Box<str>, Binding>),
    /// Has no index: it is read whenever an expression needs it.
    Array,
    Scalar,
}

/// What lies at the end of field names.
pub(crate) enum Found<'a> {
    Value(&'a Binding),
    Nothing,
    /// An array stands in the way: its items would each be asked.
    Array,
}

impl Binding {
    /// Takes JSON text; that it is JSON is the caller's promise. Nothing is read yet.
    pub fn prepare(text: impl Into<Arc<str>>) -> Binding {
        let text: Arc<str> = text.into();
        let range = 0..text.len();
        Binding(Arc::new(Node { text: Some((text, range)), level: OnceLock::new() }))
    }

    /// An object of bindings, such as `$states` of input, result and context, that copies none of them.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Binding)>) -> Binding {
        let members = members.into_iter().map(|(name, member)| (name.into(), member)).collect();
        Binding(Arc::new(Node { text: None, level: OnceLock::from(Level::Object(members)) }))
    }

    /// The value under field names, when objects alone lie on the way.
    pub(crate) fn follow(&self, names: &[Box<str>]) -> Found<'_> {
        let mut at = self;
        for name in names {
            at = match at.level() {
                Level::Object(members) => match members.get(name) {
                    Some(member) => member,
                    None => return Found::Nothing,
                },
                Level::Scalar => return Found::Nothing,
                Level::Array => return Found::Array,
            };
        }
        Found::Value(at)
    }

    /// The value as it came in, without white space.
    pub(crate) fn compact(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        without_white_space(text)
    }

    fn write(&self, out: &mut String) {
        match (&self.0.text, self.level()) {
            (Some((text, range)), _) => out.push_str(&text[range.clone()]),
            (None, Level::Object(members)) => {
                for (index, (name, member)) in members.iter().enumerate() {
                    out.push(if index == 0 { '{' } else { ',' });
                    out.push_str(&Value::from(&**name).to_string());
                    out.push(':');
                    member.write(out);
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
            (None, Level::Array | Level::Scalar) => {}
        }
    }

    /// The bytes of the longest string anywhere in this value.
    pub(crate) fn longest_text(&self) -> usize {
        match (&self.0.text, self.level()) {
            (Some((text, range)), _) => json::longest_text(&text[range.clone()]),
            (None, Level::Object(members)) => {
                members.values().map(Binding::longest_text).max().unwrap_or_default()
            }
            (None, Level::Array | Level::Scalar) => 0,
        }
    }

    /// What an expression reads of this value, for the engine.
    pub(crate) fn read(&self, read: &Read) -> Result<Value, String> {
        if let (Some((text, range)), true) = (&self.0.text, read.is_whole()) {
            return json::read(&text[range.clone()], read);
        }
        match (self.level(), &self.0.text) {
            (Level::Object(members), _) => {
                let read_of = |name: &str| read.fields().map_or(Some(read), |fields| fields.get(name));
                let members =
                    members.iter().filter_map(|(name, member)| Some((name, member, read_of(name)?)));
                members.map(|(name, member, read)| Ok((name.to_string(), member.read(read)?))).collect()
            }
            (Level::Array | Level::Scalar, Some((text, range))) => json::read(&text[range.clone()], read),
            (Level::Array | Level::Scalar, None) => Ok(Value::Null),
        }
    }

    fn level(&self) -> &Level {
        self.0.level.get_or_init(|| match &self.0.text {
            Some((text, range)) => read_level(text, range.clone()),
            None => Level::Scalar,
        })
    }
}

/// The members of an object, each as a range of the same text.
fn read_level(text: &Arc<str>, range: Range<usize>) -> Level {
    let here = &text[range];
    let member = |raw: &RawValue| {
        let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
        let range = start..start + raw.get().len();
        Binding(Arc::new(Node { text: Some((text.clone(), range)), level: OnceLock::new() }))
    };
    match here.trim_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str::<IndexMap<Box<str>, &RawValue>>(here)
            .map(|members| {
                Level::Object(members.into_iter().map(|(name, raw)| (name, member(raw))).collect())
            })
            .unwrap_or(Level::Scalar),
        Some(b'[') => Level::Array,
        _ => Level::Scalar,
    }
}

/// JSON text without the white space between its tokens.
fn without_white_space(text: String) -> String {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    if !text.bytes().any(is_space) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        match (in_string, c) {
            (false, ' ' | '\t' | '\n' | '\r') => continue,
            (false, '"') => in_string = true,
            (true, '"') if !escaped => in_string = false,
            _ => {}
        }
        escaped = in_string && c == '\\' && !escaped;
        kept.push(c);
    }
    kept
}
