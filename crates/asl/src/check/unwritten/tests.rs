use crate::definition::{MachineType, parse};

/// `path at /location` of every warning about data, of a machine in this language that starts at `A`.
fn check_in(language: &str, states: &str) -> Vec<String> {
    let definition = format!(r#"{{"QueryLanguage":"{language}","StartAt":"A","States":{{{states}}}}}"#);
    let parsed = parse(&definition, MachineType::Standard);
    assert!(parsed.machine.is_some(), "{:?}", parsed.diagnostics);
    let warnings = parsed.diagnostics.iter().filter(|finding| finding.code == "UNWRITTEN_DATA");
    warnings
        .map(|finding| {
            let path = finding.message.strip_prefix('\'').and_then(|text| text.split("' is read").next());
            format!("{} at {}", path.unwrap_or_default(), finding.location.as_deref().unwrap_or_default())
        })
        .collect()
}

fn check(states: &str) -> Vec<String> {
    check_in("JSONPath", states)
}

#[test]
fn what_a_template_leaves_out_is_told_where_it_is_read() {
    assert_eq!(
        check(
            r#""A":{"Type":"Pass","Parameters":{"order":{"id.$":"$.id"},"lines":[{"sku":1}]},"Next":"B"},
               "B":{"Type":"Pass","InputPath":"$.order","Parameters":{"id.$":"$.id","n.$":"States.Format('{}', $.name)"},
                    "ResultPath":"$.kept","Next":"C"},
               "C":{"Type":"Choice","Choices":[{"Not":{"Variable":"$.order.total","NumericGreaterThanPath":"$.limit"},"Next":"D"}],
                    "Default":"D"},
               "D":{"Type":"Pass","Parameters":{"a.$":"$.kept.n","b.$":"$.lines[0].sku","c.$":"$.lines[0].name",
                    "d.$":"$.lines[*].name","e.$":"$$.Execution.Input.x","f.$":"$.order.id.deeper"},"OutputPath":"$.c","Next":"E"},
               "E":{"Type":"Wait","SecondsPath":"$.anything","OutputPath":"$.more","End":true}"#
        ),
        [
            "$.name at /States/B/Parameters/n.$",
            "$.order.total at /States/C/Choices[0]/Not/Variable",
            "$.limit at /States/C/Choices[0]/Not/NumericGreaterThanPath",
            "$.lines[0].name at /States/D/Parameters/c.$",
        ]
    );
}

#[test]
fn the_message_says_what_is_read() {
    let parsed = parse(
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a":1},"Next":"B"},
            "B":{"Type":"Wait","SecondsPath":"$.b","End":true}}}"#,
        MachineType::Standard,
    );
    assert_eq!(
        parsed.diagnostics[0].to_string(),
        "UNWRITTEN_DATA: '$.b' is read, but nothing that runs before can have written it at /States/B/SecondsPath"
    );
}

