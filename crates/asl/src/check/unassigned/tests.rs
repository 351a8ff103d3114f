use crate::definition::{MachineType, parse};

/// `variable at /location` of every warning about a variable.
fn check(states: &str) -> Vec<String> {
    let parsed = parse(&format!(r#"{{"StartAt":"A","States":{{{states}}}}}"#), MachineType::Standard);
    assert!(parsed.machine.is_some(), "{:?}", parsed.diagnostics);
    let warnings = parsed.diagnostics.iter().filter(|finding| finding.code == "UNASSIGNED_VARIABLE");
    let variable = |message: &str| message.split('\'').nth(1).map(str::to_owned);
    warnings
        .map(|finding| {
            let location = finding.location.as_deref().unwrap_or_default();
            format!("{} at {location}", variable(&finding.message).unwrap_or_default())
        })
        .collect()
}

#[test]
fn what_nothing_assigns_is_told_once_a_state_wherever_it_is_read() {
    assert_eq!(
        check(
            r#""A":{"Type":"Pass","Parameters":{"a":[{"b.$":"States.Format('{}', $x.y)"}],"c.$":"$x"},"Next":"B"},
               "B":{"Type":"Choice","Choices":[{"Not":{"Variable":"$left","StringEqualsPath":"$right"},"Next":"C"}],"Default":"C"},
               "C":{"Type":"Wait","SecondsPath":"$seconds","OutputPath":"$.x","End":true}"#
        ),
        [
            "$x at /States/A/Parameters/a[0]/b.$",
            "$left at /States/B/Choices[0]/Not/Variable",
            "$right at /States/B/Choices[0]/Not/StringEqualsPath",
            "$seconds at /States/C/SecondsPath",
        ]
    );
}

#[test]
fn a_state_does_not_read_what_it_assigns_unless_it_is_entered_again() {
    let again = |next: &str| {
        check(&format!(
            r#""A":{{"Type":"Pass","Assign":{{"n.$":"$n"}},"Next":"B"}},
               "B":{{"Type":"Choice","Choices":[{{"Variable":"$.x","IsNull":true,"Next":"{next}"}}],"Default":"C"}},
               "C":{{"Type":"Succeed"}}"#
        ))
    };
    assert_eq!(again("C"), ["$n at /States/A/Assign/n.$"]);
    assert_eq!(again("A"), [""; 0]);
}

#[test]
fn one_way_that_assigns_is_enough() {
    assert_eq!(
        check(
            r#""A":{"Type":"Choice","Choices":[{"Variable":"$.x","IsNull":true,"Assign":{"ruled":1},"Next":"C"}],
                    "Assign":{"defaulted":1},"Default":"B"},
               "B":{"Type":"Pass","Parameters":{"r.$":"$ruled","d.$":"$defaulted"},"Next":"C"},
               "C":{"Type":"Pass","Parameters":{"r.$":"$ruled","d.$":"$defaulted"},"End":true}"#
        ),
        ["$ruled at /States/B/Parameters/r.$"]
    );
}

#[test]
fn a_catcher_assigns_only_on_its_own_way() {
    assert_eq!(
        check(
            r#""A":{"Type":"Parallel","Assign":{"done":1},"Next":"B",
                    "Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"caught.$":"$.Error"},"Next":"C"}],
                    "Branches":[{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}]},
               "B":{"Type":"Pass","InputPath":"$caught","End":true},
               "C":{"Type":"Pass","InputPath":"$caught","OutputPath":"$done","End":true}"#
        ),
        ["$caught at /States/B/InputPath", "$done at /States/C/OutputPath"]
    );
}

#[test]
fn blocks_see_what_is_outside_and_keep_what_is_theirs() {
    assert_eq!(
        check(
            r#""A":{"Type":"Pass","Assign":{"outer":1},"Next":"M"},
               "M":{"Type":"Map","Assign":{"late":1},"Next":"Z","ItemProcessor":{"StartAt":"I","States":{
                    "I":{"Type":"Pass","Assign":{"inner.$":"$outer"},"Next":"J"},
                    "J":{"Type":"Pass","InputPath":"$inner","OutputPath":"$late","End":true}}}},
               "Z":{"Type":"Pass","InputPath":"$inner","OutputPath":"$late","End":true}"#
        ),
        ["$late at /States/M/ItemProcessor/States/J/OutputPath", "$inner at /States/Z/InputPath"]
    );
}

#[test]
fn what_only_looks_like_an_expression_reads_nothing() {
    assert_eq!(
        check(
            r#""A":{"Type":"Pass","Result":{"x.$":"$x","InputPath":"$x"},"Parameters":{"InputPath":"$x","a":"$x"},"End":true}"#
        ),
        [""; 0]
    );
}

#[test]
fn what_jsonata_reads_must_be_assigned_too() {
    assert_eq!(
        check(
            r#""A":{"QueryLanguage":"JSONata","Type":"Pass","Assign":{"n":"{% $n %}","f":"{% ($own := 1; $map([1], function($i) { $i + $own })) %}"},"Next":"B"},
               "B":{"QueryLanguage":"JSONata","Type":"Choice","Choices":[{"Condition":"{% $n = 1 and $count($f) > $gone %}","Next":"C"}],
                    "Output":{"a":["{% $missing.x & $n & $missing.y %}"]},"Default":"C"},
               "C":{"Type":"Pass","Parameters":{"n.$":"$n"},"End":true}"#
        ),
        [
            "$n at /States/A/Assign/n",
            "$gone at /States/B/Choices[0]/Condition",
            "$missing at /States/B/Output/a[0]"
        ]
    );
}
