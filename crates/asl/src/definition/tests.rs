use proptest::prelude::*;

use super::*;
use crate::limits::{FINDINGS_BYTES_MAX, FINDINGS_MAX};

/// The findings of severity error, as AWS writes them.
fn check(definition: &str) -> Vec<String> {
    let parsed = parse(definition, MachineType::Standard);
    let errors = parsed.diagnostics.iter().filter(|finding| finding.severity == crate::Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    assert_eq!(parsed.machine.is_none(), !errors.is_empty(), "{definition}");
    errors
}

/// A machine of one state `S` with these fields.
fn state(fields: &str) -> Vec<String> {
    check(&format!(r#"{{"StartAt":"S","States":{{"S":{{{fields}}}}}}}"#))
}

const ACTIVITY: &str =
    r#""Type":"Task","End":true,"Resource":"arn:aws:states:us-east-1:123456789012:activity:a""#;

#[test]
fn what_is_no_definition_is_refused_as_aws_does() {
    assert_eq!(check(""), ["SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"]);
    assert_eq!(check("[]"), ["SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object"]);
    assert_eq!(check("{}"), ["SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"]);
    let findings = parse("not a definition", MachineType::Standard).diagnostics;
    assert_eq!(findings[0].code, "INVALID_JSON_DESCRIPTION");
    assert_eq!(
        findings[0].message,
        "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n \
         at [Source: (String)\"not a definition\"; line: 1, column: 4]"
    );
    assert_eq!(
        findings[0].location.as_deref(),
        Some("[Source: (String)\"not a definition\"; line: 1, column: 4]")
    );
    assert!(check(&"[".repeat(5_000))[0].starts_with("TOO_DEEPLY_NESTED: "));
}

#[test]
fn every_finding_is_reported_with_its_place() {
    assert_eq!(
        state(r#""Type":"Wait","Timestamp":"2016-13-05T21:29:29Z","Nexxt":"X","OutputPath":"$.a[""#),
        [
            "SCHEMA_VALIDATION_FAILED: Field is not supported at /States/S/Nexxt",
            "SCHEMA_VALIDATION_FAILED: One of these fields is required: [Next, End] at /States/S",
            "MISSING_END_STATE: Workflow has no terminal state",
            "SCHEMA_VALIDATION_FAILED: Value is not a valid JSONPath: expected `'`, an index, `*` or `?` after `[` \
             at character 5 at /States/S/OutputPath",
            "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/S/Timestamp",
        ]
    );
    let findings =
        parse("{\n \"StartAt\": \"S\",\n \"States\": {\"S\": {\"Type\": \"Nope\"}}}", MachineType::Standard)
            .diagnostics;
    assert_eq!(
        findings[0].to_string(),
        "SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: \
         [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/S/Type"
    );
    let position = findings[0].position.unwrap();
    assert_eq!((position.line, position.column), (3, 27));
}

#[test]
fn transitions_lead_somewhere() {
    assert_eq!(
        check(
            r#"{"StartAt":"a","States":{"a":{"Type":"Pass","Next":"gone"},"b":{"Type":"Pass","End":true},
               "c":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"also gone"}]}}}"#
        ),
        [
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: gone at /States/a/Next",
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: also gone at /States/c/Choices[0]/Next",
            "MISSING_TRANSITION_TARGET: State \"b\" is not reachable. at /States/b",
            "MISSING_TRANSITION_TARGET: State \"c\" is not reachable. at /States/c",
        ]
    );
    assert_eq!(
        check(r#"{"StartAt":"a","States":{"a":{"Type":"Pass","Next":"b"},"b":{"Type":"Pass","Next":"a"}}}"#),
        ["MISSING_END_STATE: Workflow has no terminal state"]
    );
}

