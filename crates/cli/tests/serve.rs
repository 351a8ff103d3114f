//! `stairway serve` and `stairway history` as a user meets them: the real binary and its signals.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:hello";
const EXECUTION: &str = "arn:aws:states:us-east-1:000000000000:execution:hello:one";

fn stairway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stairway"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

struct Server {
    process: Child,
    stderr: BufReader<std::process::ChildStderr>,
    url: String,
}

impl Server {
    fn start(data_dir: &Path) -> Server {
        let data_dir = data_dir.to_str().unwrap();
        let mut process =
            stairway(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir]).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("stairway is listening on ").expect(&line).to_owned();
        Server { process, stderr, url }
    }

    fn call(&self, operation: &str, body: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut connection = TcpStream::connect(address).unwrap();
        write!(
            connection,
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
        answer
    }

    fn create_and_start(&self, definition: &str) {
        let create = serde_json::json!({"name": "hello", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"});
        self.call("CreateStateMachine", &create.to_string());
        self.call("StartExecution", &format!(r#"{{"stateMachineArn": "{MACHINE}", "name": "one"}}"#));
    }

    fn history(&self, arguments: &[&str]) -> Command {
        stairway(&[&["history", EXECUTION, "--endpoint-url", &self.url], arguments].concat())
    }

    /// Sends a signal; gives the exit code and what was said after the ready line.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code(), said)
    }
}

/// Types of the events in the lines of `stairway history`.
fn types(history: &str) -> Vec<&str> {
    history.lines().map(|line| line.split_whitespace().nth(3).unwrap()).collect()
}

const PASS: &str = r#"{"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "End": true}}}"#;
const PASS_HISTORY: [&str; 4] =
    ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"];

#[test]
fn a_server_serves_ends_cleanly_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    server.create_and_start(PASS);
    let history = server.history(&["--follow"]).output().unwrap();
    let printed = String::from_utf8(history.stdout).unwrap();
    assert_eq!(types(&printed), PASS_HISTORY, "{printed}");
    assert_eq!(server.end(Signal::TERM), (Some(0), String::new()));

    let server = Server::start(folder.path());
    let history = server.history(&[]).output().unwrap();
    assert_eq!(String::from_utf8(history.stdout).unwrap(), printed);
    assert_eq!(server.end(Signal::INT), (Some(0), String::new()));
}

#[test]
fn following_shows_what_comes_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    server.create_and_start(
        r#"{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#,
    );
    let mut follower = server.history(&["--follow"]).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("ExecutionStarted"));
    assert!(lines.next().unwrap().unwrap().contains("WaitStateEntered"));
    server.call("StopExecution", &format!(r#"{{"executionArn": "{EXECUTION}", "cause": "enough"}}"#));
    let last = lines.last().unwrap().unwrap();
    assert!(last.contains("ExecutionAborted") && last.ends_with("cause=enough"), "{last}");
    assert!(follower.wait().unwrap().success());
    assert_eq!(server.end(Signal::TERM), (Some(0), String::new()));
}

#[test]
fn an_unknown_execution_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let history = server.history(&[]).output().unwrap();
    let said = String::from_utf8(history.stderr).unwrap();
    assert_eq!(history.status.code(), Some(1));
    assert!(
        said.starts_with("stairway: the server answered ExecutionDoesNotExist: ")
            && said.lines().count() == 1,
        "{said}"
    );
    server.end(Signal::TERM);
}

#[test]
fn mistakes_are_one_line_and_exit_code_2() {
    let mistakes = [
        &["serve", "--listen", "0.0.0.0:8083"][..],
        &["serve", "--config", "no-such-file.toml"],
        &["history", "not-an-arn"],
        &["history", EXECUTION, "--endpoint-url", "localhost"],
        &["unknown"],
        &[],
    ];
    for arguments in mistakes {
        let ended = stairway(arguments).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    }
}

#[test]
fn a_taken_port_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data_dir = folder.path().to_str().unwrap();
    let ended = stairway(&["serve", "--listen", &address, "--data-dir", data_dir]).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with(&format!("stairway: cannot listen on {address}: ")), "{said}");
}
