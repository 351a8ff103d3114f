//! One state with an input of a known shape: what it hands on, and which of its JSONPath expressions find
//! nothing. It follows `query/fields` and the states' own files step by step.
//!
//! Results of tasks, branches and iterations are not known, nor is what a JSONata expression gives unless it
//! is the input itself.

use super::flow::target;
use super::shape::{Found, Members, Shape};
use crate::check::variables::is_distributed;
use crate::definition::report::Place;
use crate::definition::source::{Member, Node, NodeKind};
use crate::definition::{Outline, StateOutline};
use crate::query::Language;
use crate::query::jsonpath::intrinsic::Call;
use crate::query::jsonpath::{Path, Root};

pub(super) struct Visit<'a> {
    outline: &'a Outline<'a>,
    state: &'a StateOutline<'a>,
    input: Shape,
    /// The states that can be entered next, with their input.
    pub(super) exits: Vec<(usize, Shape)>,
    /// The paths that find nothing.
    pub(super) misses: Vec<(String, Place)>,
    /// How much was looked at.
    pub(super) work: usize,
}

impl<'a> Visit<'a> {
    pub(super) fn of(outline: &'a Outline<'_>, state: &'a StateOutline<'_>, input: Shape) -> Visit<'a> {
        let work = 1 + input.parts();
        let mut visit = Visit { outline, state, input, exits: Vec::new(), misses: Vec::new(), work };
        match state.language {
            Language::JsonPath => visit.json_path(),
            Language::Jsonata => visit.jsonata(),
        }
        visit
    }

    fn json_path(&mut self) {
        let section = &self.state.section;
        let raw = self.input.clone();
        let effective = self.selection("InputPath", &raw);
        let kind = self.state.kind().unwrap_or_default();
        let given = match kind {
            "Map" => effective.clone(),
            _ => self.field("Parameters", &effective).unwrap_or_else(|| effective.clone()),
        };
        for member in section.members() {
            let is_selection = ["InputPath", "OutputPath", "ResultPath"].contains(&&*member.key);
            if member.key.ends_with("Path") && !is_selection {
                self.expression(&member.node, &section.place.member(member), &effective);
            }
        }
        let result = match kind {
            "Pass" => section.get("Result").map_or(given.clone(), Shape::of),
            "Task" | "Parallel" | "Map" => Shape::Anything,
            _ => effective.clone(),
        };
        let item = match self.field("ItemSelector", &effective) {
            Some(item) => item,
            None if kind == "Map" => self.field("Parameters", &effective).unwrap_or(Shape::Anything),
            None => Shape::Anything,
        };
        self.enter_blocks(if kind == "Map" { item } else { given });
        let selected = self.field("ResultSelector", &result).unwrap_or_else(|| result.clone());
        let combined = written(section.get("ResultPath"), &raw, selected);
        let output = self.selection("OutputPath", &combined);
        self.field("Assign", &result);
        for name in ["Next", "Default"] {
            self.leave(section.get(name), output.clone());
        }
        for (rule, place) in self.items_of("Choices") {
            self.rule(rule, &place, &effective, &guarded(rule));
            self.member(rule, &place, "Assign", &result);
            self.leave(rule.get("Next"), output.clone());
        }
        for (catcher, place) in self.items_of("Catch") {
            let error = Shape::error_output();
            self.member(catcher, &place, "Assign", &error);
            self.leave(catcher.get("Next"), written(catcher.get("ResultPath"), &raw, error));
        }
    }

    fn jsonata(&mut self) {
        let section = &self.state.section;
        let input = self.input.clone();
        let kind = self.state.kind().unwrap_or_default();
        let begins_with = match kind {
            "Map" => section.get("ItemSelector").map_or(Shape::Anything, |node| self.jsonata_template(node)),
            _ => section.get("Arguments").map_or(input.clone(), |node| self.jsonata_template(node)),
        };
        self.enter_blocks(begins_with);
        let result = match kind {
            "Task" | "Parallel" | "Map" => Shape::Anything,
            _ => input.clone(),
        };
        let output = |node: Option<&Node>, otherwise: &Shape, visit: &mut Visit<'_>| {
            node.map_or_else(|| otherwise.clone(), |node| visit.jsonata_template(node))
        };
        let own = output(section.get("Output"), &result, self);
        for name in ["Next", "Default"] {
            self.leave(section.get(name), own.clone());
        }
        for (rule, _) in self.items_of("Choices") {
            let shape = output(rule.get("Output"), &input, self);
            self.leave(rule.get("Next"), shape);
        }
        for (catcher, _) in self.items_of("Catch") {
            let shape = output(catcher.get("Output"), &Shape::error_output(), self);
            self.leave(catcher.get("Next"), shape);
        }
    }

    fn leave(&mut self, name: Option<&Node>, output: Shape) {
        let to = target(self.outline, self.state.scope.0 as usize, name);
        self.exits.extend(to.map(|to| (to, output)));
    }

    /// What the children of a Distributed Map begin with depends on readers and batches.
    fn enter_blocks(&mut self, input: Shape) {
        let input = if is_distributed(self.state) { Shape::Anything } else { input };
        for block in self.state.blocks.iter().map(|block| block.0 as usize) {
            let start = self.outline.scopes[block].section.get("StartAt");
            self.exits.extend(target(self.outline, block, start).map(|to| (to, input.clone())));
        }
    }

    fn items_of(&self, name: &str) -> Vec<(&'a Node, Place)> {
        match self.state.section.field(name) {
            Some((Node { kind: NodeKind::Array(items), .. }, place)) => {
                items.iter().enumerate().map(|(at, item)| (item, place.item(at, item))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// `InputPath` or `OutputPath`.
    fn selection(&mut self, name: &str, shape: &Shape) -> Shape {
        match self.state.section.field(name) {
            None => shape.clone(),
            Some((Node { kind: NodeKind::Null, .. }, _)) => Shape::object(Members::new()),
            Some((node, place)) => self.expression(node, &place, shape),
        }
    }

    /// A template of the state, applied to what has this shape.
    fn field(&mut self, name: &str, shape: &Shape) -> Option<Shape> {
        let (node, place) = self.state.section.field(name)?;
        Some(self.template(node, &place, shape))
    }

    fn member(&mut self, node: &Node, place: &Place, name: &str, shape: &Shape) {
        if let Some(inner) = node.get(name) {
            self.template(inner, &place.named(name, inner), shape);
        }
    }

    fn template(&mut self, node: &Node, place: &Place, shape: &Shape) -> Shape {
        self.work += 1;
        match &node.kind {
            NodeKind::Object(members) => {
                let mut part = |member: &Member| {
                    let place = place.member(member);
                    match member.key.strip_suffix(".$") {
                        Some(name) => (name.into(), self.expression(&member.node, &place, shape)),
                        None => (member.key.clone(), self.template(&member.node, &place, shape)),
                    }
                };
                Shape::object(members.iter().map(&mut part).collect())
            }
            NodeKind::Array(items) => {
                let part = |(at, item): (usize, &Node)| self.template(item, &place.item(at, item), shape);
                Shape::array(items.iter().enumerate().map(part).collect::<Vec<_>>())
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => Shape::Leaf,
        }
    }

    /// A path or a call, applied to what has this shape.
    fn expression(&mut self, node: &Node, place: &Place, shape: &Shape) -> Shape {
        let Some(text) = node.as_str() else { return Shape::Anything };
        self.work += 1 + text.len() / 32;
        if *shape == Shape::Anything {
            return Shape::Anything;
        }
        if Call::is_meant(text) {
            let Ok(call) = Call::parse(text) else { return Shape::Anything };
            let mut paths = Vec::new();
            call.paths(&mut paths);
            paths.into_iter().for_each(|path| drop(self.path(path, place, shape)));
            return Shape::Anything;
        }
        Path::parse(text).map_or(Shape::Anything, |path| self.path(&path, place, shape))
    }

    fn path(&mut self, path: &Path, place: &Place, shape: &Shape) -> Shape {
        if *path.root() != Root::Input {
            return Shape::Anything;
        }
        match shape.at(path) {
            Found::AtMost(shape) => shape,
            Found::Nothing => {
                self.misses.push((path.text().to_owned(), place.clone()));
                Shape::Anything
            }
        }
    }

    /// A Choice rule with the rules inside it.
    fn rule(&mut self, node: &Node, place: &Place, shape: &Shape, guarded: &[&str]) {
        let has_guard =
            node.get("Variable").and_then(Node::as_str).is_some_and(|it| guarded.contains(&&**it));
        for member in node.members().unwrap_or_default() {
            let place = place.member(member);
            match (&*member.key, &member.node.kind) {
                ("And" | "Or", NodeKind::Array(rules)) => {
                    for (at, inner) in rules.iter().enumerate() {
                        self.rule(inner, &place.item(at, inner), shape, guarded);
                    }
                }
                ("Not", _) => self.rule(&member.node, &place, shape, guarded),
                ("Variable", _) if has_guard => {}
                (key, _) if key == "Variable" || key.ends_with("Path") => {
                    self.expression(&member.node, &place, shape);
                }
                _ => {}
            }
        }
    }

    fn jsonata_template(&mut self, node: &Node) -> Shape {
        self.work += 1;
        match &node.kind {
            NodeKind::Object(members) => {
                let part = |member: &Member| (member.key.clone(), self.jsonata_template(&member.node));
                Shape::object(members.iter().map(part).collect())
            }
            NodeKind::Array(items) => {
                Shape::array(items.iter().map(|item| self.jsonata_template(item)).collect::<Vec<_>>())
            }
            NodeKind::String(text) if text.starts_with("{%") => {
                let inside = text.trim_start_matches("{%").trim_end_matches("%}").trim();
                if inside == "$states.input" { self.input.clone() } else { Shape::Anything }
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::String(_) => Shape::Leaf,
        }
    }
}

/// A result put where `ResultPath` says.
fn written(result_path: Option<&Node>, raw: &Shape, result: Shape) -> Shape {
    match result_path.map(|node| &node.kind) {
        None => result,
        Some(NodeKind::Null) => raw.clone(),
        Some(NodeKind::String(text)) => {
            Path::parse(text).map_or(Shape::Anything, |path| raw.with(&path, result))
        }
        Some(_) => Shape::Anything,
    }
}

/// What a rule asks for with `IsPresent`: it knows that this may be missing.
fn guarded(rule: &Node) -> Vec<&str> {
    let mut found = Vec::new();
    let mut waiting = vec![rule];
    while let Some(node) = waiting.pop() {
        if node.get("IsPresent").is_some() {
            found.extend(node.get("Variable").and_then(Node::as_str).map(|text| &**text));
        }
        waiting.extend(node.get("Not"));
        for list in ["And", "Or"] {
            if let Some(Node { kind: NodeKind::Array(items), .. }) = node.get(list) {
                waiting.extend(items);
            }
        }
    }
    found
}
