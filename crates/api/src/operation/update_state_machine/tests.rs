use super::*;

const ARN: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

#[test]
fn labelled_machine_is_refused_with_its_reason() {
    let refusal = refuse_labelled(&format!("{ARN}/label")).unwrap_err();
    let body = String::from_utf8(refusal.body()).unwrap();
    assert!(body.ends_with(r#""reason":"API_DOES_NOT_SUPPORT_LABELED_ARNS"}"#), "{body}");
    assert_eq!(refuse_labelled(ARN), Ok(()));
    assert_eq!(refuse_labelled(&format!("{ARN}:1")), Ok(()));
}

#[test]
fn update_of_nothing_is_refused_in_the_words_of_aws() {
    let body = format!(r#"{{"stateMachineArn":"{ARN}"}}"#);
    let nothing: Request<'_> = read(body.as_bytes()).unwrap();
    assert_eq!(
        refuse_nothing_to_update(&nothing).unwrap_err().to_string(),
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified"
    );
    for member in [r#""roleArn":"r""#, r#""tracingConfiguration":{}"#, r#""definition":"{}""#] {
        let body = format!("{{{member}}}");
        assert_eq!(refuse_nothing_to_update(&read(body.as_bytes()).unwrap()), Ok(()), "{member}");
    }
}
