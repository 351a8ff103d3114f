//! Which fields a block and each type of state may and must have.

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::definition::source::Node;
use crate::definition::{Outline, StateOutline};

const TYPES: [&str; 8] = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

/// Fields of every state.
const COMMON: [&str; 3] = ["Type", "Comment", "QueryLanguage"];

/// Fields of each type of state, over both query languages (`spec/features.md` 2.2).
const BY_TYPE: [(&str, &[&str]); 8] = [
    (
        "Task",
        &[
            "Resource",
            "Next",
            "End",
            "Parameters",
            "Arguments",
            "InputPath",
            "OutputPath",
            "ResultSelector",
            "ResultPath",
            "Output",
            "Assign",
            "Retry",
            "Catch",
            "TimeoutSeconds",
            "TimeoutSecondsPath",
            "HeartbeatSeconds",
            "HeartbeatSecondsPath",
            "Credentials",
        ],
    ),
    (
        "Pass",
        &["Next", "End", "Result", "Parameters", "InputPath", "OutputPath", "ResultPath", "Output", "Assign"],
    ),
    ("Choice", &["Choices", "Default", "InputPath", "OutputPath", "Output", "Assign"]),
    (
        "Wait",
        &[
            "Seconds",
            "SecondsPath",
            "Timestamp",
            "TimestampPath",
            "Next",
            "End",
            "InputPath",
            "OutputPath",
            "Output",
            "Assign",
        ],
    ),
    ("Succeed", &["InputPath", "OutputPath", "Output"]),
    ("Fail", &["Error", "ErrorPath", "Cause", "CausePath"]),
    (
        "Parallel",
        &[
            "Branches",
            "Next",
            "End",
            "Parameters",
            "Arguments",
            "InputPath",
            "OutputPath",
            "ResultSelector",
            "ResultPath",
            "Output",
            "Assign",
            "Retry",
            "Catch",
        ],
    ),
    (
        "Map",
        &[
            "ItemProcessor",
            "Iterator",
            "Items",
            "ItemsPath",
            "ItemSelector",
            "Parameters",
            "ItemReader",
            "ItemBatcher",
            "ResultWriter",
            "MaxConcurrency",
            "MaxConcurrencyPath",
            "ToleratedFailureCount",
            "ToleratedFailureCountPath",
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
            "Label",
            "InputPath",
            "OutputPath",
            "ResultSelector",
            "ResultPath",
            "Output",
            "Assign",
            "Retry",
            "Catch",
            "Next",
            "End",
        ],
    ),
];

pub(super) fn blocks(outline: &Outline<'_>, report: &mut Report<'_>) {
    for scope in &outline.scopes {
        let section = &scope.section;
        section.require(&["States", "StartAt"], report);
        let holder = scope.owner.and_then(|owner| outline.state(owner).kind());
        let allowed: &[&str] = match holder {
            None => &["Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"],
            Some("Map") => &["Comment", "StartAt", "States", "QueryLanguage", "ProcessorConfig"],
            Some(_) => &["Comment", "StartAt", "States", "QueryLanguage"],
        };
        only(section, &[allowed], report);
        if scope.names.is_empty()
            && let Some((states, place)) = section.field("States")
            && states.members().is_some_and(<[_]>::is_empty)
        {
            report.schema("Value cannot be empty".into(), &place);
        }
        section.string("StartAt", report);
        if let Some(version) = section.string("Version", report)
            && &*version != "1.0"
            && let Some((_, place)) = section.field("Version")
        {
            report.schema("The field 'Version' should have one of these values: [1.0]".into(), &place);
        }
    }
}

pub(super) fn states(outline: &Outline<'_>, report: &mut Report<'_>) {
    for (_, state) in outline.states() {
        let section = &state.section;
        if !section.require(&["Type"], report) || section.string("Type", report).is_none() {
            continue;
        }
        match BY_TYPE.iter().find(|(kind, _)| state.kind() == Some(kind)) {
            Some((kind, fields)) => {
                only(section, &[&COMMON, fields], report);
                ends_or_goes_on(kind, section, report);
            }
            None => {
                if let Some((_, place)) = section.field("Type") {
                    let types = TYPES.join(", ");
                    report.schema(
                        format!("The field 'Type' should have one of these values: [{types}]"),
                        &place,
                    );
                }
            }
        }
        section.string("Comment", report);
    }
}

fn only(section: &Section<'_>, allowed: &[&[&str]], report: &mut Report<'_>) {
    for member in section.members() {
        if !allowed.iter().any(|names| names.contains(&&*member.key)) {
            report.schema("Field is not supported".into(), &section.place.member(member));
        }
    }
}

fn ends_or_goes_on(kind: &str, section: &Section<'_>, report: &mut Report<'_>) {
    if matches!(kind, "Choice" | "Succeed" | "Fail") {
        return;
    }
    let ends = section.boolean("End", report);
    section.string("Next", report);
    match (ends, section.has("Next")) {
        (Some(true), true) => {
            report.schema("Only one of these fields can be given: [Next, End]".into(), &section.place)
        }
        (Some(false) | None, false) => {
            report.schema("One of these fields is required: [Next, End]".into(), &section.place);
        }
        _ => {}
    }
}

impl StateOutline<'_> {
    /// The state's `Type` as it is written.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.section.get("Type").and_then(Node::as_str).map(|kind| &**kind)
    }
}
