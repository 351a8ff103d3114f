//! YAML as JSON text that remembers where everything stood.
//!
//! INVARIANT: the order of states survives, because stored histories number states by it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};

use super::Refused;

const INVALID_YAML: &str = "INVALID_YAML";

#[derive(Debug)]
pub(super) struct FromYaml {
    pub(super) json: String,
    /// Where each value begins: its byte in `json`, and its byte in the YAML. Ascending.
    places: Vec<(usize, usize)>,
}

impl FromYaml {
    /// The byte in the YAML of the last value that begins at or before a byte of the JSON.
    pub(super) fn offset(&self, at: usize) -> usize {
        let behind = self.places.partition_point(|(json, _)| *json <= at);
        behind.checked_sub(1).map_or(0, |last| self.places[last].1)
    }
}

pub(super) fn to_json(yaml: &str) -> Result<FromYaml, Refused> {
    let options = serde_saphyr::options! {
        // YAML 1.2: only `true` and `false` are booleans; `on` and `no` are words.
        strict_booleans: true,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::Reject,
        with_snippet: false,
    };
    let refused = |message: String, offset| Refused { code: INVALID_YAML, message, offset };
    let root: Spanned<Node> = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        let offset = error.location().and_then(|location| byte(yaml, location));
        refused(format!("expected YAML: {}", one_line(&error.to_string())), offset)
    })?;
    if !matches!(root.value, Node::Map(_)) {
        let message = "expected a mapping with `StartAt` and `States` at the top";
        return Err(refused(message.to_owned(), byte(yaml, root.referenced)));
    }
    let mut writer = Writer { yaml, json: String::new(), places: Vec::new() };
    writer.write(&root, None);
    Ok(FromYaml { json: writer.json, places: writer.places })
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Of a location that is not known, none. Mistakes in the syntax have only a line and a column.
fn byte(yaml: &str, location: Location) -> Option<usize> {
    if let Some(at) = location.span().byte_offset() {
        return usize::try_from(at).ok().filter(|at| yaml.is_char_boundary(*at));
    }
    let line = usize::try_from(location.line()).ok()?.checked_sub(1)?;
    let column = usize::try_from(location.column()).ok()?.saturating_sub(1);
    let before: usize = yaml.split_inclusive('\n').take(line).map(str::len).sum();
    let in_line = yaml[before..].chars().take(column).map(char::len_utf8).sum::<usize>();
    Some(before + in_line)
}

enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Map(Vec<(Spanned<String>, Spanned<Node>)>),
}

struct Writer<'y> {
    yaml: &'y str,
    json: String,
    places: Vec<(usize, usize)>,
}

impl Writer<'_> {
    fn write(&mut self, node: &Spanned<Node>, key: Option<&Spanned<String>>) {
        if let Some(place) = self.place(node, key) {
            self.places.push((self.json.len(), place));
        }
        match &node.value {
            Node::Scalar(scalar) => self.json += &scalar.to_string(),
            Node::List(items) => {
                self.json.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.json.push(',');
                    }
                    self.write(item, None);
                }
                self.json.push(']');
            }
            Node::Map(members) => {
                self.json.push('{');
                for (at, (key, member)) in members.iter().enumerate() {
                    if at > 0 {
                        self.json.push(',');
                    }
                    self.json += &Value::from(&*key.value).to_string();
                    self.json.push(':');
                    self.write(member, Some(key));
                }
                self.json.push('}');
            }
        }
    }

    /// A block begins at its first member, which says nothing about the block: its key does.
    fn place(&self, node: &Spanned<Node>, key: Option<&Spanned<String>>) -> Option<usize> {
        let own = byte(self.yaml, node.referenced);
        let is_block = match node.value {
            Node::Scalar(_) => false,
            Node::List(_) | Node::Map(_) => {
                own.is_none_or(|at| !self.yaml[at..].starts_with(['{', '[', '*']))
            }
        };
        let of_key = key.filter(|_| is_block).and_then(|key| byte(self.yaml, key.referenced));
        of_key.or(own)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what JSON has too")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Map(members))
    }
}
