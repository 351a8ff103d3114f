//! XML: a writer of elements, and reading a tree by shape.
//!
//! Here: what REST-XML, Query and EC2 share when they read. Names are compared without namespaces.
//! INVARIANT: what the tree does not have is left out; nothing in an answer can make reading fail.

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::{Map, Value};

use super::json::Unreadable;
use super::scalar;
use crate::model::{Kind, Location, Place, Shape};

/// LIMIT: nodes of one answer. The largest listings have some ten thousand.
const NODES_MAX: u32 = 10_000_000;

/// LIMIT: how deep structures may lie in each other, as serde_json has it for JSON.
const DEPTH_MAX: u32 = 128;

/// A text that holds one element, written piece by piece.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
}

impl Writer {
    pub(super) fn open(&mut self, name: &str, attributes: &[(String, String)]) {
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.escaped(value);
            self.text.push('"');
        }
        self.text.push('>');
    }

    pub(super) fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    /// Line ends are written as references: a parser would make one out of the two of Windows.
    pub(super) fn escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '&' => self.text.push_str("&amp;"),
                '"' => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#xD;"),
                '\n' => self.text.push_str("&#xA;"),
                _ => self.text.push(character),
            }
        }
    }
}

/// The tree of a body, with what reads it.
pub(super) fn with_root<T>(body: &[u8], read: impl FnOnce(Node<'_, '_>) -> T) -> Result<T, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| "expected UTF-8 in the body".to_owned())?;
    // A byte order mark may stand in front.
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let options = ParsingOptions { nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| format!("expected XML in the body: {error}"))?;
    Ok(read(document.root_element()))
}

pub(super) fn children<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node).find(|child| child.tag_name().name() == name)
}

pub(super) fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|child| child.text()).collect()
}

/// The members of a structure that travel in the body, out of the children of a node.
pub(super) fn members(shape: Shape<'_>, node: Node<'_, '_>) -> Map<String, Value> {
    members_within(shape, node, 0)
}

fn members_within(shape: Shape<'_>, node: Node<'_, '_>, depth: u32) -> Map<String, Value> {
    let mut members = Map::new();
    for member in shape.members() {
        if matches!(member.location(), Some(Location::Header | Location::Headers | Location::Status)) {
            continue;
        }
        if let Some(value) = member_value(member, node, depth) {
            members.insert(member.name().to_owned(), value);
        }
    }
    members
}

fn member_value(member: Place<'_>, node: Node<'_, '_>, depth: u32) -> Option<Value> {
    let name = element_name(member);
    let nodes: Vec<Node<'_, '_>> = children(node).filter(|child| child.tag_name().name() == name).collect();
    if !nodes.is_empty() {
        return Some(value(member, &nodes, depth + 1));
    }
    if !member.is_xml_attribute() {
        return None;
    }
    let name = member.wire_name_or_own();
    let name = name.rsplit_once(':').map_or(name, |(_, local)| local);
    let attribute = node.attributes().find(|attribute| attribute.name() == name)?;
    Some(scalar::from_text(member.kind(), attribute.value()))
}

/// A flattened list stands under the name of its elements where the model gives them one.
fn element_name(member: Place<'_>) -> &str {
    let flattened = member.shape().element().filter(|_| member.is_flattened());
    flattened.and_then(Place::wire_name).unwrap_or_else(|| member.wire_name_or_own())
}

/// The value in the nodes of one name; only what is flattened has several.
fn value(place: Place<'_>, nodes: &[Node<'_, '_>], depth: u32) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    let node = nodes[0];
    let shape = place.shape();
    match shape.kind() {
        Kind::Structure => Value::Object(members_within(shape, node, depth)),
        Kind::List => {
            let element = shape.element().expect("a list has elements");
            if place.is_flattened() {
                Value::Array(nodes.iter().map(|node| value(element, &[*node], depth + 1)).collect())
            } else {
                Value::Array(children(node).map(|node| value(element, &[node], depth + 1)).collect())
            }
        }
        Kind::Map => {
            let entries: Vec<Node<'_, '_>> =
                if place.is_flattened() { nodes.to_vec() } else { children(node).collect() };
            Value::Object(entries.iter().filter_map(|node| entry(shape, *node, depth + 1)).collect())
        }
        kind => scalar::from_text(kind, &text(node)),
    }
}

fn entry(shape: Shape<'_>, node: Node<'_, '_>, depth: u32) -> Option<(String, Value)> {
    let (key, entry_value) = shape.entry()?;
    let key = text(child(node, key.wire_name().unwrap_or("key"))?);
    let node = child(node, entry_value.wire_name().unwrap_or("value"))?;
    Some((key, value(entry_value, &[node], depth)))
}

/// The value of a whole document that is one member.
pub(super) fn root_value(place: Place<'_>, root: Node<'_, '_>) -> Value {
    value(place, &[root], 0)
}
