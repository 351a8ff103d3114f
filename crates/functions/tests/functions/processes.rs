//! Functions as local processes: started, kept, shared out, crashed, timed out, ended.

use crate::house::{House, RUNTIME, document, failure_of, invocation, pids_in, until_exists, until_gone};
use functions::{InvocationType, InvokeError, Stream};
use serde_json::{Value, json};

#[tokio::test]
async fn a_process_is_kept_warm() {
    let house = House::with("");
    assert_eq!(house.pid().await, house.pid().await);
    assert_eq!(house.logged(), ["getting ready"]);
}

#[tokio::test]
async fn invocations_run_at_once_in_processes_of_their_own() {
    let house = House::with("concurrency = 3");
    let names = ["a", "b", "c"].map(|name| house.path(name).display().to_string());
    // Each of the three ends only when all of them have begun.
    let meet = |mine: &String| json!({"do": "meet", "mine": mine, "all": names});
    let (a, b, c) = tokio::join!(
        house.value(meet(&names[0])),
        house.value(meet(&names[1])),
        house.value(meet(&names[2]))
    );
    assert!(a["pid"] != b["pid"] && b["pid"] != c["pid"] && a["pid"] != c["pid"], "{a} {b} {c}");
}

#[tokio::test]
async fn those_that_find_no_process_wait() {
    let house = House::with("concurrency = 1");
    let answers = [house.pid(), house.pid(), house.pid(), house.pid()].map(Box::pin);
    let [a, b, c, d] = answers;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    assert!(a == b && b == c && c == d, "one process answers all");
}

#[tokio::test]
async fn more_than_may_wait_are_refused() {
    let house = House::with("concurrency = 1\nqueue = 1");
    let (begun, until) = (house.path("begun"), house.path("until"));
    let busy = house.invoke(json!({"do": "wait", "begun": begun, "until": until}));
    let others = async {
        until_exists(&begun).await;
        let mut waiting = Box::pin(house.invoke(json!(1)));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("the only process is busy"),
            () = std::future::ready(()) => {}
        }
        let refused = house.invoke(json!(2)).await;
        std::fs::write(&until, "").unwrap();
        (waiting.await, refused)
    };
    let (busy, (waiting, refused)) = tokio::join!(busy, others);
    assert!(busy.is_ok() && waiting.is_ok());
    assert_eq!(refused, Err(InvokeError::TooManyRequests));
    assert!(house.invoke(json!(3)).await.is_ok(), "the places are free again");
}

#[tokio::test]
async fn a_crash_fails_its_invocation_and_no_other() {
    let house = House::with("");
    let before = house.pid().await;
    assert_eq!(
        house.failure(json!({"do": "exit", "code": 7})).await,
        document("Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 7")
    );
    assert_ne!(house.pid().await, before);
    assert_eq!(
        house.failure(json!({"do": "signal", "signal": 9})).await,
        document("Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: signal: killed")
    );
    assert_eq!(
        house.failure(json!({"do": "exit", "code": 0})).await,
        document("Runtime.ExitError", "RequestId: ID Error: Runtime exited without providing a reason")
    );
}

#[tokio::test]
async fn what_was_answered_before_a_crash_counts() {
    let house = House::with("");
    let before = house.pid().await;
    assert_eq!(house.value(json!({"do": "answer-and-exit"})).await, "last words");
    assert_ne!(house.pid().await, before);
}

#[tokio::test]
async fn a_process_that_ends_gives_back_what_it_had_not_begun() {
    let house = House::with("concurrency = 1");
    let (left, until) = (house.path("left"), house.path("until"));
    let before = house.value(json!({"do": "leave-the-queue", "left": left, "until": until})).await;
    until_exists(&left).await;
    let end = async { std::fs::write(&until, "").unwrap() };
    let (after, ()) = tokio::join!(house.pid(), end);
    assert_ne!(before.as_u64().unwrap(), after);
}

#[tokio::test]
async fn the_time_limit_kills_the_whole_group() {
    let house = House::with("timeout_seconds = 1");
    let pids = house.path("pids");
    assert_eq!(
        house.failure(json!({"do": "loop", "pids": pids})).await,
        document("Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds")
    );
    until_gone(&pids_in(&pids).await).await;
    house.pid().await;
}

