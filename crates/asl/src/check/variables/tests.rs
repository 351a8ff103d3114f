use crate::definition::{MachineType, parse};

/// What is found in a definition, without the code that all these findings have.
fn check(definition: &str) -> Vec<String> {
    let parsed = parse(definition, MachineType::Standard);
    let finding = |finding: &crate::Diagnostic| {
        finding.to_string().trim_start_matches("SCHEMA_VALIDATION_FAILED: ").to_owned()
    };
    parsed.diagnostics.iter().map(finding).collect()
}

fn pass(assign: &str) -> String {
    format!(r#""Type":"Pass","Assign":{assign},"End":true"#)
}

fn machine(outer: &str, mode: &str, inner: &str) -> String {
    format!(
        r#"{{"StartAt":"A","States":{{
            "A":{{"Type":"Pass","Assign":{outer},"Next":"M"}},
            "M":{{"Type":"Map","End":true,"ItemProcessor":{{{mode}"StartAt":"I","States":{{"I":{{{}}}}}}}}}}}}}"#,
        pass(inner)
    )
}

#[test]
fn names_are_unicode_identifiers_of_at_most_80_characters() {
    let find = |name: &str| {
        check(&format!(r#"{{"StartAt":"S","States":{{"S":{{{}}}}}}}"#, pass(&format!(r#"{{"{name}":1}}"#))))
    };
    for name in ["x", "größe", "名前", "a_1", &"x".repeat(80), "states_", "State"] {
        assert_eq!(find(name), [""; 0], "{name}");
    }
    for name in ["", "1x", "_x", "a-b", "a b", "a.b", "$x", &"x".repeat(81)] {
        assert_eq!(find(name).len(), 1, "{name}");
    }
    assert_eq!(find("states"), ["The variable name 'states' is reserved at /States/S/Assign/states"]);
    assert_eq!(
        find("a-b"),
        ["The variable name 'a-b' must start with a letter, followed by letters, digits or underscores at \
          /States/S/Assign/a-b"]
    );
}

#[test]
fn names_of_expressions_are_judged_without_their_suffix() {
    let definition = format!(r#"{{"StartAt":"S","States":{{"S":{{{}}}}}}}"#, pass(r#"{"states.$":"$"}"#));
    assert_eq!(check(&definition), ["The variable name 'states' is reserved at /States/S/Assign/states"]);
}

#[test]
fn inner_block_cannot_assign_what_an_outer_one_assigns() {
    assert_eq!(
        check(&machine(r#"{"x":1}"#, "", r#"{"x.$":"$","y":1}"#)),
        ["The variable 'x' is assigned in an outer scope and cannot be assigned here at \
          /States/M/ItemProcessor/States/I/Assign/x"]
    );
    assert_eq!(check(&machine(r#"{"x":1}"#, "", r#"{"y.$":"$x"}"#)), [""; 0]);
}

#[test]
fn rules_assign_in_the_block_of_their_state_and_catchers_are_left_out() {
    let definition = r#"{"StartAt":"P","States":{
        "P":{"Type":"Parallel","End":true,
            "Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"caught":1},"Next":"C"}],
            "Branches":[
                {"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"caught":2,"mine":1},"End":true}}},
                {"StartAt":"D","States":{"D":{"Type":"Pass","Assign":{"ruled":2,"mine":1},"End":true}}}]},
        "C":{"Type":"Choice","Default":"E",
            "Choices":[{"Variable":"$.a","IsPresent":true,"Assign":{"ruled":1},"Next":"E"}]},
        "E":{"Type":"Succeed"}}}"#;
    assert_eq!(
        check(definition),
        ["The variable 'ruled' is assigned in an outer scope and cannot be assigned here at \
             /States/P/Branches[1]/States/D/Assign/ruled",],
        "and siblings do not meet: both branches assign `mine`"
    );
}

#[test]
fn children_of_a_distributed_map_have_names_of_their_own() {
    let mode = r#""ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"#;
    let findings = check(&machine(r#"{"x":1}"#, mode, r#"{"x":2}"#));
    assert!(findings.iter().all(|finding| !finding.contains("outer scope")), "{findings:?}");
}

#[test]
fn succeed_and_fail_assign_nothing() {
    for kind in ["Succeed", "Fail"] {
        let definition =
            format!(r#"{{"StartAt":"S","States":{{"S":{{"Type":"{kind}","Assign":{{"x":1}}}}}}}}"#);
        assert_eq!(check(&definition), ["Field is not supported at /States/S/Assign"]);
    }
}
