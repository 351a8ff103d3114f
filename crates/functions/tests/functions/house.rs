//! A folder with a runtime written for these tests, and functions that run it.
//!
//! INVARIANT: nothing here asserts on time; waiting ends with what is waited for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use functions::{
    Answer, FunctionError, Functions, FunctionsConfig, Invocation, InvocationType, InvokeError, LogLine,
    Owner, Surroundings,
};
use rustix::process::{Pid, test_kill_process};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

#[derive(Deserialize)]
struct File {
    functions: FunctionsConfig,
}

pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) functions: Functions,
    pub(crate) log: Arc<Mutex<Vec<LogLine>>>,
}

/// The command of a function that does what its events say.
pub(crate) const RUNTIME: &str = "command = ['python3', 'runtime.py']\n";

impl House {
    /// `config` is the body of the `[functions]` tables.
    pub(crate) fn new(config: &str) -> House {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("runtime.py"), include_str!("runtime.py")).unwrap();
        let file: File = toml::from_str(config).unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = log.clone();
        let mut environment: std::collections::BTreeMap<_, _> = std::env::vars_os().collect();
        environment.insert("SECRET_OF_THE_SERVER".into(), "secret".into());
        let surroundings =
            Surroundings { environment, log: Arc::new(move |line| sink.lock().unwrap().push(line)) };
        let functions = Functions::start(file.functions.relative_to(folder.path()), surroundings).unwrap();
        House { folder, functions, log }
    }

    /// One function `pay` with these lines beside its command. Where they name no time limit it has one
    /// that no busy machine reaches.
    pub(crate) fn with(lines: &str) -> House {
        let limit = if lines.contains("timeout_seconds") { "" } else { "timeout_seconds = 600\n" };
        House::new(&format!("[functions.pay]\n{RUNTIME}{limit}{lines}"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn invoke(&self, payload: Value) -> Result<Answer, InvokeError> {
        self.functions.invoke(invocation("pay", payload)).await
    }

    /// What the function returns for this event.
    pub(crate) async fn value(&self, payload: Value) -> Value {
        let answer = self.invoke(payload).await.unwrap();
        assert_eq!(answer.function_error, None, "{answer:?}");
        serde_json::from_slice(&answer.payload).unwrap()
    }

    /// The process that answers now.
    pub(crate) async fn pid(&self) -> u64 {
        self.value(Value::Null).await["pid"].as_u64().unwrap()
    }

    /// The error document of an event, with its request id taken out.
    pub(crate) async fn failure(&self, payload: Value) -> String {
        failure_of(self.invoke(payload).await)
    }

    pub(crate) fn logged(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|line| line.text.clone()).collect()
    }
}

pub(crate) fn failure_of(answer: Result<Answer, InvokeError>) -> String {
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.function_error), (200, Some(FunctionError::Unhandled)), "{answer:?}");
    String::from_utf8(answer.payload.to_vec()).unwrap().replace(&answer.request_id, "ID")
}

/// The document of a function that failed without saying so itself.
pub(crate) fn document(error_type: &str, message: &str) -> String {
    format!(r#"{{"errorType":"{error_type}","errorMessage":"{message}"}}"#)
}

pub(crate) fn invocation(function: &str, payload: Value) -> Invocation {
    Invocation {
        function: function.to_owned(),
        qualifier: None,
        payload: payload.to_string().into(),
        client_context: None,
        trace_header: None,
        invocation_type: InvocationType::RequestResponse,
        owner: Owner {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "123456789012".to_owned(),
        },
    }
}

/// Waits for something that another process or thread does.
pub(crate) async fn until<T>(what: &str, mut claim: impl FnMut() -> Option<T>) -> T {
    // LIMIT: 60 seconds, on a machine that has much else to do.
    for _ in 0..6_000 {
        if let Some(found) = claim() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}")
}

pub(crate) async fn until_exists(path: &Path) {
    until(&path.display().to_string(), || path.exists().then_some(())).await;
}

/// Waits until none of the processes in a file written by `loop` lives.
pub(crate) async fn until_gone(pids: &[i32]) {
    for &pid in pids {
        until("the end of a process", || (!lives(pid)).then_some(())).await;
    }
}

/// Reads the processes that a `loop` wrote down.
pub(crate) async fn pids_in(path: &Path) -> Vec<i32> {
    until_exists(path).await;
    let text = std::fs::read_to_string(path).unwrap();
    text.split(' ').map(|pid| pid.parse().unwrap()).collect()
}

pub(crate) fn lives(pid: i32) -> bool {
    // One that has ended and that nobody waits for in a container without an init is as good as gone.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_zombie = stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'));
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok() && !is_zombie
}
