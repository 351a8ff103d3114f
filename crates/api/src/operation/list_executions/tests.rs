use super::*;

fn refusal(body: &str) -> String {
    let request: Request<'_> = read(body.as_bytes()).unwrap();
    match check(&request) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn exactly_one_of_machine_and_map_run_is_listed() {
    assert_eq!(refusal(r#"{"stateMachineArn":"m"}"#), "ok");
    assert_eq!(refusal("{}"), "Either stateMachineArn or mapRunArn must be specified");
    assert_eq!(
        refusal(r#"{"stateMachineArn":"m","mapRunArn":"r"}"#),
        "Only one of stateMachineArn and mapRunArn can be specified"
    );
    assert_eq!(refusal(r#"{"mapRunArn":"r"}"#), "Resource not found: 'r'");
}

#[test]
fn token_over_the_bound_is_told_as_recorded_on_aws() {
    let token = "x".repeat(3_097);
    assert_eq!(
        refusal(&format!(r#"{{"stateMachineArn":"m","nextToken":"{token}"}}"#)),
        format!(
            "1 validation error detected: Value '{token}' at 'nextToken' failed to satisfy constraint: \
             Member must have length less than or equal to 3096"
        )
    );
}

#[test]
fn every_status_but_pending_redrive_filters_a_machine() {
    for status in limits::EXECUTION_STATUS {
        assert_eq!(status_of(status).is_ok(), *status != "PENDING_REDRIVE", "{status}");
    }
}

#[test]
fn empty_page_has_no_token() {
    assert_eq!(String::from_utf8(shown(&[], None)).unwrap(), r#"{"executions":[]}"#);
}
