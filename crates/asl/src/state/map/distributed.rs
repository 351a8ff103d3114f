//! What a Distributed Map says beside an inline one: where its items are read from, how they are put
//! together, and where results are written (`spec/features.md` 2.17).
//!
//! Here: the rules of these fields, in both query languages. Not here: the reading and writing itself,
//! which is not built yet.

use std::ops::RangeInclusive;

use crate::definition::report::{Place, Report};
use crate::definition::section::Section;
use crate::definition::source::{Node, NodeKind};
use crate::query::jsonata::reader::{Reader, Sees};

/// LIMIT: items that a reader gives at most.
const MAX_ITEMS: u64 = 100_000_000;
/// LIMIT: bytes of one batch.
const BATCH_BYTES_MAX: u64 = 262_144;
/// LIMIT: characters of a label (AWS documentation, Map state, `Label`).
const LABEL_CHARS_MAX: usize = 40;

/// How expressions in these fields are read.
pub(super) enum Fields<'a, 'r, 't> {
    JsonPath(&'a mut Report<'t>),
    Jsonata(&'a mut Reader<'r, 't>),
}

impl<'t> Fields<'_, '_, 't> {
    fn report(&mut self) -> &mut Report<'t> {
        match self {
            Fields::JsonPath(report) => report,
            Fields::Jsonata(reader) => reader.report,
        }
    }

    /// The field that holds arguments, by its name in this language.
    fn arguments(&self) -> &'static str {
        match self {
            Fields::JsonPath(_) => "Parameters",
            Fields::Jsonata(_) => "Arguments",
        }
    }

    fn template(&mut self, section: &Section<'_>, name: &str) {
        match self {
            Fields::JsonPath(report) => drop(section.template(name, report)),
            Fields::Jsonata(reader) => drop(reader.template(section, name, Sees::Input)),
        }
    }

    /// A number, or the path or expression that gives it.
    fn number(&mut self, section: &Section<'_>, name: &str, range: RangeInclusive<u64>) {
        match self {
            Fields::Jsonata(reader) => drop(reader.integer(section, name, range)),
            Fields::JsonPath(report) => {
                let path = format!("{name}Path");
                section.at_most_one(&[name, &path], report);
                section.integer(name, range, report);
                section.reference_path(&path, report);
            }
        }
    }

    fn only(&mut self, section: &Section<'_>, names: &[&str], numbers: &[&str]) {
        let with_paths = matches!(self, Fields::JsonPath(_));
        for member in section.members() {
            let stem = if with_paths { member.key.strip_suffix("Path") } else { None };
            let is_number = |key: &str| numbers.contains(&key);
            let known =
                names.contains(&&*member.key) || is_number(&member.key) || stem.is_some_and(is_number);
            if !known {
                self.report().schema("Field is not supported".into(), &section.place.member(member));
            }
        }
    }

    fn inner<'n>(&mut self, section: &Section<'n>, name: &str) -> Option<Section<'n>> {
        let (node, place) = section.field(name)?;
        Section::read(node, place, self.report())
    }

    fn one_of(&mut self, section: &Section<'_>, name: &str, values: &[&str]) {
        if let Some(value) = section.string(name, self.report())
            && !values.contains(&&*value)
            && let Some((_, place)) = section.field(name)
        {
            let message =
                format!("The field '{name}' should have one of these values: [{}]", values.join(", "));
            self.report().schema(message, &place);
        }
    }

    /// The resource of a reader or writer: one of these actions of S3, in any partition.
    fn resource(&mut self, section: &Section<'_>, actions: &[&str]) {
        let Some(resource) = section.string("Resource", self.report()) else { return };
        let mut parts = resource.splitn(3, ':');
        let action = match (parts.next(), parts.next(), parts.next()) {
            (Some("arn"), Some(_), Some(rest)) => rest.strip_prefix("states:::s3:"),
            _ => None,
        };
        if !action.is_some_and(|action| actions.contains(&action))
            && let Some((_, place)) = section.field("Resource")
        {
            let message = format!("The resource provided {resource} is not recognized");
            self.report().schema(message, &place);
        }
    }
}

pub(super) fn check(section: &Section<'_>, mut fields: Fields<'_, '_, '_>) {
    processor_config(section, &mut fields);
    item_reader(section, &mut fields);
    item_batcher(section, &mut fields);
    result_writer(section, &mut fields);
    if let Some(label) = section.string("Label", fields.report())
        && label.chars().count() > LABEL_CHARS_MAX
        && let Some((_, place)) = section.field("Label")
    {
        let message = format!("Label must be at most {LABEL_CHARS_MAX} characters");
        fields.report().schema(message, &place);
    }
    if let Fields::JsonPath(report) = fields {
        tolerance(section, report);
    }
}

