use super::*;
use crate::quotas::ApiQuotas;

fn published(publish: Option<bool>, description: Option<&str>) -> Result<Option<Publish>, String> {
    read_publish(publish.map(Boolean), description).map_err(|error| error.to_string())
}

#[test]
fn description_of_no_version_is_refused_as_recorded_on_aws() {
    let expected = "Version description can only be set when publish is true";
    assert_eq!(published(None, Some("HelloWorld!")), Err(expected.to_owned()));
    assert_eq!(published(Some(false), Some("")), Err(expected.to_owned()));
}

#[test]
fn only_publish_publishes() {
    assert_eq!(published(None, None), Ok(None));
    assert_eq!(published(Some(false), None), Ok(None));
    assert_eq!(published(Some(true), None), Ok(Some(Publish { description: None })));
    let first = Publish { description: Some("first".into()) };
    assert_eq!(published(Some(true), Some("first")), Ok(Some(first)));
}

#[test]
fn missing_members_are_all_named() {
    let request: Request<'_> = read(br#"{"type":"FAST","tags":[{}]}"#).unwrap();
    let bounds = Bounds::new(&ApiQuotas::default(), &engine::Limits::default(), 50);
    let message = check(&request, &bounds).err().unwrap().to_string();
    assert!(message.starts_with("5 validation errors detected: Value null at 'name' "), "{message}");
    for member in ["'definition'", "'roleArn'", "'type'", "'tags.1.member.key'"] {
        assert!(message.contains(member), "{member}: {message}");
    }
}