#[tokio::test]
async fn a_function_that_cannot_get_ready_says_why() {
    let house = House::new(
        "[functions]\n\
         told = { command = ['python3', 'runtime.py', 'init-error'], timeout_seconds = 600 }\n\
         exits = { command = ['python3', 'runtime.py', 'exit'], timeout_seconds = 600 }\n\
         hangs = { command = ['python3', 'runtime.py', 'hang'], timeout_seconds = 1 }\n\
         missing = { command = ['./nothing'] }\n\
         nowhere = { command = ['true'], directory = 'nowhere' }\n",
    );
    let failure =
        async |function: &str| failure_of(house.functions.invoke(invocation(function, Value::Null)).await);
    assert_eq!(
        failure("told").await,
        r#"{"errorMessage": "no module", "errorType": "Runtime.ImportModuleError", "stackTrace": []}"#
    );
    assert_eq!(
        failure("exits").await,
        document("Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3")
    );
    assert_eq!(
        failure("hangs").await,
        document("Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds")
    );
    let folder = house.folder.path().display();
    assert_eq!(
        failure("missing").await,
        document(
            "Runtime.InvalidEntrypoint",
            &format!("RequestId: ID Error: fork/exec {folder}/./nothing: no such file or directory")
        )
    );
    assert_eq!(
        failure("nowhere").await,
        document(
            "Runtime.InvalidEntrypoint",
            &format!("RequestId: ID Error: chdir {folder}/nowhere: no such file or directory")
        )
    );
}

#[tokio::test]
async fn logs_carry_the_request_that_they_belong_to() {
    let house = House::with("");
    let answer = house.invoke(json!({"do": "log"})).await.unwrap();
    let log = house.log.lock().unwrap().clone();
    let found: Vec<_> =
        log.iter().map(|line| (line.stream, line.request_id.as_deref(), line.text.as_str())).collect();
    let id = Some(answer.request_id.as_str());
    assert_eq!(found[0], (Stream::Stdout, None, "getting ready"));
    assert!(found.contains(&(Stream::Stdout, id, "to stdout")), "{found:?}");
    assert!(found.contains(&(Stream::Stderr, id, "to stderr")), "{found:?}");
    assert!(log.iter().all(|line| &*line.function == "pay"));
    let tail: Vec<&str> = answer.log_tail.lines().collect();
    assert_eq!(tail[0], format!("START RequestId: {} Version: $LATEST", answer.request_id));
    assert!(tail.contains(&"to stdout") && tail.contains(&"to stderr"), "{tail:?}");
    assert_eq!(tail[tail.len() - 2], format!("END RequestId: {}", answer.request_id));
    assert!(tail[tail.len() - 1].starts_with("REPORT RequestId: "), "{tail:?}");
}

