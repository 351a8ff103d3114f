//! `QueryLanguage`, and what of the languages is not built yet.

use crate::definition::Outline;
use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::query::Language;

/// Fields that only JSONata has.
const JSONATA_ONLY: [&str; 3] = ["Arguments", "Output", "Items"];

pub(super) fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for scope in &outline.scopes {
        is_known(&scope.section, report);
        if let (Language::Jsonata, None) = (outline.language, scope.owner)
            && let Some((_, place)) = scope.section.field("QueryLanguage")
        {
            report.unsupported("JSONata", &place);
        }
    }
    for (_, state) in outline.states() {
        let section = &state.section;
        is_known(section, report);
        match (outline.language, state.language) {
            (Language::Jsonata, Language::Jsonata) => {}
            (Language::Jsonata, Language::JsonPath) => {
                let message =
                    "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
                report.schema(message.into(), &section.place);
            }
            (Language::JsonPath, Language::Jsonata) => {
                if let Some((_, place)) = section.field("QueryLanguage") {
                    report.unsupported("JSONata", &place);
                }
            }
            (Language::JsonPath, Language::JsonPath) => json_path_fields(section, report),
        }
    }
}

fn json_path_fields(section: &Section<'_>, report: &mut Report<'_>) {
    for name in JSONATA_ONLY {
        if let Some((_, place)) = section.field(name) {
            report.schema("Field is only supported when the query language is JSONata".into(), &place);
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
