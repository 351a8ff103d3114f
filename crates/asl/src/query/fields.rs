//! What a state says about its data: the fields between a state's input and its output.

use super::jsonata::fields::JsonataFields;
use super::jsonpath::reference_path::ReferencePath;
use super::jsonpath::{Path, Root};
use super::template::Template;
use super::view::bounded;
use super::{Assign, Interrupted, Stage, View};
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::definition::source::NodeKind;
use crate::error_name::RESULT_PATH_MATCH_FAILURE;
use crate::json::Document;

/// The data-flow fields of one state, in the state's query language.
#[derive(Debug)]
pub(crate) enum Fields {
    JsonPath(JsonPathFields),
    Jsonata(JsonataFields),
}

/// `spec/features.md` 2.3, left column: InputPath, Parameters, (work), ResultSelector and
/// Assign, ResultPath, OutputPath.
#[derive(Debug, Default)]
pub(crate) struct JsonPathFields {
    pub(crate) input: Selection,
    /// `Parameters` of Task, Pass and Parallel. A Map's belong to its items (`state/map`).
    pub(crate) parameters: Option<Template>,
    result_selector: Option<Template>,
    result: ResultPath,
    output: Selection,
    pub(crate) assign: Assign,
}

/// `InputPath` or `OutputPath`.
#[derive(Clone, Debug, Default)]
pub(crate) enum Selection {
    #[default]
    Whole,
    /// `null`: an empty object.
    Nothing,
    Path(Path),
}

/// Where a result goes.
#[derive(Debug, Default)]
pub(crate) enum ResultPath {
    /// `$`: the result takes the input's place.
    #[default]
    Replace,
    /// `null`: the result is dropped.
    Discard,
    Into(ReferencePath),
}

impl JsonPathFields {
    /// Reads them all; a state type that has no such field has had it refused by `check/fields`.
    pub(crate) fn read(state: &Section<'_>, report: &mut Report<'_>) -> JsonPathFields {
        JsonPathFields {
            input: Selection::read(state, "InputPath", report),
            parameters: state.template("Parameters", report),
            result_selector: state.template("ResultSelector", report),
            result: ResultPath::read(state, report),
            output: Selection::read(state, "OutputPath", report),
            assign: Assign::read(state, report),
        }
    }

    pub(crate) fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        self.input.paths(found);
        self.parameters.iter().chain(&self.result_selector).for_each(|template| template.paths(found));
        self.output.paths(found);
        self.assign.paths(found);
    }

    pub(crate) fn effective_input(&self, view: View<'_>) -> Result<Document, Interrupted> {
        let input = self.input.apply(view)?;
        view.scope.note(Stage::InputPath, &input);
        let input = match &self.parameters {
            None => input,
            Some(template) => view.write(template.evaluate(view.of(&input))?)?,
        };
        view.scope.note(Stage::Parameters, &input);
        Ok(input)
    }

    /// `view.input` is the state's raw input: that is what ResultPath writes into.
    pub(crate) fn output(&self, view: View<'_>, result: &Document) -> Result<Document, Interrupted> {
        let selected = match &self.result_selector {
            None => bounded(result.clone())?,
            Some(template) => view.write(template.evaluate(view.of(result))?)?,
        };
        view.scope.note(Stage::ResultSelector, &selected);
        let combined = self.result.combine(view, selected)?;
        view.scope.note(Stage::ResultPath, &combined);
        self.output.apply(view.of(&combined))
    }
}

impl Selection {
    pub(crate) fn read(state: &Section<'_>, name: &str, report: &mut Report<'_>) -> Selection {
        match state.get(name).map(|node| &node.kind) {
            None => Selection::Whole,
            Some(NodeKind::Null) => Selection::Nothing,
            Some(_) => match state.path(name, report) {
                Some(path) if path.is_whole() && *path.root() == Root::Input => Selection::Whole,
                Some(path) => Selection::Path(path),
                None => Selection::Whole,
            },
        }
    }

    fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        if let Selection::Path(path) = self {
            found.push(path);
        }
    }

    pub(crate) fn apply(&self, view: View<'_>) -> Result<Document, Interrupted> {
        match self {
            Selection::Whole => Ok(view.input.clone()),
            Selection::Nothing => Ok(Document::empty_object()),
            Selection::Path(path) => view.write(view.value_at(path)?),
        }
    }
}

impl ResultPath {
    pub(crate) fn read(section: &Section<'_>, report: &mut Report<'_>) -> ResultPath {
        match section.get("ResultPath").map(|node| &node.kind) {
            None => ResultPath::Replace,
            Some(NodeKind::Null) => ResultPath::Discard,
            Some(_) => match section.result_path("ResultPath", report) {
                Some(path) if path.text() != "$" => ResultPath::Into(path),
                _ => ResultPath::Replace,
            },
        }
    }

    /// `view.input` is the state's raw input.
    pub(crate) fn combine(&self, view: View<'_>, result: Document) -> Result<Document, Interrupted> {
        match self {
            ResultPath::Replace => Ok(result),
            ResultPath::Discard => Ok(view.input.clone()),
            ResultPath::Into(path) => {
                let value = view.read(&result)?.clone();
                match path.write(view.read(view.input)?, value) {
                    Ok(whole) => view.write(whole),
                    Err(_) => Err(Interrupted::failed(
                        RESULT_PATH_MATCH_FAILURE,
                        format!(
                            "Unable to apply ReferencePath {} to input {}",
                            path.text(),
                            view.input.value().to_json()
                        ),
                    )),
                }
            }
        }
    }
}
