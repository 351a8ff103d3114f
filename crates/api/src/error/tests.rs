use super::*;

fn check(error: ApiError, status: u16, body: &str) {
    assert_eq!(error.status().as_u16(), status);
    assert_eq!(String::from_utf8(error.body()).unwrap(), body);
}

#[test]
fn body_has_type_and_message() {
    check(
        ApiError::ExecutionDoesNotExist("arn:x".to_owned()),
        400,
        r#"{"__type":"ExecutionDoesNotExist","message":"Execution Does Not Exist: 'arn:x'"}"#,
    );
}

#[test]
fn control_characters_of_a_name_are_escaped_in_the_body() {
    check(
        ApiError::InvalidName("activity\u{1f}\"".to_owned()),
        400,
        r#"{"__type":"InvalidName","message":"Invalid Name: 'activity\u001f\"'"}"#,
    );
}

#[test]
fn extra_members_follow_the_message() {
    check(
        ApiError::ResourceNotFound("arn:x".to_owned()),
        400,
        r#"{"__type":"ResourceNotFound","message":"Resource not found: 'arn:x'","resourceName":"arn:x"}"#,
    );
    check(
        ApiError::ValidationWithReason { message: "m".to_owned(), reason: "R" },
        400,
        r#"{"__type":"ValidationException","message":"m","reason":"R"}"#,
    );
}

#[test]
fn unsupported_operation_is_named() {
    check(
        ApiError::NotSupportedYet("TestState"),
        501,
        r#"{"__type":"UnsupportedOperationException","message":"the operation `TestState` is not supported yet by this server"}"#,
    );
}

#[test]
fn faults_of_the_server_are_told_apart_from_refusals() {
    assert_eq!(ApiError::Unavailable.status().as_u16(), 500);
    assert_eq!(ApiError::ExecutionNotFound(String::new()).status().as_u16(), 404);
    assert_eq!(ApiError::BodyTooLarge(1).status().as_u16(), 413);
    assert_eq!(ApiError::ForeignHost.status().as_u16(), 403);
}
