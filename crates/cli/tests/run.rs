//! `stairway run` as a user meets it: the real binary, its streams, its exit codes.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A folder with a definition, and the command that runs it.
struct Case {
    folder: TempDir,
    file: PathBuf,
}

impl Case {
    fn new(name: &str, definition: &str) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, definition).unwrap();
        Case { folder, file }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stairway"));
        command.arg("run").arg(&self.file).args(arguments).current_dir(self.folder.path()).env_remove("TERM");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn of(output: Output) -> Ended {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What was said, without the times in front.
    fn told(&self) -> Vec<&str> {
        self.stderr.lines().map(|line| line.split_once(" s  ").map_or(line, |(_, told)| told)).collect()
    }
}

/// A definition with one activity; `more` are members of its state, `states` come after it.
fn pay(more: &str, states: &str) -> String {
    let resource = "arn:aws:states:us-east-1:000000000000:activity:pay";
    format!(
        r#"{{"StartAt": "Pay", "States": {{
            "Pay": {{"Type": "Task", "Resource": "{resource}", {more} "End": true}}{states}
        }}}}"#
    )
}

const PASS: &str =
    r#"{"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "Result": {"a": [1, 2]}, "End": true}}}"#;

#[test]
fn the_output_stands_alone_on_stdout() {
    let ended = Case::new("hello.asl.json", PASS).run(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "{\"a\":[1,2]}\n"), "{ended:?}");
    assert_eq!(ended.told()[..2], ["execution started", "Hello: entered"]);
}

#[test]
fn the_settings_of_the_server_are_taken_for_their_functions() {
    let case = Case::new("hello.asl.json", PASS);
    let settings = case.folder.path().join("stairway.toml");
    let run = |text: &str| {
        std::fs::write(&settings, text).unwrap();
        case.run(&["--config", "stairway.toml"])
    };
    let ended = run("listen = '127.0.0.1:1'\n[functions.pay]\ncommand = ['./pay']\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "{\"a\":[1,2]}\n"), "{ended:?}");
    let ended = run("[functions.pay]\n");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    assert_eq!(
        ended.stderr,
        "stairway: cannot use the settings `stairway.toml`: line 1: expected `command` or `url` of a function, \
         found neither\n"
    );
}

#[test]
fn yaml_definitions_run() {
    let yaml = "StartAt: Hello\nStates:\n  Hello:\n    Type: Pass\n    End: true\n";
    let ended = Case::new("hello.yaml", yaml).run(&["--input", "{\"b\":2,\"a\":1}", "--name", "one"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "{\"b\":2,\"a\":1}\n"), "{ended:?}");
}

#[test]
fn a_failed_execution_tells_its_state_error_and_cause() {
    let definition = r#"{"StartAt": "Give up", "States": {"Give up": {"Type": "Fail", "Error": "Sold.Out", "Cause": "no tea"}}}"#;
    let ended = Case::new("fail.json", definition).run(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let told = ended.told();
    assert_eq!(
        told[told.len() - 3..],
        ["execution FAILED in state `Give up`", "error: Sold.Out", "cause: no tea"],
        "{ended:?}"
    );
}

#[test]
fn every_finding_about_a_definition_is_told() {
    let definition =
        r#"{"StartAt": "Nowhere", "States": {"A": {"Type": "Pass"}, "B": {"Type": "Wait", "End": true}}}"#;
    let ended = Case::new("broken.json", definition).run(&[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.stderr.matches("broken.json: error: ").count() >= 3, "{ended:?}");
    assert!(ended.stderr.lines().last().unwrap().starts_with("stairway: the definition `"), "{ended:?}");
}

#[test]
fn skipped_waits_take_no_time() {
    let definition =
        r#"{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 864000, "End": true}}}"#;
    let ended = Case::new("rest.json", definition).run(&["--skip-waits"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "{}\n"), "{ended:?}");
    assert!(ended.stderr.contains("Rest: succeeded in 10 d 00 h"), "{ended:?}");
}

#[test]
fn a_worker_does_the_tasks() {
    let case =
        Case::new("pay.json", &pay(r#""Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1}],"#, ""));
    let worker =
        r#"read -r t; echo '{"id":"1","error":"Busy"}'; read -r t; echo "{\"id\":\"2\",\"output\":$t}"; cat"#;
    let ended = case.run(&["--worker", worker, "--skip-waits", "--input", "{\"n\":\n7}"]);
    let output = "{\"id\":\"2\",\"activity\":\"pay\",\"input\":{\"n\": 7}}\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), output), "{ended:?}");
    let told = ended.told();
    assert!(told.contains(&"Pay: attempt 1 failed with Busy"), "{ended:?}");
    assert!(
        told.iter().any(|line| line.starts_with("Pay: attempt 2 started after a delay of 1.")),
        "{ended:?}"
    );
}

#[test]
fn tasks_of_a_worker_that_dies_time_out() {
    let catch = r#""Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Sorry"}],"#;
    let sorry = r#", "Sorry": {"Type": "Pass", "End": true}"#;
    let case = Case::new("pay.json", &pay(catch, sorry));
    let ended = case.run(&["--worker", "read -r t; exit 7"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = ended.told();
    assert!(told.iter().any(|line| line.starts_with("Pay: caught States.Timeout")), "{ended:?}");
    assert!(
        told.contains(
            &"the worker ended with exit code 7, 1 open task is lost; it is started again in 0.1 s"
        ),
        "{ended:?}"
    );
}

#[test]
fn without_a_worker_the_run_says_what_it_waits_for_and_ctrl_c_stops_it() {
    let case = Case::new("pay.json", &pay("", ""));
    let mut run = case.command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("state `Pay` waits") {
        line.clear();
        assert_ne!(told.read_line(&mut line).unwrap(), 0, "the run ended without a word");
    }
    assert_eq!(line, "state `Pay` waits for a worker of activity `pay`: give one with --worker CMD\n");
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.ends_with("stopped by Ctrl-C\n"), "{rest}");
}

#[test]
fn mistakes_are_one_line_and_exit_code_2() {
    let case = Case::new("hello.asl.json", PASS);
    for arguments in [&["--inptu", "1"][..], &["--input", "nofile"], &["--name", "a b"]] {
        let ended = case.run(arguments);
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1), "{ended:?}");
        assert!(ended.stderr.starts_with("stairway: "), "{ended:?}");
    }
}
