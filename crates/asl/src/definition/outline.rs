//! The skeleton of a definition: which blocks and states there are, and which number each has.
//!
//! INVARIANT: states are numbered in the order in which their names appear in the text, over all
//! blocks; blocks likewise. Stored histories name states by these numbers, so this order is a format.

use indexmap::IndexMap;
use std::sync::Arc;

use super::report::{Place, Report, TOO_DEEPLY_NESTED};
use super::section::Section;
use super::source::{Node, NodeKind};
use super::{Scope, ScopeId, StateId};
use crate::limits::STATE_NESTING_MAX;
use crate::query::Language;

#[derive(Debug)]
pub(crate) struct Outline<'n> {
    /// The machine's `QueryLanguage`.
    pub(crate) language: Language,
    pub(crate) scopes: Vec<ScopeOutline<'n>>,
    states: Vec<StateOutline<'n>>,
}

#[derive(Debug)]
pub(crate) struct ScopeOutline<'n> {
    pub(crate) section: Section<'n>,
    pub(crate) owner: Option<StateId>,
    /// Of equal names the first; `check/names` reports the others.
    pub(crate) names: IndexMap<Arc<str>, StateId, rustc_hash::FxBuildHasher>,
}

#[derive(Debug)]
pub(crate) struct StateOutline<'n> {
    pub(crate) name: Arc<str>,
    pub(crate) scope: ScopeId,
    pub(crate) section: Section<'n>,
    pub(crate) language: Language,
    /// The blocks inside this state, in the order of the text.
    pub(crate) blocks: Vec<ScopeId>,
}

/// What the reader of one state may ask about the rest of the definition.
#[derive(Clone, Copy)]
pub(crate) struct Draft<'a> {
    outline: &'a Outline<'a>,
    scope: ScopeId,
}

impl Draft<'_> {
    /// The state of this name in the same block. None is reported by `check/transitions`.
    pub(crate) fn target(self, name: &str) -> Option<StateId> {
        self.outline.scopes[self.scope.0 as usize].names.get(name).copied()
    }
}

impl<'n> Outline<'n> {
    /// None if what is there cannot even be outlined; that is reported.
    pub(crate) fn of(root: &'n Node, report: &mut Report<'_>) -> Option<Outline<'n>> {
        let top = Section::read(root, Place::root(root), report)?;
        let language = language_of(&top).unwrap_or(Language::JsonPath);
        let mut outline = Outline { language, scopes: Vec::new(), states: Vec::new() };
        outline.add_scope(top, None, 0, report);
        Some(outline)
    }

    pub(crate) fn states(&self) -> impl Iterator<Item = (StateId, &StateOutline<'n>)> {
        self.states.iter().enumerate().map(|(at, state)| (StateId(at as u32), state))
    }

    pub(crate) fn state(&self, id: StateId) -> &StateOutline<'n> {
        &self.states[id.0 as usize]
    }

    pub(crate) fn draft<'a>(&'a self, state: &StateOutline<'_>) -> Draft<'a>
    where
        'n: 'a,
    {
        Draft { outline: self, scope: state.scope }
    }

    /// The table of blocks; none while a `StartAt` leads nowhere.
    pub(super) fn finished_scopes(&self) -> Option<Vec<Scope>> {
        let finish = |scope: &ScopeOutline<'_>| {
            let start = scope.section.get("StartAt")?.as_str()?;
            Some(Scope { start_at: *scope.names.get(start)?, owner: scope.owner })
        };
        self.scopes.iter().map(finish).collect()
    }

    fn add_scope(
        &mut self,
        section: Section<'n>,
        owner: Option<StateId>,
        depth: usize,
        report: &mut Report<'_>,
    ) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        let states = section.field("States");
        self.scopes.push(ScopeOutline { section, owner, names: IndexMap::default() });
        if depth >= STATE_NESTING_MAX {
            let place = self.scopes[id.0 as usize].section.place.clone();
            report.error(
                TOO_DEEPLY_NESTED,
                format!("States are nested more than {STATE_NESTING_MAX} levels"),
                &place,
            );
            return id;
        }
        let Some((states, place)) = states else { return id };
        let Some(states) = Section::read(states, place, report) else { return id };
        for member in states.members() {
            let state_place = states.place.member(member);
            if let Some(section) = Section::read(&member.node, state_place, report) {
                self.add_state(member.key.clone(), id, section, depth, report);
            }
        }
        id
    }

    fn add_state(
        &mut self,
        name: Arc<str>,
        scope: ScopeId,
        section: Section<'n>,
        depth: usize,
        report: &mut Report<'_>,
    ) {
        let id = StateId(self.states.len() as u32);
        let blocks = blocks_of(&section);
        self.scopes[scope.0 as usize].names.entry(name.clone()).or_insert(id);
        let language = language_of(&section).unwrap_or(self.language);
        self.states.push(StateOutline { name, scope, section, language, blocks: Vec::new() });
        for (node, place) in blocks {
            if let Some(block) = Section::read(node, place, report) {
                let block = self.add_scope(block, Some(id), depth + 1, report);
                self.states[id.0 as usize].blocks.push(block);
            }
        }
    }
}

/// A wrong `QueryLanguage` is reported by `check/query_language`.
fn language_of(section: &Section<'_>) -> Option<Language> {
    Language::named(section.get("QueryLanguage")?.as_str()?)
}

/// The blocks that a state of this kind holds: a Parallel's branches, a Map's item processor.
fn blocks_of<'n>(state: &Section<'n>) -> Vec<(&'n Node, Place)> {
    let kind = state.get("Type").and_then(Node::as_str).map_or("", |kind| kind);
    match kind {
        "Parallel" => match state.field("Branches") {
            Some((Node { kind: NodeKind::Array(branches), .. }, place)) => {
                branches.iter().enumerate().map(|(at, branch)| (branch, place.item(at, branch))).collect()
            }
            _ => Vec::new(),
        },
        "Map" => state.field("ItemProcessor").or_else(|| state.field("Iterator")).into_iter().collect(),
        _ => Vec::new(),
    }
}
