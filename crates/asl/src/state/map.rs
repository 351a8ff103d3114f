//! Map: one block for each item.

mod distributed;

use std::sync::Arc;

use distributed::Fields;

use super::task::{counted, integer, not_an_integer, not_counted};
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::definition::source::NodeKind;
use crate::definition::{ScopeId, StateOutline};
use crate::json::{Document, Value};
use crate::query::fields::Selection;
use crate::query::jsonata::reader::{Given, Reader, Sees};
use crate::query::jsonata::{Expected, Expression, States};
use crate::query::jsonpath::{Path, Root};
use crate::query::template::Template;
use crate::query::{ContextObject, Interrupted, MapItem, Scope, View, jsonata};

#[derive(Debug)]
pub struct Map {
    pub processor: ScopeId,
    pub mode: Mode,
    items: Source,
    selector: Selector,
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
    Expression(Expression),
}

/// Where the items come from.
#[derive(Debug)]
enum Source {
    /// All of the effective input.
    Whole,
    Path(Path),
    /// `Items` of a JSONata state, or else its input.
    Template(Option<jsonata::template::Template>),
}

/// What an iteration begins with: its item, unless there is an `ItemSelector` (or `Parameters` of old
/// definitions).
#[derive(Debug)]
enum Selector {
    Item,
    JsonPath(Template),
    Jsonata(jsonata::template::Template),
}

/// Fields of a Distributed Map alone.
const DISTRIBUTED_ONLY: [&str; 6] = [
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
];

