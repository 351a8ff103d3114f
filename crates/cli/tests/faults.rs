//! The binary on a disk that goes wrong: it is ended at every write and sync of a fixed workload, a sync fails,
//! the disk is full. What was acknowledged is there afterwards, and each ending has its own words.
//!
//! The faults come from the store's own seam (`store-disk/src/faulty_disk.rs`), which only builds with debug
//! assertions have: this is the binary that ships but for that and for how fast it is.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;
use std::time::Duration;

const PASS: &str = r#"{"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "End": true}}}"#;
const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:hello";
/// Executions of the fixed workload.
const STARTS: usize = 6;
/// The disk's own failure, as `stairway serve --help` says it.
const EXIT_STORE: i32 = 74;

struct Server {
    process: Child,
    /// Kept open: a server must be able to say what happens to it.
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Server {
    /// None when the process ends before it listens.
    fn start(data_dir: &Path, faults: &str) -> Option<Server> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stairway"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()]);
        if !faults.is_empty() {
            command.env("STAIRWAY_TEST_DISK", faults);
        }
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let Some(address) = line.trim_end().strip_prefix("stairway is listening on http://") else {
            process.wait().unwrap();
            return None;
        };
        let address = address.to_owned();
        Some(Server { process, stderr, address })
    }

    /// Status and body; none when there is no answer.
    fn call(&self, operation: &str, body: &serde_json::Value) -> Option<(u16, String)> {
        let (address, body) = (&self.address, body.to_string());
        let mut connection = TcpStream::connect(address).ok()?;
        write!(
            connection,
            "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
    }

    fn create(&self) -> Option<(u16, String)> {
        let role = "arn:aws:iam::000000000000:role/r";
        self.call(
            "CreateStateMachine",
            &serde_json::json!({"name": "hello", "definition": PASS, "roleArn": role}),
        )
    }

    fn start_execution(&self, name: &str) -> Option<(u16, String)> {
        self.call("StartExecution", &serde_json::json!({"stateMachineArn": MACHINE, "name": name}))
    }

    /// What of the fixed workload was acknowledged: the machine, and so many executions.
    fn work(&self) -> (bool, usize) {
        let is_created = self.create().is_some_and(|(status, _)| status == 200);
        let is_started = |number: &usize| {
            self.start_execution(&format!("e{number}")).is_some_and(|(status, _)| status == 200)
        };
        (is_created, (0..STARTS).take_while(is_started).count())
    }

    /// Everything that was acknowledged is there, and ends.
    fn check(&self, (is_created, started): (bool, usize), what: &str) {
        if is_created {
            let (status, said) =
                self.call("DescribeStateMachine", &serde_json::json!({"stateMachineArn": MACHINE})).unwrap();
            assert_eq!(status, 200, "{what}: {said}");
        }
        for number in 0..started {
            let arn = format!("{}:e{number}", MACHINE.replace(":stateMachine:", ":execution:"));
            let described =
                || self.call("DescribeExecution", &serde_json::json!({"executionArn": arn})).unwrap();
            let mut turns = 0;
            while !described().1.contains("SUCCEEDED") {
                turns += 1;
                assert!(turns < 500, "{what}: e{number} is {:?}", described());
                thread::sleep(Duration::from_millis(20));
            }
        }
        // The names are taken: nothing is started twice.
        for number in 0..started {
            let (status, said) = self.start_execution(&format!("e{number}")).unwrap();
            assert_ne!(status, 200, "{what}: {said}");
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// The exit code and what was said, of a process that ends by itself.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code(), said)
    }
}

#[test]
fn a_process_that_ends_in_any_write_or_sync_has_lost_nothing_acknowledged() {
    let mut in_the_workload = 0;
    for operation in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let what = format!("ended in operation {operation}");
        let acknowledged = match Server::start(folder.path(), &format!("abort-at={operation}")) {
            None => (false, 0),
            Some(server) => {
                let acknowledged = server.work();
                if acknowledged == (true, STARTS) {
                    server.kill();
                    break;
                }
                in_the_workload += 1;
                server.ended();
                acknowledged
            }
        };
        let server = Server::start(folder.path(), "").unwrap_or_else(|| panic!("{what}: it does not open"));
        server.check(acknowledged, &what);
        server.kill();
    }
    assert!(in_the_workload >= 2 * STARTS, "{in_the_workload} operations were in the workload");
}

#[test]
fn i22_a_failed_sync_ends_the_process_with_its_own_exit_code() {
    let mut failed = 0;
    for sync in (1..).step_by(2) {
        let folder = tempfile::tempdir().unwrap();
        let Some(server) = Server::start(folder.path(), &format!("fail-sync-at={sync}")) else { continue };
        let acknowledged = server.work();
        if acknowledged == (true, STARTS) {
            server.kill();
            break;
        }
        failed += 1;
        let (code, said) = server.ended();
        assert_eq!(code, Some(EXIT_STORE), "sync {sync}: {said}");
        assert!(said.contains("the store failed"), "sync {sync}: {said}");
        let server = Server::start(folder.path(), "").unwrap();
        server.check(acknowledged, &format!("sync {sync} failed"));
        server.kill();
    }
    assert!(failed >= 3, "{failed} syncs failed in the workload");
}

#[test]
fn i23_a_full_disk_refuses_starts_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    let data = folder.path().join("data");
    let server = Server::start(&data, &format!("full-while={}", full.display())).unwrap();
    let acknowledged = server.work();
    assert_eq!(acknowledged, (true, STARTS));
    let restart_look = || thread::sleep(Duration::from_millis(150));
    for turn in 0..2 {
        std::fs::write(&full, "").unwrap();
        restart_look();
        let (status, said) = server.start_execution(&format!("refused{turn}")).unwrap();
        assert_eq!(status, 503, "{said}");
        assert!(said.contains("full, or nearly"), "{said}");
        server.check(acknowledged, "while the disk is full");
        std::fs::remove_file(&full).unwrap();
        restart_look();
        assert_eq!(server.start_execution(&format!("later{turn}")).unwrap().0, 200);
    }
    server.kill();
    let server = Server::start(&data, "").unwrap();
    server.check(acknowledged, "after the disk was full");
    server.kill();
}

#[test]
fn every_acknowledged_start_has_a_sync_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let syncs = folder.path().join("syncs");
    let server =
        Server::start(&folder.path().join("data"), &format!("syncs-to={}", syncs.display())).unwrap();
    let count = || std::fs::metadata(&syncs).unwrap().len();
    assert_eq!(server.create().unwrap().0, 200);
    for number in 0..20 {
        let before = count();
        assert_eq!(server.start_execution(&format!("e{number}")).unwrap().0, 200);
        assert!(count() > before, "start {number} was acknowledged without a sync");
    }
    server.kill();
}
