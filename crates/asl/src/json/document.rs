//! A JSON text that is shared as it stands, and its value once somebody looks inside.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, LazyLock, OnceLock};

use jsonata::Binding;

use super::error::JsonError;
use super::scan::{Check, scan};
use super::value::{Value, ValueBuilder};
use super::write::{write_value, write_within};
use crate::limits::JSON_DEPTH_MAX;

/// A JSON text with its value, parsed at most once and only when asked for. Cloning shares both.
#[derive(Clone, Debug)]
pub struct Document(Arc<Inner>);

struct Inner {
    text: Box<str>,
    value: OnceLock<Value>,
    /// The text as JSONata reads it, once an expression asked for it.
    binding: OnceLock<Binding>,
    /// Levels plus one; zero while nobody has counted. Whoever counts finds the same number.
    depth_plus_one: AtomicUsize,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Document {
    /// Checks the whole text (syntax, depth) and keeps it as it is, white space included.
    pub fn parse(text: &str) -> Result<Document, JsonError> {
        let depth = scan(text, JSON_DEPTH_MAX, &mut Check)?;
        Ok(Document::new(text.into(), Some(depth), None))
    }

    /// A text that was checked before (it comes from our own store). Not checked again.
    pub fn trusted(text: Box<str>) -> Document {
        Document::new(text, None, None)
    }

    pub fn from_value(value: Value) -> Document {
        let mut text = String::new();
        let depth = write_value(&value, &mut text);
        Document::new(text.into_boxed_str(), Some(depth), Some(value))
    }

    /// The same; none if the text would have more than `bytes_max` bytes, at no cost beyond them.
    pub(crate) fn from_value_within(value: Value, bytes_max: usize) -> Option<Document> {
        let mut text = String::new();
        let depth = write_within(&value, &mut text, bytes_max).ok()?;
        Some(Document::new(text.into_boxed_str(), Some(depth), Some(value)))
    }

    /// `[a,b,...]` of the texts as they stand: what Parallel and Map make of their results.
    pub fn array_of<'a>(items: impl Iterator<Item = &'a Document>) -> Document {
        let mut text = String::from("[");
        let mut depth = 0;
        for item in items {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(item.text());
            depth = depth.max(item.depth());
        }
        text.push(']');
        Document::new(text.into_boxed_str(), Some(depth + 1), None)
    }

    pub fn empty_object() -> Document {
        static EMPTY: LazyLock<Document> = LazyLock::new(|| Document::from_value(Value::empty_object()));
        EMPTY.clone()
    }

    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether both are the same shared text: one that was handed on, not one that merely looks alike.
    pub fn is_same(&self, other: &Document) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub fn value(&self) -> &Value {
        self.0.value.get_or_init(|| {
            let mut builder = ValueBuilder::default();
            // The text was checked when the document was made, here or before it was stored.
            scan(&self.0.text, usize::MAX, &mut builder).expect("a trusted document is valid JSON");
            builder.finish()
        })
    }

    /// The document for JSONata; what an expression reads of it is read once for all.
    pub(crate) fn binding(&self) -> Binding {
        self.0.binding.get_or_init(|| Binding::prepare(self.text())).clone()
    }

    /// Whether the value has been built already, so that looking inside costs nothing more.
    pub(crate) fn is_parsed(&self) -> bool {
        self.0.value.get().is_some()
    }

    /// Levels of arrays and objects; 0 for a scalar.
    pub(crate) fn depth(&self) -> usize {
        match self.0.depth_plus_one.load(Relaxed) {
            0 => {
                let depth =
                    scan(&self.0.text, usize::MAX, &mut Check).expect("a trusted document is valid JSON");
                self.0.depth_plus_one.store(depth + 1, Relaxed);
                depth
            }
            counted => counted - 1,
        }
    }

    fn new(text: Box<str>, depth: Option<usize>, value: Option<Value>) -> Document {
        let depth_plus_one = AtomicUsize::new(depth.map_or(0, |depth| depth + 1));
        let value = value.map_or_else(OnceLock::new, OnceLock::from);
        Document(Arc::new(Inner { text, value, binding: OnceLock::new(), depth_plus_one }))
    }
}
