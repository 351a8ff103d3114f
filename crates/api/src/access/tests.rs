use hyper::Request;

use super::*;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

#[test]
fn a_signature_is_first_once_as_long_as_it_is_good() {
    let replays = Replays::default();
    let (one, other) = ([1; 32], [2; 32]);
    assert!(replays.is_first(&one, now()));
    assert!(!replays.is_first(&one, now()));
    assert!(replays.is_first(&other, now() + SKEW));
    // The next generation begins, and the last one is still looked into.
    assert!(!replays.is_first(&other, now() + 2 * SKEW + Duration::from_secs(1)));
    assert!(replays.is_first(&[3; 32], now() + 5 * SKEW));
    assert!(replays.is_first(&one, now() + 5 * SKEW));
}

fn check_changes(method: &str, target: &str) -> bool {
    let head =
        Request::builder().method(method).header("x-amz-target", target).body(()).unwrap().into_parts().0;
    changes(&head)
}

#[test]
fn what_only_reads_may_be_sent_twice() {
    for operation in ["DescribeExecution", "ListStateMachines", "GetExecutionHistory", "TestState"] {
        assert!(!check_changes("POST", &format!("AWSStepFunctions.{operation}")), "{operation}");
    }
    // GetActivityTask takes a task from its queue.
    for target in
        ["AWSStepFunctions.GetActivityTask", "AWSStepFunctions.StartExecution", "", "Describe", "a.b.c"]
    {
        assert!(check_changes("POST", target), "{target}");
    }
    assert!(!check_changes("GET", ""));
}

#[test]
fn secrets_are_not_shown() {
    let key = AccessKey {
        id: "AKID".to_owned(),
        secret: aws::sign::SecretKey::new("do-not-show"),
        session_token: Some("t0ken".to_owned()),
        expires: None,
        account: None,
    };
    let shown = format!("{:?}", Access::Holders(KeyRing::new(vec![key])));
    assert_eq!(shown, "Holders(KeyRing(1 keys))");
}
