use super::*;
use crate::definition::parse_for;
use crate::services::Problem;

/// Knows of one service that it has no `gone`, and that its `put` takes no `Wrong`.
#[derive(Debug)]
struct Picky;

impl Services for Picky {
    fn has(&self, resource: &Resource) -> bool {
        !resource.arn().ends_with(":gone")
    }

    fn hint(&self, _: &str) -> Option<String> {
        Some("did you mean `put`?".into())
    }

    fn check_template(&self, _: &Resource, parameters: &Document, _: usize) -> Vec<Problem> {
        let wrong = parameters.text().contains("Wrong");
        let problem = || Problem {
            message: "wrong".into(),
            way: vec!["Items".into(), "1".into(), "Wrong".into()],
            hint: None,
        };
        wrong.then(problem).into_iter().collect()
    }
}

#[track_caller]
fn check(fields: &str, expected: &[(&str, Option<&str>, usize)]) {
    let definition =
        format!("{{\"StartAt\":\"S\",\"States\":{{\"S\":{{\"Type\":\"Task\",\"End\":true,\n{fields}}}}}}}");
    let parsed = parse_for(&definition, MachineType::Standard, &Picky);
    let errors = parsed.diagnostics.iter().filter(|told| told.severity == crate::Severity::Error);
    let told: Vec<_> = errors
        .map(|told| (told.to_string(), told.hint.as_deref(), told.position.map_or(0, |at| at.column)))
        .collect();
    let told: Vec<_> = told.iter().map(|(text, hint, column)| (text.as_str(), *hint, *column)).collect();
    assert_eq!(told, expected);
}

const PUT: &str = r#""Resource":"arn:aws:states:::aws-sdk:a:put""#;

#[test]
fn what_is_known_not_to_be_there_is_refused_with_a_hint_beside_the_words_of_aws() {
    let unknown = |arn: &str| {
        format!(
            "SCHEMA_VALIDATION_FAILED: The resource provided {arn} is not recognized. The value is not a valid \
             resource ARN, or the resource is not available in this region. at /States/S/Resource"
        )
    };
    for arn in ["arn:aws:states:::aws-sdk:a:gone", "arn:aws:states:::a:put"] {
        let resource = format!(r#""Resource":"{arn}""#);
        check(&resource, &[(&unknown(arn), Some("did you mean `put`?"), 12)]);
    }
    check(PUT, &[]);
}

#[test]
fn parameters_are_told_at_the_field_that_holds_them_and_shown_where_they_are_wrong() {
    let at = |field: &str| format!("SCHEMA_VALIDATION_FAILED: wrong at /States/S/{field}");
    let path = format!(r#"{PUT},"Parameters":{{"Items":[1,{{"Wrong.$":"$.a"}}]}}"#);
    check(&path, &[(&at("Parameters"), None, path.find("\"$.a").unwrap() + 1)]);
    let jsonata = format!(r#"{PUT},"QueryLanguage":"JSONata","Arguments":{{"Items":[1,{{"Wrong":2}}]}}"#);
    check(&jsonata, &[(&at("Arguments"), None, jsonata.find("2}").unwrap() + 1)]);
    // A part that is computed is shown as far as it is written.
    let open = format!(r#"{PUT},"Parameters":{{"Items.$":"$.Wrong"}}"#);
    check(&open, &[(&at("Parameters"), None, open.find("\"$.W").unwrap() + 1)]);
}

#[test]
fn what_no_service_gets_is_not_judged() {
    check(&format!(r#"{PUT},"QueryLanguage":"JSONata","Arguments":"{{% 'Wrong' %}}""#), &[]);
    let function =
        r#""Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Parameters":{"Wrong":1}"#;
    check(function, &[]);
}

#[test]
fn hints_are_searched_as_often_as_a_definition_may_have_them() {
    let states: String = (0..50)
        .map(|at| {
            format!(r#","S{at}":{{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:a:gone","End":true}}"#)
        })
        .collect();
    let definition = format!(r#"{{"StartAt":"E","States":{{"E":{{"Type":"Succeed"}}{states}}}}}"#);
    let parsed = parse_for(&definition, MachineType::Standard, &Picky);
    let hinted = parsed.diagnostics.iter().filter(|told| told.hint.is_some()).count();
    assert_eq!(hinted, crate::limits::HINTS_MAX);
}
