use super::*;
use crate::transport::Cause;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from(body.to_owned())).unwrap()
}

#[track_caller]
fn check_reason(response: &Response<Bytes>, expected: Option<Reason>) {
    assert_eq!(reason_of_answer(response, SystemTime::UNIX_EPOCH), expected);
}

#[test]
fn codes_are_found_in_every_protocol() {
    for (response, expected) in [
        (answer(400, &[("x-amzn-errortype", "Slow:http://a/")], ""), Some("Slow")),
        (answer(400, &[("x-amzn-query-error", "AWS.Old;Sender")], r#"{"__type":"New"}"#), Some("AWS.Old")),
        (answer(400, &[], r#"{"__type":"com.a#NotFound","message":"m"}"#), Some("NotFound")),
        (answer(400, &[], r#"{"code":"Coded"}"#), Some("Coded")),
        (answer(404, &[], "<?xml?><Error><Code>NoSuchKey</Code></Error>"), Some("NoSuchKey")),
        (answer(404, &[], " <ErrorResponse><Error><Code>A.B</Code></Error></ErrorResponse>"), Some("A.B")),
        (answer(400, &[], "gibberish"), None),
        (answer(400, &[], ""), None),
    ] {
        assert_eq!(error_code(&response).as_deref(), expected);
    }
}

#[test]
fn throttling_and_transient_answers_are_tried_again() {
    let coded = |code: &str| answer(400, &[], &format!(r#"{{"__type":"{code}"}}"#));
    check_reason(&coded("ThrottlingException"), Some(Reason::Throttling));
    check_reason(&answer(503, &[], "<Error><Code>SlowDown</Code></Error>"), Some(Reason::Throttling));
    check_reason(&answer(429, &[], ""), Some(Reason::Throttling));
    check_reason(&coded("RequestTimeout"), Some(Reason::Transient));
    for status in [500, 502, 503, 504] {
        check_reason(&answer(status, &[], ""), Some(Reason::Transient));
    }
    for status in [200, 301, 400, 403, 404, 501] {
        check_reason(&answer(status, &[], ""), None);
    }
    check_reason(&coded("ValidationException"), None);
}

#[test]
fn a_clock_that_is_off_is_corrected_and_one_that_is_not_is_not() {
    let body = r#"{"__type":"InvalidSignatureException"}"#;
    let hour_later = answer(403, &[("date", "Thu, 01 Jan 1970 01:00:00 GMT")], body);
    check_reason(&hour_later, Some(Reason::Clock(ClockSkew(3_600))));
    let minute_later = answer(403, &[("date", "Thu, 01 Jan 1970 00:01:00 GMT")], body);
    check_reason(&minute_later, None);
    check_reason(&answer(403, &[], body), None);
}

#[test]
fn an_outcome_in_doubt_is_tried_again_only_where_allowed() {
    let unknown = TransportError { outcome: Outcome::Unknown, cause: Cause::ReadTimeout };
    let not_sent = TransportError { outcome: Outcome::NotSent, cause: Cause::Busy };
    let hopeless = TransportError { outcome: Outcome::NotSent, cause: Cause::Uri };
    let careful = RetryPolicy { unknown_outcomes: false, ..RetryPolicy::default() };
    for (error, policy, expected) in [
        (&unknown, RetryPolicy::default(), true),
        (&unknown, careful, false),
        (&not_sent, careful, true),
        (&hopeless, RetryPolicy::default(), false),
    ] {
        assert_eq!(reason_of_failure(error, &policy).is_some(), expected, "{error}");
    }
}

#[test]
fn pauses_double_are_drawn_and_end_at_twenty_seconds() {
    let pause = |reason, attempt, chance| pause(reason, attempt, chance, None).as_millis();
    assert_eq!(
        [1, 2, 3, 40].map(|attempt| pause(Reason::Throttling, attempt, 1.0)),
        [1_000, 2_000, 4_000, 20_000]
    );
    assert_eq!([1, 2, 40].map(|attempt| pause(Reason::Transient, attempt, 1.0)), [50, 100, 20_000]);
    assert_eq!(pause(Reason::Throttling, 3, 0.25), 1_000);
    assert_eq!(pause(Reason::Clock(ClockSkew(1)), 1, 1.0), 0);
}

#[test]
fn a_server_may_ask_for_a_little_more_time() {
    let asked = |name: &'static str, value: &'static str| {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        pause(Reason::Transient, 1, 1.0, Some(&headers)).as_millis()
    };
    assert_eq!(asked("x-amz-retry-after", "1500"), 1_500);
    assert_eq!(asked("retry-after", "2"), 2_000);
    assert_eq!(asked("retry-after", "3600"), 5_050);
    assert_eq!(asked("x-amz-retry-after", "1"), 50);
    assert_eq!(asked("retry-after", "Thu, 01 Jan 1970 01:00:00 GMT"), 50);
}

#[test]
fn the_quota_ends_a_storm_and_fills_with_successes() {
    let quota = Quota::new();
    let mut taken = 0;
    while quota.take(Reason::Transient).is_some() {
        taken += 1;
    }
    assert_eq!(taken, 500 / 14);
    let last = quota.take(Reason::Throttling);
    assert!(
        last.is_some()
            && quota.take(Reason::Throttling).is_some()
            && quota.take(Reason::Throttling).is_none()
    );
    quota.succeeded(last);
    assert!(quota.take(Reason::Throttling).is_some() && quota.take(Reason::Throttling).is_none());
    for _ in 0..1_000 {
        quota.succeeded(None);
    }
    for _ in 0..100 {
        assert!(quota.take(Reason::Throttling).is_some());
    }
    assert!(quota.take(Reason::Throttling).is_none());
}