#[test]
fn names_and_keys_are_unique() {
    assert_eq!(
        check(
            r#"{"StartAt":"a","States":{"a":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"a","States":{"a":{"Type":"Succeed"}}}]}}}"#
        ),
        ["DUPLICATE_STATE_NAME: Duplicate State name: a at /States/a/Branches[0]/States/a"]
    );
    assert_eq!(
        check(r#"{"StartAt":"a","States":{"a":{"Type":"Succeed"},"a":{"Type":"Succeed"}}}"#),
        ["DUPLICATE_STATE_NAME: Duplicate State name: a at /States/a"]
    );
    assert!(
        state(r#""Type":"Succeed","Type":"Fail""#)[0]
            .starts_with("INVALID_JSON_DESCRIPTION: Duplicate field 'Type'\n at [Source:")
    );
    assert_eq!(state(r#""Type":"Pass","End":true,"Parameters":{"a":1,"a.$":"$"}"#).len(), 1);
    let long = "x".repeat(81);
    assert!(
        check(&format!(r#"{{"StartAt":"{long}","States":{{"{long}":{{"Type":"Succeed"}}}}}}"#))[0]
            .starts_with("INVALID_STATE_NAME")
    );
}

#[test]
fn expressions_are_read_when_the_definition_is() {
    assert_eq!(
        state(
            r#""Type":"Pass","End":true,"Parameters":{"parsed.$":"$.a[","called.$":"States.UUID(1)","not.$":1}"#
        ),
        [
            "SCHEMA_VALIDATION_FAILED: The value for the field 'parsed.$' must be a valid JSONPath or a valid \
             intrinsic function call at /States/S/Parameters",
            "SCHEMA_VALIDATION_FAILED: The value for the field 'called.$' must be a valid JSONPath or a valid \
             intrinsic function call at /States/S/Parameters",
            "SCHEMA_VALIDATION_FAILED: The value for the field 'not.$' must be a valid JSONPath or a valid \
             intrinsic function call at /States/S/Parameters",
        ]
    );
    assert_eq!(
        state(r#""Type":"Pass","End":true,"Parameters":{"u":[{"u.$":"States.UUID()"}]}"#),
        [""; 0],
        "calls are read at any depth"
    );
    assert_eq!(
        state(r#""Type":"Fail","ErrorPath":"States.UUID()","CausePath":"States.MathAdd(1,2)""#),
        [
            "SCHEMA_VALIDATION_FAILED: The value for the field 'CausePath' must be a valid JSONPath or a valid \
             intrinsic function call at /States/S"
        ],
        "only calls that can give a string"
    );
    assert_eq!(
        state(r#""Type":"Pass","End":true,"InputPath":"States.Array()""#).len(),
        1,
        "only in templates"
    );
    assert_eq!(
        state(r#""Type":"Pass","End":true,"ResultPath":"$.a[*]""#),
        [
            "SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: expected only names and single indexes at /States/S/ResultPath"
        ]
    );
}

#[test]
fn what_is_not_built_yet_is_no_fault_and_still_refused() {
    let check = |fields: &str| {
        let parsed =
            parse(&format!(r#"{{"StartAt":"S","States":{{"S":{{{fields}}}}}}}"#), MachineType::Standard);
        assert!(parsed.machine.is_none());
        assert!(parsed.diagnostics.iter().all(|told| told.severity == crate::Severity::Warning));
        parsed.refusals().map(ToString::to_string).collect::<Vec<String>>()
    };
    let not_yet = |feature: &str, place: &str| {
        vec![format!("NOT_SUPPORTED_YET: Stairway does not support {feature} yet at {place}")]
    };
    assert_eq!(
        check(
            r#""Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"i","States":{"i":{"Type":"Succeed"}}}"#
        ),
        not_yet("Distributed Map", "/States/S/ItemProcessor/ProcessorConfig/Mode")
    );
}

#[test]
fn credentials_name_a_role() {
    let missing =
        "SCHEMA_VALIDATION_FAILED: The field 'RoleArn' is required but was missing at /States/S/Credentials";
    let check = |credentials: &str| state(&format!(r#"{ACTIVITY},"Credentials":{credentials}"#));
    assert_eq!(check(r#"{"RoleArn":"arn:role"}"#), [""; 0]);
    assert_eq!(check(r#"{"RoleArn.$":"$.role"}"#), [""; 0]);
    assert_eq!(check("{}"), [missing]);
    assert_eq!(check(r#"{"Role":"r"}"#), [missing]);
    let at = "at /States/S/Credentials";
    assert_eq!(
        check(r#"{"RoleArn":7}"#),
        [format!("SCHEMA_VALIDATION_FAILED: Expected value of type String {at}/RoleArn")]
    );
    let path =
        "The value for the field 'RoleArn.$' must be a valid JSONPath or a valid intrinsic function call";
    assert_eq!(check(r#"{"RoleArn.$":"role"}"#), [format!("SCHEMA_VALIDATION_FAILED: {path} {at}")]);
}

#[test]
fn retriers_and_catchers_are_checked() {
    assert_eq!(state(&format!(r#"{ACTIVITY},"Retry":[],"Catch":[]"#)), [""; 0]);
    assert_eq!(
        state(&format!(
            r#"{ACTIVITY},"Retry":[{{"ErrorEquals":["States.ALL","E"]}},{{"ErrorEquals":[],"BackoffRate":0.5}}],"Catch":[{{}}]"#
        )),
        [
            "SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and in the last element at /States/S/Retry[0]/ErrorEquals[0]",
            "SCHEMA_VALIDATION_FAILED: Value must be at least 1.0 at /States/S/Retry[1]/BackoffRate",
            "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/S/Retry[1]/ErrorEquals",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/S/Catch[0]",
            "SCHEMA_VALIDATION_FAILED: These fields are required: [ErrorEquals] at /States/S/Catch[0]",
        ]
    );
}

#[test]
fn express_machines_refuse_what_only_standard_has() {
    let definition = format!(r#"{{"StartAt":"S","States":{{"S":{{{ACTIVITY}}}}}}}"#);
    let findings = parse(&definition, MachineType::Express).diagnostics;
    assert_eq!(
        findings[0].to_string(),
        "SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at /States/S/Resource"
    );
}

#[test]
fn what_is_probably_not_meant_is_only_a_warning() {
    let parsed = parse(
        r#"{"StartAt":"S","States":{"S":{"Type":"Pass","End":true,"Parameters":{"a":"$.b"},"Result":{"c.$":"$.d"}}}}"#,
        MachineType::Standard,
    );
    assert!(parsed.machine.is_some());
    let codes: Vec<&str> = parsed.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["NO_DOLLAR", "PASS_RESULT_IS_STATIC"]);
}

#[test]
fn states_and_blocks_are_numbered_in_the_order_of_the_text() {
    let definition = r#"{"States":{
        "first":{"Type":"Parallel","Branches":[
            {"StartAt":"in1","States":{"in1":{"Type":"Map","End":true,"Iterator":{"StartAt":"deep","States":{"deep":{"Type":"Succeed"}}}}}},
            {"StartAt":"in2","States":{"in2":{"Type":"Succeed"}}}],"Next":"last"},
        "last":{"Type":"Succeed"}},"StartAt":"first"}"#;
    let machine = parse(definition, MachineType::Standard).machine.unwrap();
    let names: Vec<&str> = machine.states.iter().map(|state| &*state.name).collect();
    assert_eq!(names, ["first", "in1", "deep", "in2", "last"]);
    let owners: Vec<Option<u32>> =
        machine.scopes.iter().map(|scope| scope.owner.map(|owner| owner.0)).collect();
    assert_eq!(owners, [None, Some(0), Some(1), Some(0)]);
    let starts: Vec<u32> = machine.scopes.iter().map(|scope| scope.start_at.0).collect();
    assert_eq!(starts, [0, 1, 2, 3]);
    assert_eq!(machine.states[0].transition, crate::Transition::Next(StateId(4)));
    assert_eq!(machine.states[2].scope, ScopeId(2));
}

#[test]
fn deep_definitions_are_refused_without_harm() {
    let nested_maps = |levels: usize| {
        let mut block = r#"{"StartAt":"end","States":{"end":{"Type":"Succeed"}}}"#.to_owned();
        for level in 0..levels {
            block = format!(
                r#"{{"StartAt":"m{level}","States":{{"m{level}":{{"Type":"Map","End":true,"ItemProcessor":{block}}}}}}}"#
            );
        }
        block
    };
    assert_eq!(check(&nested_maps(20)), [""; 0]);
    assert!(check(&nested_maps(70)).iter().any(|finding| finding.starts_with("TOO_DEEPLY_NESTED")));
    let nested_nots =
        format!("{}{}{}", "{\"Not\":".repeat(900), r#"{"Variable":"$","IsNull":true}"#, "}".repeat(900));
    let choice = format!(
        r#"{{"StartAt":"c","States":{{"c":{{"Type":"Choice","Choices":[{{"Not":{nested_nots},"Next":"end"}}]}},"end":{{"Type":"Succeed"}}}}}}"#
    );
    assert_eq!(check(&choice), [""; 0]);
    let template = format!("{}1{}", "[".repeat(900), "]".repeat(900));
    assert_eq!(
        state(&format!(r#""Type":"Pass","End":true,"Parameters":{template},"Result":{template}"#)),
        [""; 0]
    );
}

/// Something that looks like a part of a definition, mostly wrong.
fn any_part() -> impl Strategy<Value = String> {
    const SCALARS: [&str; 24] = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e99",
        "\"\"",
        "\"Pass\"",
        "\"Task\"",
        "\"Choice\"",
        "\"Map\"",
        "\"Parallel\"",
        "\"Wait\"",
        "\"Fail\"",
        "\"a\"",
        "\"b\"",
        "\"$\"",
        "\"$.a[0]\"",
        "\"$$.x\"",
        "\"$..*\"",
        "\"States.UUID()\"",
        "\"JSONata\"",
        "\"States.ALL\"",
        "\"2020-01-01T00:00:00Z\"",
    ];
    const KEYS: [&str; 34] = [
        "StartAt",
        "States",
        "a",
        "b",
        "Type",
        "Next",
        "End",
        "Choices",
        "Default",
        "Variable",
        "And",
        "Not",
        "NumericEquals",
        "StringEqualsPath",
        "Branches",
        "ItemProcessor",
        "Iterator",
        "ItemSelector",
        "ItemsPath",
        "Parameters",
        "Result",
        "ResultPath",
        "InputPath",
        "x.$",
        "Retry",
        "Catch",
        "ErrorEquals",
        "BackoffRate",
        "Seconds",
        "Timestamp",
        "ErrorPath",
        "QueryLanguage",
        "ProcessorConfig",
        "Credentials",
    ];
    let scalar = proptest::sample::select(&SCALARS[..]).prop_map(str::to_owned);
    scalar.prop_recursive(6, 60, 6, |inner| {
        let member = (proptest::sample::select(&KEYS[..]), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec(member, 0..6).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_definition_makes_the_reader_panic(
        fields in proptest::collection::vec((prop_oneof![Just("a"), Just("b")], any_part()), 0..4),
        start in any_part(),
    ) {
        let states: Vec<String> = fields.iter().map(|(name, part)| format!("\"{name}\":{part}")).collect();
        check(&format!(r#"{{"StartAt":{start},"States":{{{}}}}}"#, states.join(",")));
        for (_, part) in &fields {
            check(part);
        }
    }
}

#[test]
fn findings_are_bounded_and_an_error_is_always_among_them() {
    let warned =
        |at: usize| format!(r#""S{at}":{{"Type":"Pass","Parameters":{{"a":"$.b"}},"Next":"S{}"}},"#, at + 1);
    let states: String = (0..1_500).map(warned).collect();
    let with_last = |last: &str| {
        parse(&format!(r#"{{"StartAt":"S0","States":{{{states}"S1500":{last}}}}}"#), MachineType::Standard)
    };
    let fine = with_last(r#"{"Type":"Succeed"}"#);
    assert!(fine.machine.is_some());
    assert_eq!((fine.diagnostics.len(), fine.left_out), (FINDINGS_MAX, 500));
    let wrong = with_last(r#"{"Type":"Wait","Seconds":-1,"End":true}"#);
    assert!(wrong.machine.is_none());
    assert_eq!((wrong.diagnostics.len(), wrong.left_out), (FINDINGS_MAX, 501));
    assert_eq!(wrong.diagnostics.last().unwrap().code, SCHEMA_VALIDATION_FAILED);
}

#[test]
fn what_is_not_built_yet_is_told_however_many_warnings_there_are() {
    let warned =
        |at: usize| format!(r#""S{at}":{{"Type":"Pass","Parameters":{{"a":"$.b"}},"Next":"S{}"}},"#, at + 1);
    let states: String = (0..1_500).map(warned).collect();
    let with_last = |more: &str| {
        let definition = format!(
            r#"{{"StartAt":"S0","States":{{{states}"S1500":{{"Type":"Map","End":true,"ItemProcessor":{{
                "ProcessorConfig":{{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}},
                "StartAt":"i","States":{{"i":{{"Type":"Succeed"}}}}}}{more}}}}}}}"#
        );
        parse(&definition, MachineType::Standard)
    };
    let refused = with_last("");
    assert!(refused.machine.is_none());
    assert_eq!(refused.diagnostics.len(), FINDINGS_MAX);
    let codes: Vec<&str> = refused.refusals().map(|told| told.code).collect();
    assert_eq!(codes, ["NOT_SUPPORTED_YET"]);
    let wrong = with_last(r#","MaxConcurrency":-1"#);
    assert_eq!(wrong.diagnostics.len(), FINDINGS_MAX);
    let refusals: Vec<&str> = wrong.refusals().map(|told| told.code).collect();
    assert_eq!(refusals, [SCHEMA_VALIDATION_FAILED]);
    assert!(wrong.diagnostics.iter().any(|told| told.code == "NOT_SUPPORTED_YET"));
}

#[test]
fn long_names_are_not_told_without_end() {
    let states: String = (0..2_000).map(|at| format!(r#""S{at}":{{"Type":"Pass"}},"#)).collect();
    let name = "n".repeat(100_000);
    let definition = format!(
        r#"{{"StartAt":"{name}","States":{{"{name}":{{"Type":"Parallel","End":true,"Branches":[
            {{"StartAt":"S","States":{{{states}"S":{{"Type":"Succeed"}}}}}}]}}}}}}"#
    );
    let parsed = parse(&definition, MachineType::Standard);
    let bytes: usize = parsed.diagnostics.iter().map(|finding| finding.to_string().len()).sum();
    assert!(parsed.machine.is_none());
    assert!(bytes < 2 * FINDINGS_BYTES_MAX, "{bytes}");
}
