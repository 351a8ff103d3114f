use super::*;

fn refusal(publish: Option<bool>, description: Option<&str>) -> String {
    match refuse_versions(publish.map(Boolean), description) {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn description_of_no_version_is_refused_as_recorded_on_aws() {
    let expected = "Version description can only be set when publish is true";
    assert_eq!(refusal(None, Some("HelloWorld!")), expected);
    assert_eq!(refusal(Some(false), Some("")), expected);
}

#[test]
fn publishing_is_refused_not_ignored() {
    assert!(refusal(Some(true), None).contains("not supported yet"));
    assert!(refusal(Some(true), Some("first")).contains("not supported yet"));
}

#[test]
fn request_without_versions_passes() {
    assert_eq!(refusal(None, None), "ok");
    assert_eq!(refusal(Some(false), None), "ok");
}

#[test]
fn missing_members_are_all_named() {
    let request: Request<'_> = read(br#"{"type":"FAST","tags":[{}]}"#).unwrap();
    let message = check(&request).err().unwrap().to_string();
    assert!(message.starts_with("5 validation errors detected: Value null at 'name' "), "{message}");
    for member in ["'definition'", "'roleArn'", "'type'", "'tags.1.member.key'"] {
        assert!(message.contains(member), "{member}: {message}");
    }
}