/// The same, but AWS takes them of an inline Map in JSONata (recorded). They do nothing there.
const TOLERATED: [&str; 2] = ["ToleratedFailureCount", "ToleratedFailurePercentage"];

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
        require_processor(section, report);
        section.at_most_one(&["ItemSelector", "Parameters"], report);
        section.at_most_one(&["MaxConcurrency", "MaxConcurrencyPath"], report);
        let selector = section.template("ItemSelector", report).or(parameters);
        let selector = selector.map_or(Selector::Item, Selector::JsonPath);
        let items = section.reference_path("ItemsPath", report).map_or(Source::Whole, Source::Path);
        let concurrency = match section.reference_path("MaxConcurrencyPath", report) {
            Some(path) => Concurrency::Path(path),
            None => Concurrency::AtMost(section.integer("MaxConcurrency", 0..=u64::MAX, report).unwrap_or(0)),
        };
        let distributed_only = [&DISTRIBUTED_ONLY[..], &TOLERATED[..]].concat();
        let mode = read_mode(section, &distributed_only, report);
        if mode == Mode::Distributed {
            distributed::check(section, Fields::JsonPath(report));
        }
        Some(Map { processor: *state.blocks.first()?, mode, items, selector, concurrency, input })
    }

    pub(crate) fn read_jsonata(state: &StateOutline<'_>, reader: &mut Reader<'_, '_>) -> Option<Map> {
        let section = &state.section;
        require_processor(section, reader.report);
        if let Some((node, place)) = section.field("Items")
            && matches!(node.kind, NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_))
        {
            reader.report.schema("Expected value of type Array".into(), &place);
        }
        let items = Source::Template(reader.template(section, "Items", Sees::Input));
        let selector = reader.template(section, "ItemSelector", Sees::Input);
        let concurrency = match reader.integer(section, "MaxConcurrency", 0..=u64::MAX) {
            Some(Given::Expression(expression)) => Concurrency::Expression(expression),
            Some(Given::Literal(limit)) => Concurrency::AtMost(limit),
            None => Concurrency::AtMost(0),
        };
        for (name, most) in TOLERATED.into_iter().zip([u64::MAX, 100]) {
            reader.integer(section, name, 0..=most);
        }
        let mode = read_mode(section, &DISTRIBUTED_ONLY, reader.report);
        if mode == Mode::Distributed {
            distributed::check(section, Fields::Jsonata(reader));
        }
        Some(Map {
            processor: *state.blocks.first()?,
            mode,
            items,
            selector: selector.map_or(Selector::Item, Selector::Jsonata),
            concurrency,
            input: Selection::Whole,
        })
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        if let Source::Path(path) = &self.items {
            found.push(path);
        }
        if let Selector::JsonPath(template) = &self.selector {
            template.paths(found);
        }
        if let Concurrency::Path(path) = &self.concurrency {
            found.push(path);
        }
    }

    /// The items of this entry of the state: `ItemsPath` on the effective input, or `Items`.
    pub fn items(&self, state: &crate::State, scope: &Scope<'_>) -> Result<Items, Interrupted> {
        let input = state.effective_input(scope)?;
        let view = state.view(scope).of(&input);
        let path = match &self.items {
            Source::Whole => {
                return items_of(view.read(&input)?.clone()).ok_or_else(|| must_point_to_array("$"));
            }
            Source::Template(template) => return jsonata_items(template.as_ref(), view),
            Source::Path(path) => path,
        };
        let value = view.value_at(path)?;
        // No object of the context object is a collection (recorded), as the data's own are.
        let is_object_of_context = *path.root() == Root::Context && value.as_object().is_some();
        let items = if is_object_of_context { None } else { items_of(value) };
        items.ok_or_else(|| must_point_to_array(path.text()))
    }

    /// `MaxConcurrency` or `MaxConcurrencyPath`; 0 means no limit of the user's.
    pub fn max_concurrency(&self, scope: &Scope<'_>) -> Result<u64, Interrupted> {
        let path = match &self.concurrency {
            Concurrency::AtMost(limit) => return Ok(*limit),
            Concurrency::Path(path) => path,
            Concurrency::Expression(expression) => {
                let value = expression.typed(States::before(scope), Expected::Number)?;
                let limit = counted(&value, 0..=u64::MAX);
                return limit.ok_or_else(|| expression.refused(not_counted("MaxConcurrency", &value)));
            }
        };
        let view = View { scope, input: scope.input };
        let input = self.input.apply(view)?;
        let value = view.of(&input).value_at(path)?;
        // AWS reads a text of digits here, too: recorded with a variable.
        let limit = integer(&value).or_else(|| value.as_str()?.parse().ok());
        let limit = limit.ok_or_else(|| not_an_integer("MaxConcurrencyPath", &value, path))?;
        u64::try_from(limit).map_err(|_| Interrupted::runtime("MaxConcurrency cannot be negative.".into()))
    }

    /// Whether an iteration begins with something else than its item.
    pub fn has_item_selector(&self) -> bool {
        !matches!(self.selector, Selector::Item)
    }

    /// Input of one iteration: the item, or `ItemSelector` (`Parameters`) with `$$.Map.Item` bound.
    pub fn item_input(
        &self,
        state: &crate::State,
        scope: &Scope<'_>,
        item: &MapItem,
    ) -> Result<Document, Interrupted> {
        let context = ContextObject { map_item: Some(item), ..scope.context.clone() };
        let selector = match &self.selector {
            Selector::Item => return state.view(scope).write(item.value.clone()),
            Selector::Jsonata(selector) => {
                return selector.evaluate(States::before(&Scope { context: &context, ..*scope }));
            }
            Selector::JsonPath(selector) => selector,
        };
        let input = state.effective_input(scope)?;
        let scope = Scope { context: &context, ..*scope };
        let view = state.view(&scope).of(&input);
        view.write(selector.evaluate(view)?)
    }
}

fn require_processor(section: &Section<'_>, report: &mut Report<'_>) {
    if !section.has("Iterator") {
        section.require(&["ItemProcessor"], report);
    }
    section.at_most_one(&["ItemProcessor", "Iterator"], report);
}

/// Recorded: an expression and the input must give an array. An object is taken where the definition has
/// it written out.
fn jsonata_items(
    template: Option<&jsonata::template::Template>,
    view: View<'_>,
) -> Result<Items, Interrupted> {
    let states = States::before(view.scope);
    let items = match template {
        Some(jsonata::template::Template::Expression(expression)) => {
            expression.typed(states, Expected::Array)?
        }
        Some(template) => template.evaluate(states)?.value().clone(),
        None => match view.read(view.input)? {
            Value::Array(items) => Value::Array(items.clone()),
            other => {
                let cause = format!("Map state input must be an array but was: {}", other.to_json());
                return Err(jsonata::failure(cause, None));
            }
        },
    };
    let shown = || format!("Items must be an array or an object but was: {}", items.to_json());
    items_of(items.clone()).ok_or_else(|| jsonata::failure(shown(), Some("Items".into())))
}

fn read_mode(section: &Section<'_>, distributed_only: &[&str], report: &mut Report<'_>) -> Mode {
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
        for name in distributed_only {
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
