use super::*;

const ARN: &str = "arn:aws:states:us-east-1:000000000000:execution:m:e";

fn check(path: &str, query: Option<&str>) -> Result<Extension, ApiError> {
    Extension::of(&Method::GET, path, query)
}

fn end(arn: &str, seconds: u64) -> Result<Extension, ApiError> {
    Ok(Extension::ExecutionEnd { arn: arn.to_owned(), wait: Duration::from_secs(seconds) })
}

#[test]
fn arn_is_taken_plain_or_percent_encoded() {
    let encoded = ARN.replace(':', "%3A");
    assert_eq!(check(&format!("/stairway/executions/{ARN}/end"), None), end(ARN, 60));
    assert_eq!(check(&format!("/stairway/executions/{encoded}/end"), Some("wait=0")), end(ARN, 0));
    assert_eq!(check("/stairway/executions/a%C3%A9/end", Some("x=1&wait=7")), end("aé", 7));
}

#[test]
fn what_is_asked_of_an_execution_stands_last() {
    let waits = Extension::ExecutionWaits { arn: ARN.to_owned() };
    assert_eq!(check(&format!("/stairway/executions/{ARN}/waits"), None), Ok(waits));
    let other = format!("/stairway/executions/{ARN}/cause");
    assert_eq!(check(&other, None), Err(ApiError::NoSuchAddress(other)));
}

#[test]
fn broken_escapes_and_other_paths_lead_nowhere() {
    for path in [
        "/stairway/executions/a%3/end",
        "/stairway/executions/a%zz/end",
        "/stairway/executions/%ff/end",
        "/stairway/executions/a%+1/end",
        "/stairway/executions/a",
        "/stairway/",
        "/favicon.ico",
    ] {
        assert_eq!(check(path, None), Err(ApiError::NoSuchAddress(path.to_owned())));
    }
    let posted = Extension::of(&Method::POST, "/stairway/executions/a/end", None);
    assert_eq!(posted.unwrap_err().status().as_u16(), 404);
}

#[test]
fn wait_is_bounded() {
    for wait in ["61", "-1", "1.5", "", "x", "99999999999999999999"] {
        let refusal = check(&format!("/stairway/executions/{ARN}/end"), Some(&format!("wait={wait}")));
        assert_eq!(
            refusal.unwrap_err().to_string(),
            format!("expected `wait` to be a number of seconds from 0 to 60, found `{wait}`")
        );
    }
}
