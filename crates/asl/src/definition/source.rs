//! A definition's text as a tree in which everything knows where it stands, and equal keys are kept.

use std::sync::Arc;

use crate::json::raw_string::RawString;
use crate::json::scan::{Sink, scan};
use crate::json::{JsonError, Number, Object, Value};
use crate::limits::JSON_DEPTH_MAX;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Byte at which the value starts.
    pub(crate) offset: usize,
    pub(crate) kind: NodeKind,
}

#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) key: Arc<str>,
    pub(crate) key_offset: usize,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn parse(text: &str) -> Result<Node, JsonError> {
        let mut builder = NodeBuilder::default();
        scan(text, JSON_DEPTH_MAX, &mut builder)?;
        Ok(builder.root.expect("a text that was read has a root"))
    }

    pub(crate) fn as_str(&self) -> Option<&Arc<str>> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            NodeKind::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        Some(&self.members()?.iter().find(|member| &*member.key == name)?.node)
    }

    /// The plain value, without places.
    pub(crate) fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(number) => Value::Number(number.clone()),
            NodeKind::String(text) => Value::String(text.clone()),
            NodeKind::Array(items) => Value::Array(Arc::new(items.iter().map(Node::to_value).collect())),
            NodeKind::Object(members) => {
                let members: Object =
                    members.iter().map(|member| (member.key.clone(), member.node.to_value())).collect();
                Value::Object(Arc::new(members))
            }
        }
    }
}

#[derive(Default)]
struct NodeBuilder {
    open: Vec<Open>,
    root: Option<Node>,
}

/// A container whose end has not been met, and for an object the key that waits for its value.
struct Open {
    node: Node,
    key: Option<(usize, Arc<str>)>,
}

impl NodeBuilder {
    fn put(&mut self, offset: usize, kind: NodeKind) {
        let node = Node { offset, kind };
        let Some(Open { node: container, key }) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut container.kind {
            NodeKind::Array(items) => items.push(node),
            NodeKind::Object(members) => {
                let (key_offset, key) = key.take().expect("the scanner gives a key before each member");
                members.push(Member { key, key_offset, node });
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => {}
        }
    }

    fn begin(&mut self, offset: usize, kind: NodeKind) {
        self.open.push(Open { node: Node { offset, kind }, key: None });
    }

    fn end(&mut self) {
        if let Some(Open { node, .. }) = self.open.pop() {
            self.put(node.offset, node.kind);
        }
    }
}

impl Sink for NodeBuilder {
    fn null(&mut self, offset: usize) {
        self.put(offset, NodeKind::Null);
    }

    fn boolean(&mut self, offset: usize, value: bool) {
        self.put(offset, NodeKind::Bool(value));
    }

    fn number(&mut self, offset: usize, text: &str) {
        self.put(offset, NodeKind::Number(Number::from_checked_text(text)));
    }

    fn string(&mut self, offset: usize, text: RawString<'_>) {
        self.put(offset, NodeKind::String(text.to_shared()));
    }

    fn begin_array(&mut self, offset: usize) {
        self.begin(offset, NodeKind::Array(Vec::new()));
    }

    fn end_array(&mut self) {
        self.end();
    }

    fn begin_object(&mut self, offset: usize) {
        self.begin(offset, NodeKind::Object(Vec::new()));
    }

    fn key(&mut self, offset: usize, text: RawString<'_>) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((offset, text.to_shared()));
        }
    }

    fn end_object(&mut self) {
        self.end();
    }
}
