use super::*;
use crate::wire::read::read;

fn logging(body: &str) -> String {
    let logging: Logging<'_> = read(body.as_bytes()).unwrap();
    match logging.canonical() {
        Ok(text) => text.to_string(),
        Err(error) => error.to_string(),
    }
}

fn encryption(body: &str) -> String {
    let encryption: Encryption<'_> = read(body.as_bytes()).unwrap();
    let mut constraints = Constraints::default();
    encryption.check(&mut constraints);
    match constraints.finish().and_then(|()| encryption.canonical()) {
        Ok(text) => text.as_deref().unwrap_or("default").to_owned(),
        Err(error) => error.to_string(),
    }
}

const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:orders:*";

#[test]
fn nothing_said_about_logging_is_logging_off() {
    assert_eq!(logging("{}"), LOGGING_OFF);
    assert_eq!(logging(r#"{"level":"OFF","includeExecutionData":false,"destinations":[]}"#), LOGGING_OFF);
}

#[test]
fn logging_needs_exactly_one_destination() {
    let refusal = "Invalid Logging Configuration: Must specify exactly one Log Destination.";
    let group = format!(r#"{{"cloudWatchLogsLogGroup":{{"logGroupArn":"{GROUP}"}}}}"#);
    for level in ["ALL", "ERROR", "FATAL"] {
        assert_eq!(logging(&format!(r#"{{"level":"{level}"}}"#)), refusal);
    }
    assert_eq!(logging(&format!(r#"{{"level":"ALL","destinations":[{group},{group}]}}"#)), refusal);
    assert_eq!(logging(r#"{"level":"ALL","destinations":[{}]}"#), refusal);
}

#[test]
fn logging_is_kept_in_one_form() {
    let body = format!(
        r#"{{"destinations":[{{"cloudWatchLogsLogGroup":{{"logGroupArn":"{GROUP}"}}}}],"level":"ALL"}}"#
    );
    assert_eq!(
        logging(&body),
        format!(
            r#"{{"level":"ALL","includeExecutionData":false,"destinations":[{{"cloudWatchLogsLogGroup":{{"logGroupArn":"{GROUP}"}}}}]}}"#
        )
    );
}

#[test]
fn destination_that_is_no_log_group_is_not_found() {
    for arn in ["x", "arn:aws:logs:us-east-1:123456789012:log-group:orders", "arn:aws:s3:::bucket:*"] {
        let body = format!(
            r#"{{"level":"ALL","destinations":[{{"cloudWatchLogsLogGroup":{{"logGroupArn":"{arn}"}}}}]}}"#
        );
        assert_eq!(logging(&body), "Invalid Logging Configuration: Log Destination not found.");
    }
}

#[test]
fn constant_texts_are_what_the_rules_give() {
    assert_eq!(logging_text("OFF", false, None), LOGGING_OFF);
    assert_eq!(&*Tracing::default().canonical(), TRACING_OFF);
    assert_eq!(&*Tracing { enabled: Some(Boolean(true)) }.canonical(), TRACING_ON);
}

#[test]
fn customer_key_is_kept_with_the_time_that_it_is_used_again() {
    assert_eq!(encryption(r#"{"type":"AWS_OWNED_KEY"}"#), "default");
    let kept = |seconds| {
        format!(
            r#"{{"kmsKeyId":"k","kmsDataKeyReusePeriodSeconds":{seconds},"type":"CUSTOMER_MANAGED_KMS_KEY"}}"#
        )
    };
    assert_eq!(encryption(r#"{"type":"CUSTOMER_MANAGED_KMS_KEY","kmsKeyId":"k"}"#), kept(300));
    assert_eq!(encryption(&kept(60)), kept(60));
}

#[test]
fn key_and_type_go_together() {
    assert!(encryption(r#"{"type":"AWS_OWNED_KEY","kmsKeyId":"k"}"#).contains("CUSTOMER_MANAGED_KMS_KEY"));
    assert!(encryption(r#"{"type":"CUSTOMER_MANAGED_KMS_KEY"}"#).contains("needs a KMS key"));
}

#[test]
fn encryption_constraints_name_the_nested_member() {
    assert_eq!(
        encryption(r#"{"kmsDataKeyReusePeriodSeconds":59}"#),
        "2 validation errors detected: Value '59' at 'encryptionConfiguration.kmsDataKeyReusePeriodSeconds' \
         failed to satisfy constraint: Member must have value greater than or equal to 60; Value null at \
         'encryptionConfiguration.type' failed to satisfy constraint: Member must not be null"
    );
}