#[test]
fn what_the_definition_does_not_know_may_be_there() {
    let reads = r#""Parameters":{"x.$":"$.x.y"},"End":true"#;
    for unknown in [
        // The execution's input.
        r#""A":{"Type":"Pass","Next":"Z"}"#,
        r#""A":{"Type":"Pass","Result":1,"ResultPath":"$.other","Next":"Z"}"#,
        // Results of tasks, branches and iterations.
        r#""A":{"Type":"Pass","Result":{},"Next":"T"},"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Next":"Z"}"#,
        r#""A":{"Type":"Pass","Result":{},"Next":"T"},
           "T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","ResultPath":"$.x","Next":"Z"}"#,
        r#""A":{"Type":"Parallel","Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","Result":{},"End":true}}}],
                "ResultSelector":{"x.$":"$[0]"},"Next":"Z"}"#,
        r#""A":{"Type":"Pass","Result":[1],"Next":"M"},
           "M":{"Type":"Map","ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"Next":"Z"}"#,
        // What functions give, and other roots than the input.
        r#""A":{"Type":"Pass","Parameters":{"x.$":"States.StringToJson('{}')"},"Next":"Z"}"#,
        r#""A":{"Type":"Pass","InputPath":"$$.Execution.Input","Next":"Z"}"#,
        r#""A":{"Type":"Pass","Result":{"n":1},"Assign":{"v.$":"$.n"},"Next":"V"},"V":{"Type":"Pass","InputPath":"$v","Next":"Z"}"#,
        // A write that fails, or that meets a value of another kind.
        r#""A":{"Type":"Pass","Result":1,"Next":"B"},"B":{"Type":"Pass","Result":1,"ResultPath":"$.a.b","Next":"Z"}"#,
    ] {
        assert_eq!(check(&format!(r#"{unknown},"Z":{{"Type":"Pass",{reads}}}"#)), [""; 0], "{unknown}");
    }
}

#[test]
fn one_way_that_writes_is_enough() {
    let with_second = |second: &str| {
        check(&format!(
            r#""A":{{"Type":"Choice","Choices":[{{"Variable":"$.k","IsNull":true,"Next":"B"}}],"Default":"C"}},
               "B":{{"Type":"Pass","Result":{{"b":1}},"Next":"D"}},
               "C":{{"Type":"Pass","Result":{second},"Next":"D"}},
               "D":{{"Type":"Pass","Parameters":{{"b.$":"$.b","c.$":"$.c"}},"End":true}}"#
        ))
    };
    assert_eq!(with_second(r#"{"c":1}"#), [""; 0]);
    assert_eq!(with_second("null"), ["$.c at /States/D/Parameters/c.$"]);
}

#[test]
fn a_loop_may_write_what_its_beginning_reads() {
    let counting = |write: &str| {
        check(&format!(
            r#""A":{{"Type":"Pass","Result":{{"go":true}},"Next":"B"}},
               "B":{{"Type":"Choice","Choices":[{{"Variable":"$.go","IsNull":true,"Next":"C"}},
                     {{"Variable":"$.seen","NumericEquals":1,"Next":"D"}}],"Default":"C"}},
               "C":{{"Type":"Pass","Result":1,"ResultPath":"{write}","Next":"B"}},
               "D":{{"Type":"Succeed"}}"#
        ))
    };
    assert_eq!(counting("$.seen"), [""; 0]);
    assert_eq!(counting("$.other"), ["$.seen at /States/B/Choices[1]/Variable"]);
}

#[test]
fn a_loop_that_nests_its_input_ends() {
    assert_eq!(
        check(
            r#""A":{"Type":"Pass","Result":{"go":true},"Next":"B"},
               "B":{"Type":"Pass","Parameters":{"before.$":"$","also.$":"$"},"Next":"C"},
               "C":{"Type":"Choice","Choices":[{"Variable":"$.never","IsNull":true,"Next":"D"}],"Default":"B"},
               "D":{"Type":"Succeed"}"#
        ),
        [""; 0]
    );
}

#[test]
fn a_rule_that_asks_whether_data_is_present_may_read_it() {
    assert_eq!(
        check(
            r#""A":{"Type":"Pass","Result":{},"Next":"B"},
               "B":{"Type":"Choice","Choices":[
                    {"And":[{"Variable":"$.a","IsPresent":true},{"Variable":"$.a","NumericEquals":1}],"Next":"C"},
                    {"Variable":"$.b","NumericEquals":1,"Next":"C"}],"Default":"C"},
               "C":{"Type":"Succeed"}"#
        ),
        ["$.b at /States/B/Choices[1]/Variable"]
    );
}

#[test]
fn catchers_hand_on_the_error_and_the_raw_input() {
    let task =
        r#""Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"only":1},"End":true"#;
    let caught = |catcher: &str| {
        check(&format!(
            r#""A":{{"Type":"Pass","Result":{{"id":1}},"Next":"T"}},
               "T":{{{task},"Catch":[{{"ErrorEquals":["States.ALL"],{catcher}"Next":"H"}}]}},
               "H":{{"Type":"Pass","Parameters":{{"i.$":"$.id","e.$":"$.Error","c.$":"$.Cause.text","k.$":"$.kept.Cause"}},"End":true}}"#
        ))
    };
    assert_eq!(
        caught(""),
        [
            "$.id at /States/H/Parameters/i.$",
            "$.Cause.text at /States/H/Parameters/c.$",
            "$.kept.Cause at /States/H/Parameters/k.$",
        ]
    );
    assert_eq!(
        caught(r#""ResultPath":"$.kept","#),
        ["$.Error at /States/H/Parameters/e.$", "$.Cause.text at /States/H/Parameters/c.$"]
    );
}

#[test]
fn blocks_begin_with_what_their_state_gives_them() {
    assert_eq!(
        check(
            r#""A":{"Type":"Parallel","Parameters":{"a":1},"Branches":[
                    {"StartAt":"P","States":{"P":{"Type":"Wait","SecondsPath":"$.b","End":true}}}],"Next":"M"},
               "M":{"Type":"Map","ItemSelector":{"item.$":"$$.Map.Item.Value"},"ItemProcessor":{"StartAt":"I","States":{
                    "I":{"Type":"Pass","Parameters":{"x.$":"$.item.x","y.$":"$.value"},"End":true}}},"Next":"N"},
               "N":{"Type":"Map","ItemProcessor":{"StartAt":"J","States":{
                    "J":{"Type":"Pass","Parameters":{"y.$":"$.value"},"End":true}}},"End":true}"#
        ),
        [
            "$.b at /States/A/Branches[0]/States/P/SecondsPath",
            "$.value at /States/M/ItemProcessor/States/I/Parameters/y.$"
        ]
    );
}

#[test]
fn jsonata_reads_what_outputs_have_written() {
    assert_eq!(
        check_in(
            "JSONata",
            r#""A":{"Type":"Pass","Output":{"order":{"id":"{% $states.input.id %}"},"lines":[{"sku":1}]},"Next":"B"},
               "B":{"Type":"Pass","Output":{"whole":"{% $states.input %}","t":"{% $sum($states.input.lines.price) %}",
                    "id":"{% $states.input.order.id.any %}","sku":"{% $states.input.lines[0].sku %}"},"Next":"C"},
               "C":{"Type":"Choice","Choices":[
                    {"Condition":"{% $exists($states.input.flag) %}","Output":{"c":"{% $states.input.whole.lost %}"},"Next":"D"},
                    {"Condition":"{% $states.input.flag ? true : false %}","Next":"D"}],"Default":"D"},
               "D":{"Type":"Wait","Seconds":"{% $states.input.seconds %}","End":true}"#
        ),
        [
            "$states.input.lines.price at /States/B/Output/t",
            "$states.input.whole.lost at /States/C/Choices[0]/Output/c",
            "$states.input.seconds at /States/D/Seconds",
        ]
    );
}

#[test]
fn jsonata_results_and_expressions_may_give_anything() {
    for unknown in [
        r#""A":{"Type":"Pass","Output":"{% $merge([$states.input, {'a': 1}]) %}","Next":"Z"}"#,
        r#""A":{"Type":"Pass","Output":{},"Next":"T"},"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Next":"Z"}"#,
        r#""A":{"Type":"Pass","Output":{},"Next":"T"},
           "T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Output":{"x":"{% $states.result %}"},"Next":"Z"}"#,
    ] {
        let states =
            format!(r#"{unknown},"Z":{{"Type":"Pass","Output":"{{% $states.input.x.y %}}","End":true}}"#);
        assert_eq!(check_in("JSONata", &states), [""; 0], "{unknown}");
    }
}

#[test]
fn a_definition_with_errors_is_not_followed() {
    let parsed = parse(
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{},"Next":"B"},
            "B":{"Type":"Wait","SecondsPath":"$.b","Next":"Elsewhere"}}}"#,
        MachineType::Standard,
    );
    assert!(parsed.diagnostics.iter().all(|finding| finding.code != "UNWRITTEN_DATA"));
}
