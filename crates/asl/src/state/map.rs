//! Map: one block for each item.

use std::sync::Arc;

use super::task::{integer, not_an_integer};
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::definition::{ScopeId, StateOutline};
use crate::json::{Document, Value};
use crate::query::fields::Selection;
use crate::query::jsonpath::{Path, Root};
use crate::query::template::Template;
use crate::query::{ContextObject, Interrupted, MapItem, Scope, View};

#[derive(Debug)]
pub struct Map {
    pub processor: ScopeId,
    pub mode: Mode,
    items: Option<Path>,
    /// `ItemSelector`, or `Parameters` of old definitions.
    selector: Option<Template>,
    concurrency: Concurrency,
    /// Paths are applied to what InputPath leaves.
    input: Selection,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Inline,
    Distributed,
}

#[derive(Debug)]
enum Concurrency {
    AtMost(u64),
    Path(Path),
}

/// What a Map iterates over.
#[derive(Clone, Debug)]
pub enum Items {
    Array(Arc<Vec<Value>>),
    /// An object: each item has the key too (`Map.Item.Key`).
    Object(Vec<(Arc<str>, Value)>),
}

impl Map {
    /// `parameters` is the state's `Parameters`, which old definitions use for `ItemSelector`.
    pub(crate) fn read(
        state: &StateOutline<'_>,
        parameters: Option<Template>,
        input: Selection,
        report: &mut Report<'_>,
    ) -> Option<Map> {
        let section = &state.section;
        if !section.has("Iterator") {
            section.require(&["ItemProcessor"], report);
        }
        section.at_most_one(&["ItemProcessor", "Iterator"], report);
        section.at_most_one(&["ItemSelector", "Parameters"], report);
        section.at_most_one(&["MaxConcurrency", "MaxConcurrencyPath"], report);
        let selector = section.template("ItemSelector", report).or(parameters);
        let items = section.reference_path("ItemsPath", report);
        let concurrency = match section.reference_path("MaxConcurrencyPath", report) {
            Some(path) => Concurrency::Path(path),
            None => Concurrency::AtMost(section.integer("MaxConcurrency", 0..=u64::MAX, report).unwrap_or(0)),
        };
        let mode = read_mode(section, report);
        Some(Map { processor: *state.blocks.first()?, mode, items, selector, concurrency, input })
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        found.extend(&self.items);
        self.selector.iter().for_each(|template| template.paths(found));
        if let Concurrency::Path(path) = &self.concurrency {
            found.push(path);
        }
    }

    /// The items of this entry of the state: `ItemsPath` on the effective input, or `Items`.
    pub fn items(&self, state: &crate::State, scope: &Scope<'_>) -> Result<Items, Interrupted> {
        let input = state.effective_input(scope)?;
        let view = state.view(scope).of(&input);
        let Some(path) = &self.items else {
            return items_of(view.read(&input)?.clone()).ok_or_else(|| must_point_to_array("$"));
        };
        let value = view.value_at(path)?;
        // The context object itself is no collection, though it is an object.
        let is_context = path.is_whole() && *path.root() == Root::Context;
        let items = if is_context { None } else { items_of(value) };
        items.ok_or_else(|| must_point_to_array(path.text()))
    }

    /// `MaxConcurrency` or `MaxConcurrencyPath`; 0 means no limit of the user's.
    pub fn max_concurrency(&self, scope: &Scope<'_>) -> Result<u64, Interrupted> {
        let path = match &self.concurrency {
            Concurrency::AtMost(limit) => return Ok(*limit),
            Concurrency::Path(path) => path,
        };
        let view = View { scope, input: scope.input };
        let input = self.input.apply(view)?;
        let value = view.of(&input).value_at(path)?;
        // AWS reads a text of digits here, too: recorded with a variable.
        let limit = integer(&value).or_else(|| value.as_str()?.parse().ok());
        let limit = limit.ok_or_else(|| not_an_integer("MaxConcurrencyPath", &value, path))?;
        u64::try_from(limit).map_err(|_| Interrupted::runtime("MaxConcurrency cannot be negative.".into()))
    }

    /// Input of one iteration: the item, or `ItemSelector` (`Parameters`) with `$$.Map.Item` bound.
    pub fn item_input(
        &self,
        state: &crate::State,
        scope: &Scope<'_>,
        item: &MapItem,
    ) -> Result<Document, Interrupted> {
        let Some(selector) = &self.selector else {
            return state.view(scope).write(item.value.clone());
        };
        let input = state.effective_input(scope)?;
        let context = ContextObject { map_item: Some(item), ..scope.context.clone() };
        let scope = Scope { context: &context, ..*scope };
        let view = state.view(&scope).of(&input);
        view.write(selector.evaluate(view)?)
    }
}

fn read_mode(section: &Section<'_>, report: &mut Report<'_>) -> Mode {
    let processor = section.field("ItemProcessor").or_else(|| section.field("Iterator"));
    let mode = processor.and_then(|(node, place)| {
        let (config, place) = Section::read(node, place, report)?.field("ProcessorConfig")?;
        let config = Section::read(config, place, report)?;
        let (_, place) = config.field("Mode")?;
        match &*config.string("Mode", report)? {
            "INLINE" => Some(Mode::Inline),
            "DISTRIBUTED" => {
                report.unsupported("Distributed Map", &place);
                Some(Mode::Distributed)
            }
            _ => {
                let message = "The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED]";
                report.schema(message.into(), &place);
                None
            }
        }
    });
    let mode = mode.unwrap_or(Mode::Inline);
    if mode == Mode::Inline {
        const DISTRIBUTED_ONLY: [&str; 8] = [
            "ItemReader",
            "ItemBatcher",
            "ResultWriter",
            "Label",
            "ToleratedFailureCount",
            "ToleratedFailureCountPath",
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
        ];
        for name in DISTRIBUTED_ONLY {
            if let Some((_, place)) = section.field(name) {
                report.schema("Field is only supported when the Mode is DISTRIBUTED".into(), &place);
            }
        }
    }
    mode
}

fn items_of(value: Value) -> Option<Items> {
    match value {
        Value::Array(items) => Some(Items::Array(items)),
        Value::Object(members) => {
            Some(Items::Object(members.iter().map(|(key, value)| (key.clone(), value.clone())).collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// AWS names a context path by what follows its first `$`.
fn must_point_to_array(path: &str) -> Interrupted {
    let path = path.strip_prefix('$').filter(|rest| rest.starts_with('$')).unwrap_or(path);
    Interrupted::runtime(format!("Reference path \"{path}\" must point to array."))
}
