//! `QueryLanguage`, and that each state keeps to the fields of its language.

use crate::definition::Outline;
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::query::Language;

/// Fields that only JSONata has.
const JSONATA_ONLY: [&str; 3] = ["Arguments", "Output", "Items"];

/// Fields that only JSONPath has.
const JSON_PATH_ONLY: [&str; 16] = [
    "InputPath",
    "OutputPath",
    "Parameters",
    "Result",
    "ResultPath",
    "ResultSelector",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "SecondsPath",
    "TimestampPath",
    "ItemsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
    "ErrorPath",
    "CausePath",
];

pub(super) fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for scope in &outline.scopes {
        is_known(&scope.section, report);
    }
    for (_, state) in outline.states() {
        let section = &state.section;
        is_known(section, report);
        match (outline.language, state.language) {
            (Language::Jsonata, Language::JsonPath) => {
                let message =
                    "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
                report.schema(message.into(), &section.place);
            }
            (_, Language::Jsonata) => section.only_in(Language::Jsonata, &JSON_PATH_ONLY, report),
            (Language::JsonPath, Language::JsonPath) => {
                section.only_in(Language::JsonPath, &JSONATA_ONLY, report);
            }
        }
    }
}

fn is_known(section: &Section<'_>, report: &mut Report<'_>) {
    if let Some(name) = section.string("QueryLanguage", report)
        && Language::named(&name).is_none()
        && let Some((_, place)) = section.field("QueryLanguage")
    {
        let message = "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]";
        report.schema(message.into(), &place);
    }
}
