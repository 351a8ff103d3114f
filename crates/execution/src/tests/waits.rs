//! What an execution says that it waits for.

use super::{ACTIVITY, Command, Document, Reason, Trial};

/// `path reason until` of each branch.
fn waits(trial: &Trial) -> Vec<String> {
    let wait = |wait: crate::Wait| {
        let until =
            wait.until_ms.map(|until_ms| format!(" +{}", until_ms - trial.now_ms)).unwrap_or_default();
        let reason = match wait.reason {
            Reason::Turn => "turn",
            Reason::Time => "time",
            Reason::Retry => "retry",
            Reason::Worker { .. } => "worker",
            Reason::WorkerAnswer { .. } => "answer",
            Reason::Call { .. } => "call",
            Reason::Job { .. } => "job",
            Reason::Token { .. } => "token",
        };
        format!("{} {reason}{until} retries={}", wait.path.join("/"), wait.retries)
    };
    trial.execution.waits().map(wait).collect()
}

fn only(state: &str) -> String {
    format!(r#"{{"StartAt":"A","States":{{"A":{state}}}}}"#)
}

#[test]
fn each_open_branch_is_told_with_the_path_to_it() {
    let branch = |name: &str, state: &str| format!(r#"{{"StartAt":"{name}","States":{{"{name}":{state}}}}}"#);
    let definition = only(&format!(
        r#"{{"Type":"Parallel","End":true,"Branches":[{},{},{}]}}"#,
        branch("B", r#"{"Type":"Wait","Seconds":5,"End":true}"#),
        branch("C", r#"{"Type":"Succeed"}"#),
        branch(
            "D",
            &format!(
                r#"{{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"End":true,"ItemProcessor":{}}}"#,
                branch(
                    "E",
                    &format!(r#"{{"Type":"Task","Resource":"{ACTIVITY}","TimeoutSeconds":9,"End":true}}"#)
                )
            )
        ),
    ));
    let trial = Trial::new(&definition).start(r#"{"items": [1, 2, 3]}"#);
    assert_eq!(
        waits(&trial),
        [
            "A[0]/B time +5000 retries=0",
            "A[2]/D[0]/E worker +9000 retries=0",
            "A[2]/D[1]/E worker +9000 retries=0",
        ]
    );
}

#[test]
fn an_attempt_is_followed_from_the_queue_to_its_retry_and_its_end() {
    let retry = r#""Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":4}]"#;
    let task = only(&format!(r#"{{"Type":"Task","Resource":"{ACTIVITY}",{retry},"End":true}}"#));
    let mut trial = Trial::new(&task).start("{}");
    assert_eq!(waits(&trial), ["A worker retries=0"]);
    let key = trial.work(3);
    assert_eq!(waits(&trial), ["A answer retries=0"]);
    trial.fail(key, "Broken");
    assert_eq!(waits(&trial), ["A retry +4000 retries=1"]);
    trial.after_ms(4_000);
    assert_eq!(waits(&trial), ["A worker retries=1"]);
    let scheduled = trial.execution.last_event();
    let key = trial.work(scheduled);
    trial.succeed(key, "1");
    assert_eq!(waits(&trial), Vec::<String>::new());
}

#[test]
fn calls_jobs_and_tokens_are_told_apart() {
    let waits_after_submission = |resource: &str, parameters: &str| {
        let task = only(&format!(
            r#"{{"Type":"Task","Resource":"arn:aws:states:::{resource}","Parameters":{parameters},"End":true}}"#
        ));
        let mut trial = Trial::new(&task).start("{}");
        assert_eq!(waits(&trial), ["A call retries=0"]);
        let key = trial.work(3);
        let output = Document::parse("{}").unwrap();
        trial.give(Command::TaskSubmitted { task: key, output });
        waits(&trial)
    };
    let job = r#"{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m"}"#;
    assert_eq!(waits_after_submission("states:startExecution.sync", job), ["A job retries=0"]);
    let message = r#"{"QueueUrl":"q","MessageBody":{"t.$":"$$.Task.Token"}}"#;
    assert_eq!(waits_after_submission("sqs:sendMessage.waitForTaskToken", message), ["A token retries=0"]);
}