fn processor_config(section: &Section<'_>, fields: &mut Fields<'_, '_, '_>) {
    let name = if section.has("ItemProcessor") { "ItemProcessor" } else { "Iterator" };
    let processor = fields.inner(section, name);
    let Some(config) = processor.and_then(|processor| fields.inner(&processor, "ProcessorConfig")) else {
        return;
    };
    fields.only(&config, &["Mode", "ExecutionType"], &[]);
    config.require(&["ExecutionType"], fields.report());
    fields.one_of(&config, "ExecutionType", &["STANDARD", "EXPRESS"]);
}

fn item_reader(section: &Section<'_>, fields: &mut Fields<'_, '_, '_>) {
    let Some(reader) = fields.inner(section, "ItemReader") else { return };
    let arguments = fields.arguments();
    fields.only(&reader, &["Resource", arguments, "ReaderConfig"], &[]);
    reader.require(&["Resource"], fields.report());
    fields.resource(&reader, &["getObject", "listObjectsV2"]);
    fields.template(&reader, arguments);
    let Some(config) = fields.inner(&reader, "ReaderConfig") else { return };
    let names = [
        "InputType",
        "Transformation",
        "ManifestType",
        "CSVDelimiter",
        "CSVHeaderLocation",
        "CSVHeaders",
        "ItemsPointer",
    ];
    fields.only(&config, &names, &["MaxItems"]);
    fields.one_of(&config, "InputType", &["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"]);
    fields.one_of(&config, "Transformation", &["NONE", "LOAD_AND_FLATTEN"]);
    fields.one_of(&config, "ManifestType", &["ATHENA_DATA", "S3_INVENTORY"]);
    fields.one_of(&config, "CSVDelimiter", &["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"]);
    fields.one_of(&config, "CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]);
    // Recorded: 0 is refused only when the state runs.
    fields.number(&config, "MaxItems", 0..=MAX_ITEMS);
    config.string("ItemsPointer", fields.report());
    let text = |name: &str| config.get(name).and_then(Node::as_str).map(|text| &**text);
    if text("CSVHeaderLocation") == Some("GIVEN") {
        config.require(&["CSVHeaders"], fields.report());
    }
    if text("Transformation") == Some("LOAD_AND_FLATTEN") {
        config.require(&["InputType"], fields.report());
    }
    for (header, place) in config.list("CSVHeaders", fields.report()) {
        is_string(header, &place, fields.report());
    }
}

fn item_batcher(section: &Section<'_>, fields: &mut Fields<'_, '_, '_>) {
    let Some(batcher) = fields.inner(section, "ItemBatcher") else { return };
    let limits = ["MaxItemsPerBatch", "MaxInputBytesPerBatch"];
    fields.only(&batcher, &["BatchInput"], &limits);
    let paths = limits.map(|name| format!("{name}Path"));
    if !limits.iter().any(|name| batcher.has(name)) && !paths.iter().any(|name| batcher.has(name)) {
        let message = format!("One of these fields is required: [{}]", limits.join(", "));
        fields.report().schema(message, &batcher.place);
    }
    fields.number(&batcher, "MaxItemsPerBatch", 1..=MAX_ITEMS);
    fields.number(&batcher, "MaxInputBytesPerBatch", 1..=BATCH_BYTES_MAX);
    fields.template(&batcher, "BatchInput");
}

fn result_writer(section: &Section<'_>, fields: &mut Fields<'_, '_, '_>) {
    let Some(writer) = fields.inner(section, "ResultWriter") else { return };
    let arguments = fields.arguments();
    fields.only(&writer, &["Resource", arguments, "WriterConfig"], &[]);
    match writer.has("Resource") {
        true => drop(writer.require(&[arguments], fields.report())),
        false if writer.has(arguments) => drop(writer.require(&["Resource"], fields.report())),
        false if !writer.has("WriterConfig") => {
            let message = "One of these fields is required: [Resource, WriterConfig]";
            fields.report().schema(message.into(), &writer.place);
        }
        false => {}
    }
    fields.resource(&writer, &["putObject"]);
    fields.template(&writer, arguments);
    let Some(config) = fields.inner(&writer, "WriterConfig") else { return };
    fields.only(&config, &["OutputType", "Transformation"], &[]);
    fields.one_of(&config, "OutputType", &["JSON", "JSONL"]);
    fields.one_of(&config, "Transformation", &["NONE", "COMPACT", "FLATTEN"]);
}

fn tolerance(section: &Section<'_>, report: &mut Report<'_>) {
    for name in ["ToleratedFailureCount", "ToleratedFailurePercentage"] {
        let path = format!("{name}Path");
        section.at_most_one(&[name, &path], report);
        section.reference_path(&path, report);
    }
    section.integer("ToleratedFailureCount", 0..=u64::MAX, report);
    if let Some(percentage) = section.float("ToleratedFailurePercentage", 0.0, report)
        && percentage > 100.0
        && let Some((_, place)) = section.field("ToleratedFailurePercentage")
    {
        report.schema("Value must be between 0 and 100".into(), &place);
    }
}

fn is_string(node: &Node, place: &Place, report: &mut Report<'_>) {
    if !matches!(node.kind, NodeKind::String(_)) {
        report.schema("Expected value of type String".into(), place);
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::MachineType;
    use crate::definition::report::NOT_SUPPORTED_YET;

    /// What is wrong with a Distributed Map of these fields; that it does not run yet is not.
    fn check(language: &str, fields: &str) -> Vec<String> {
        let definition = format!(
            r#"{{"QueryLanguage":"{language}","StartAt":"M","States":{{"M":{{"Type":"Map","End":true,{fields}
            "ItemProcessor":{{"ProcessorConfig":{{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}},
            "StartAt":"P","States":{{"P":{{"Type":"Pass","End":true}}}}}}}}}}}}"#
        );
        let parsed = crate::parse(&definition, MachineType::Standard);
        assert!(parsed.machine.is_none());
        let findings = parsed.diagnostics.iter().filter(|told| told.code != NOT_SUPPORTED_YET);
        findings.map(|told| told.to_string().replace("SCHEMA_VALIDATION_FAILED: ", "")).collect()
    }

    #[test]
    fn a_well_formed_distributed_map_has_no_fault() {
        let json_path = r#""ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
            "ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["a"],"MaxItemsPath":"$.n"},
            "Parameters":{"Bucket.$":"$.bucket","Key":"k"}},"Label":"Rows","ToleratedFailurePercentage":2.5,
            "ItemBatcher":{"MaxItemsPerBatch":5,"MaxInputBytesPerBatchPath":"$.b","BatchInput":{"e.$":"$$.Execution.Name"}},
            "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"b","Prefix":"p"}},"#;
        assert_eq!(check("JSONPath", json_path), [""; 0]);
        let jsonata = r#""ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","ReaderConfig":{"MaxItems":"{% $states.input.n %}"},
            "Arguments":{"Bucket":"{% $states.input.bucket %}"}},"ItemBatcher":{"MaxItemsPerBatch":"{% 3 %}"},
            "ResultWriter":{"WriterConfig":{"OutputType":"JSONL","Transformation":"FLATTEN"}},"#;
        assert_eq!(check("JSONata", jsonata), [""; 0]);
    }

    #[test]
    fn each_rule_of_a_distributed_map_is_checked() {
        let fields = r#""ItemReader":{"Resource":"arn:aws:states:::sqs:getObject",
            "ReaderConfig":{"InputType":"XML","CSVHeaderLocation":"GIVEN","MaxItems":-1,"Odd":1},"Arguments":{}},
            "ItemBatcher":{},"ResultWriter":{"Parameters":{}},"ToleratedFailurePercentage":101,"#;
        assert_eq!(
            check("JSONPath", fields),
            [
                "Field is not supported at /States/M/ItemReader/Arguments",
                "The resource provided arn:aws:states:::sqs:getObject is not recognized at /States/M/ItemReader/Resource",
                "Field is not supported at /States/M/ItemReader/ReaderConfig/Odd",
                "The field 'InputType' should have one of these values: [CSV, JSON, JSONL, PARQUET, MANIFEST] at /States/M/ItemReader/ReaderConfig/InputType",
                "Value must be between 0 and 100000000 at /States/M/ItemReader/ReaderConfig/MaxItems",
                "These fields are required: [CSVHeaders] at /States/M/ItemReader/ReaderConfig",
                "One of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch] at /States/M/ItemBatcher",
                "These fields are required: [Resource] at /States/M/ResultWriter",
                "Value must be between 0 and 100 at /States/M/ToleratedFailurePercentage",
            ]
        );
    }
}