#[tokio::test]
async fn the_environment_is_lambdas_and_not_the_servers() {
    let house = House::with("environment = { TABLE = 'orders' }\nmemory_size = 256");
    let found = house.value(json!({"do": "environment"})).await;
    assert_eq!(found["TABLE"], "orders");
    assert_eq!(found["AWS_LAMBDA_FUNCTION_NAME"], "pay");
    assert_eq!(found["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(found["AWS_REGION"], "eu-west-1");
    assert_eq!(found["LAMBDA_TASK_ROOT"], house.folder.path().to_str().unwrap());
    assert_eq!(found["SECRET_OF_THE_SERVER"], Value::Null);
}

#[tokio::test]
async fn an_idle_process_is_ended() {
    let house = House::with("idle_seconds = 1");
    let pid = i32::try_from(house.pid().await).unwrap();
    until_gone(&[pid]).await;
    assert_ne!(house.pid().await, u64::try_from(pid).unwrap());
}

#[tokio::test]
async fn changed_code_runs_in_new_processes() {
    let house = House::with("reload = true");
    let before = house.pid().await;
    std::fs::write(house.path("more.py"), "changed = True").unwrap();
    // Changes are seen half a second late at most.
    let mut after = before;
    while after == before {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        after = house.pid().await;
    }
    assert!(house.logged().contains(&"a file changed: processes are started anew".to_owned()));
}

#[tokio::test]
async fn events_run_unheard_and_dry_runs_not_at_all() {
    let house = House::with("");
    let mark = house.path("mark");
    let of_type = async |invocation_type| {
        let payload = json!({"do": "wait", "begun": mark, "until": mark});
        let invocation = functions::Invocation { invocation_type, ..invocation("pay", payload) };
        house.functions.invoke(invocation).await.unwrap()
    };
    let answer = of_type(InvocationType::DryRun).await;
    assert_eq!((answer.status, answer.payload.len(), answer.executed_version), (204, 0, None));
    let answer = of_type(InvocationType::Event).await;
    assert_eq!((answer.status, answer.payload.len(), answer.executed_version), (202, 0, None));
    until_exists(&mark).await;
}

#[tokio::test]
async fn a_caller_who_went_away_frees_the_queue() {
    let house = House::with("concurrency = 1\nqueue = 1");
    let (begun, until) = (house.path("begun"), house.path("until"));
    let busy = house.invoke(json!({"do": "wait", "begun": begun, "until": until}));
    let others = async {
        until_exists(&begun).await;
        let unwanted = house.path("unwanted").display().to_string();
        let mut gone = Box::pin(house.invoke(json!({"do": "meet", "mine": unwanted, "all": []})));
        tokio::select! {
            biased;
            _ = &mut gone => panic!("the only process is busy"),
            () = std::future::ready(()) => {}
        }
        drop(gone);
        std::fs::write(&until, "").unwrap();
    };
    let (busy, ()) = tokio::join!(busy, others);
    assert!(busy.is_ok());
    house.pid().await;
    assert!(!house.path("unwanted").exists(), "nobody waited for it any more");
}

#[tokio::test]
async fn shutting_down_ends_all_processes_and_tells_their_callers() {
    let house = House::with("concurrency = 1\ntimeout_seconds = 600");
    let pids = house.path("pids");
    let running = house.invoke(json!({"do": "loop", "pids": pids}));
    let waiting = house.invoke(json!(1));
    let end = async {
        let pids = pids_in(&pids).await;
        house.functions.shutdown().await;
        pids
    };
    let (running, waiting, pids) = tokio::join!(running, waiting, end);
    assert_eq!(running, Err(InvokeError::ShutDown));
    assert_eq!(waiting, Err(InvokeError::ShutDown));
    assert_eq!(house.invoke(json!(2)).await, Err(InvokeError::ShutDown));
    until_gone(&pids).await;
}

#[tokio::test]
async fn the_last_handle_takes_its_processes_along() {
    let House { functions, folder, .. } = House::with("timeout_seconds = 600");
    let pids = folder.path().join("pids");
    let mut running = Box::pin(functions.invoke(invocation("pay", json!({"do": "loop", "pids": pids}))));
    let found = tokio::select! {
        _ = &mut running => panic!("it runs for ever"),
        found = pids_in(&pids) => found,
    };
    drop(running);
    drop(functions);
    until_gone(&found).await;
}

#[tokio::test]
async fn the_most_precise_name_answers() {
    let house = House::new(&format!(
        "[functions.pay]\n{RUNTIME}timeout_seconds = 600\nenvironment = {{ WHICH = 'any' }}\n\
         [functions.'pay:prod']\n{RUNTIME}timeout_seconds = 600\nenvironment = {{ WHICH = 'prod' }}\n\
         [functions.'arn:aws:lambda:eu-west-1:999999999999:function:pay']\n{RUNTIME}timeout_seconds = 600\n\
         environment = {{ WHICH = 'other account' }}\n"
    ));
    let which = async |function: &str| {
        let invocation = invocation(function, json!({"do": "environment"}));
        let answer = house.functions.invoke(invocation).await.unwrap();
        let environment: Value = serde_json::from_slice(&answer.payload).unwrap();
        environment["WHICH"].as_str().unwrap().to_owned()
    };
    assert_eq!(which("pay").await, "any");
    assert_eq!(which("arn:aws:lambda:eu-west-1:123456789012:function:pay:prod").await, "prod");
    assert_eq!(which("999999999999:function:pay").await, "other account");
    let missing = house.functions.invoke(invocation("ship", json!(1))).await.unwrap_err();
    assert_eq!(
        missing.to_string(),
        "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:ship:$LATEST"
    );
    assert_eq!((missing.name(), missing.status()), ("ResourceNotFoundException", 404));
}

#[tokio::test]
async fn a_failing_process_is_not_started_again_by_itself() {
    let house = House::new(
        "[functions]\npay = { command = ['python3', 'runtime.py', 'exit'], timeout_seconds = 600 }\n",
    );
    for _ in 0..3 {
        house.failure(Value::Null).await;
    }
    let starts = house.logged().iter().filter(|line| *line == "getting ready").count();
    assert_eq!(starts, 3, "one start for each invocation: {:?}", house.logged());
}
