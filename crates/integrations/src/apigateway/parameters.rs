//! Which parameters `apigateway:invoke` takes, and what is wrong with those that it is given.
//!
//! INVARIANT: a header that would change who is asked, or as whom, is refused before anything is sent.

use aws::sdk::{Problem, ProblemKind};
use serde_json::Value;

/// All parameters (`spec/features.md` 4.2).
const KNOWN: [&str; 9] = [
    "AllowNullValues",
    "ApiEndpoint",
    "AuthType",
    "Headers",
    "Method",
    "Path",
    "QueryParameters",
    "RequestBody",
    "Stage",
];
const REQUIRED: [&str; 2] = ["ApiEndpoint", "Method"];
/// The parameters that are maps of lists.
const LISTS: [&str; 2] = ["Headers", "QueryParameters"];
/// Headers that a task may not set (`spec/features.md` 4.2), in lower case.
const FORBIDDEN: [&str; 15] = [
    "authorization",
    "connection",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "via",
    "www-authenticate",
    "content-length",
];
const FORBIDDEN_BEGINNINGS: [&str; 3] = ["x-forwarded", "x-amz", "x-amzn"];

/// What is wrong with the input of a task, in AWS's words.
pub(crate) fn check_input(parameters: &Value) -> Vec<Problem> {
    check(parameters, |name, value| (name, Some(value)))
}

/// The same of a definition, in which values may be open: `"name.$"`, `{% … %}`.
pub(crate) fn check_template(parameters: &Value) -> Vec<Problem> {
    check(parameters, |name, value| match name.strip_suffix(".$") {
        Some(name) => (name, None),
        None => (name, Some(value).filter(|value| !is_expression(value))),
    })
}

fn is_expression(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().starts_with("{%"))
}

/// `read`: the name that is meant and its value, if that is known already.
fn check<'v>(
    parameters: &'v Value,
    read: impl Fn(&'v str, &'v Value) -> (&'v str, Option<&'v Value>),
) -> Vec<Problem> {
    let Value::Object(members) = parameters else { return Vec::new() };
    let read = |(name, value): (&'v String, &'v Value)| read(name, value);
    let mut problems = Vec::new();
    for (name, value) in members.iter().map(read) {
        if !KNOWN.contains(&name) {
            let message = format!("The field \"{name}\" is not supported by Step Functions");
            problems.push(problem(ProblemKind::UnknownField, "", name, message));
            continue;
        }
        let lists = value.filter(|value| LISTS.contains(&name) && !value.is_null());
        match lists {
            None => {}
            Some(Value::Object(lists)) => {
                if lists.iter().map(read).any(|(_, list)| list.is_some_and(|list| !list.is_array())) {
                    problems.push(problem(ProblemKind::WrongKind, "", name, invalid(name)));
                }
                for (header, _) in lists.iter().map(read).filter(|(header, _)| is_forbidden(name, header)) {
                    let message = format!("The header '{header}' is not allowed");
                    problems.push(problem(ProblemKind::UnknownField, "/Headers", header, message));
                }
            }
            Some(_) => problems.push(problem(ProblemKind::WrongKind, "", name, invalid(name))),
        }
    }
    for name in REQUIRED {
        if !members.iter().map(read).any(|(given, value)| given == name && value != Some(&Value::Null)) {
            let message = format!("The field '{name}' is required but was missing");
            problems.push(problem(ProblemKind::Missing, "", name, message));
        }
    }
    problems
}

pub(super) fn invalid(name: &str) -> String {
    format!("The value of the field '{name}' has an invalid format")
}

fn is_forbidden(map: &str, header: &str) -> bool {
    let lower = header.to_ascii_lowercase();
    map == "Headers"
        && (FORBIDDEN.contains(&lower.as_str())
            || FORBIDDEN_BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning)))
}

fn problem(kind: ProblemKind, path: &str, field: &str, message: String) -> Problem {
    Problem { kind, path: path.to_owned(), field: field.to_owned(), message, nearest: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check_with(check: fn(&Value) -> Vec<Problem>, more: &Value, expected: &[&str]) {
        let mut parameters = json!({"ApiEndpoint": "localhost:1", "Method": "GET"});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told: Vec<String> = check(&parameters).into_iter().map(|problem| problem.message).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn mistakes_are_said_before_anything_is_sent() {
        for (more, expected) in [
            (json!({"Headers": {"a": "b"}}), "The value of the field 'Headers' has an invalid format"),
            (
                json!({"QueryParameters": "?a=b"}),
                "The value of the field 'QueryParameters' has an invalid format",
            ),
            (json!({"Headers": {"Host": ["b"]}}), "The header 'Host' is not allowed"),
            (json!({"Headers": {"X-Amzn-Trace-Id": ["b"]}}), "The header 'X-Amzn-Trace-Id' is not allowed"),
            (json!({"Pth": "/"}), "The field \"Pth\" is not supported by Step Functions"),
            (json!({"Method": null}), "The field 'Method' is required but was missing"),
        ] {
            check_with(check_input, &more, &[expected]);
            check_with(check_template, &more, &[expected]);
        }
    }

    #[test]
    fn a_definition_may_leave_values_open() {
        for open in [
            json!({"Headers.$": "$.h", "Path.$": "$.p", "RequestBody": {"a.$": "$.b"}}),
            json!({"Headers": "{% $h %}", "QueryParameters": {"a.$": "$.list", "b": "{% $b %}"}}),
            json!({"QueryParameters": {"host": ["a query may have what a header may not"]}}),
        ] {
            check_with(check_template, &open, &[]);
        }
        check_with(
            check_template,
            &json!({"Pth.$": "$"}),
            &["The field \"Pth\" is not supported by Step Functions"],
        );
    }
}
