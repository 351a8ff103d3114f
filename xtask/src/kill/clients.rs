//! Who asks while the server is killed: starters, workers, a reader. Each is a thread with a connection.
//!
//! A call that broke off is asked again, word for word, until there is an answer: as an SDK would.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::http::{Answer, Connection, Lost};
use super::journal::{Journal, Outcome, Started, TaskAnswer};
use super::random::Random;
use super::workload::{self, ACTIVITIES, MACHINES};

const STARTERS: usize = 2;
/// Pollers of each activity.
const WORKERS: usize = 4;
/// Between two starts of a starter.
const START_PAUSE: Duration = Duration::from_millis(8);
/// While the server is down.
const DOWN_PAUSE: Duration = Duration::from_millis(5);
/// LIMIT: histories remembered for the comparison at the end.
const READS_MAX: usize = 3_000;
/// LIMIT: tasks that one worker keeps in its hands before it answers the oldest.
const HELD_MAX: usize = 60;

pub(super) struct Load {
    port: Arc<AtomicU16>,
    journal: Mutex<Journal>,
    /// No new executions; every task is done at once.
    pub(super) finishing: AtomicBool,
    /// Everybody goes home.
    pub(super) finished: AtomicBool,
    numbers: AtomicU64,
}

impl Load {
    pub(super) fn new(port: Arc<AtomicU16>) -> Load {
        Load {
            port,
            journal: Mutex::default(),
            finishing: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            numbers: AtomicU64::new(0),
        }
    }

    pub(super) fn connect(&self) -> Connection {
        Connection::new(self.port.clone())
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn spawn<'scope, 'env>(&'env self, scope: &'scope Scope<'scope, 'env>, random: &mut Random) {
        for _ in 0..STARTERS {
            let random = random.fork();
            scope.spawn(|| self.start_executions(random));
        }
        for activity in ACTIVITIES {
            for _ in 0..WORKERS {
                let random = random.fork();
                scope.spawn(move || self.work(activity, random));
            }
        }
        let random = random.fork();
        scope.spawn(|| self.read_histories(random));
    }

    /// Waits until every execution that was acknowledged has ended.
    pub(super) fn await_the_end(&self, deadline: Instant) -> Result<()> {
        let mut connection = self.connect();
        let mut ended = BTreeSet::new();
        loop {
            // A start that is on its way may still be added while the others are awaited.
            let open = self.started_but_not_in(&ended);
            if open.is_empty() {
                return Ok(());
            }
            for arn in open {
                self.await_one(&mut connection, &arn, deadline)?;
                ended.insert(arn);
            }
        }
    }

    fn started_but_not_in(&self, ended: &BTreeSet<String>) -> Vec<String> {
        let journal = self.journal();
        journal
            .started
            .values()
            .map(|started| &started.arn)
            .filter(|arn| !ended.contains(*arn))
            .cloned()
            .collect()
    }

    /// That an execution is unknown, or ended badly, is for the verdict to say.
    fn await_one(&self, connection: &mut Connection, arn: &str, deadline: Instant) -> Result<()> {
        let path = format!("/stairway/executions/{arn}/end?wait=20");
        while connection.get(&path)?.body["status"] == "RUNNING" {
            ensure!(Instant::now() < deadline, "{arn} did not end in time");
        }
        Ok(())
    }

    /// Asks until there is an answer; the number of times that none came, too. None when all is over.
    fn ask(&self, connection: &mut Connection, operation: &str, request: &Value) -> Option<(Answer, u64)> {
        let mut broken_off = 0;
        while !self.finished.load(Ordering::SeqCst) {
            match connection.call(operation, request) {
                Ok(answer) => return Some((answer, broken_off)),
                Err(Lost::BrokenOff(_)) => broken_off += 1,
                Err(Lost::NotSent(_)) => thread::sleep(DOWN_PAUSE),
            }
        }
        None
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::SeqCst)
    }

    fn start_executions(&self, mut random: Random) {
        let mut connection = self.connect();
        while !self.finishing.load(Ordering::SeqCst) {
            let machine = MACHINES[random.within(0..MACHINES.len() as u64) as usize];
            let name = format!("e{:08}", self.number());
            let input = workload::input(&mut random).to_string();
            let request =
                json!({ "stateMachineArn": workload::machine_arn(machine), "name": name, "input": input });
            let Some((answer, broken_off)) = self.ask(&mut connection, "StartExecution", &request) else {
                return;
            };
            let arn = match answer.error() {
                None => answer.body["executionArn"].as_str().unwrap_or_default().to_owned(),
                // The start before the lost answer was the one, and it has ended since.
                Some("ExecutionAlreadyExists") if broken_off > 0 => {
                    workload::machine_arn(machine).replace("stateMachine", "execution") + ":" + &name
                }
                Some(_) => {
                    self.journal().surprises.push(format!("StartExecution {name}: {}", answer.body));
                    continue;
                }
            };
            let mut journal = self.journal();
            journal.unknown += broken_off;
            journal.started.insert(name, Started { arn, machine, input });
            drop(journal);
            thread::sleep(START_PAUSE);
        }
    }

    /// Polls and answers: mostly success, some failures, some late, some never.
    fn work(&self, activity: &str, mut random: Random) {
        let mut connection = self.connect();
        let mut held: VecDeque<Value> = VecDeque::new();
        while !self.finished.load(Ordering::SeqCst) {
            let finishing = self.finishing.load(Ordering::SeqCst);
            while held.len() > HELD_MAX || finishing && !held.is_empty() {
                self.answer(&mut connection, held.pop_front(), Choice::Succeed);
            }
            let request = json!({ "activityArn": workload::activity_arn(activity), "workerName": "killed" });
            let Some((answer, broken_off)) = self.ask(&mut connection, "GetActivityTask", &request) else {
                return;
            };
            let task = answer.body;
            let Some(token) = task["taskToken"].as_str().filter(|token| !token.is_empty()) else {
                self.note_poll(None, broken_off);
                continue;
            };
            self.note_poll(Some(token), broken_off);
            match random.within(0..100) {
                _ if finishing => self.answer(&mut connection, Some(task), Choice::Succeed),
                0..55 => self.answer(&mut connection, Some(task), Choice::Succeed),
                55..70 => self.answer(&mut connection, Some(task), Choice::Fail),
                70..95 => held.push_back(task),
                _ => {}
            }
            if random.percent(20) {
                self.answer(&mut connection, held.pop_front(), Choice::Succeed);
            }
            if let Some(task) = held.front().filter(|_| random.percent(20)) {
                let request = json!({ "taskToken": task["taskToken"] });
                let Some((answer, _)) = self.ask(&mut connection, "SendTaskHeartbeat", &request) else {
                    return;
                };
                self.journal().heartbeats += u64::from(answer.error().is_none());
            }
        }
    }

    fn note_poll(&self, token: Option<&str>, broken_off: u64) {
        let mut journal = self.journal();
        journal.unknown += broken_off;
        if let Some(token) = token
            && !journal.tokens.insert(token.to_owned())
        {
            journal.tokens_given_twice.push(token.to_owned());
        }
    }

    fn answer(&self, connection: &mut Connection, task: Option<Value>, choice: Choice) {
        let Some(task) = task else { return };
        let mark = format!("mark-{}-", self.number());
        let given: Value =
            task["input"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let execution = given["execution"].as_str().unwrap_or_default().to_owned();
        let (operation, request) = match choice {
            Choice::Succeed => {
                let output = json!({ "mark": mark }).to_string();
                ("SendTaskSuccess", json!({ "taskToken": task["taskToken"], "output": output }))
            }
            Choice::Fail => (
                "SendTaskFailure",
                json!({ "taskToken": task["taskToken"], "error": "Flaky", "cause": mark }),
            ),
        };
        // Written down first: an answer that gets lost with the last server is one of unknown outcome.
        self.journal()
            .answers
            .insert(mark.clone(), TaskAnswer { execution: execution.clone(), outcome: Outcome::Unknown });
        let Some((answer, broken_off)) = self.ask(connection, operation, &request) else { return };
        let mut journal = self.journal();
        journal.unknown += broken_off;
        let outcome = match answer.error() {
            None => Outcome::Acknowledged,
            Some("TaskTimedOut" | "TaskDoesNotExist") if broken_off > 0 => Outcome::Unknown,
            Some("TaskTimedOut" | "TaskDoesNotExist") => Outcome::Refused,
            Some(_) => {
                journal.surprises.push(format!("{operation}: {}", answer.body));
                Outcome::Refused
            }
        };
        journal.answers.insert(mark, TaskAnswer { execution, outcome });
    }

    /// Remembers histories as they are now, for the comparison at the end.
    fn read_histories(&self, mut random: Random) {
        let mut connection = self.connect();
        while !self.finished.load(Ordering::SeqCst) {
            thread::sleep(DOWN_PAUSE);
            let chosen = {
                let journal = self.journal();
                let count = journal.started.len() as u64;
                if count == 0 || journal.reads.len() >= READS_MAX {
                    continue;
                }
                // Mostly one of the young: those that still grow.
                let at = count - 1 - random.within(0..count.min(300));
                journal.started.values().nth(at as usize).map(|started| started.arn.clone())
            };
            let Some(arn) = chosen else { continue };
            let request = json!({ "executionArn": arn, "maxResults": 1000 });
            let Some((answer, _)) = self.ask(&mut connection, "GetExecutionHistory", &request) else {
                return;
            };
            let mut journal = self.journal();
            match answer.body["events"].as_array() {
                Some(events) => journal.reads.push((arn, events.clone())),
                None => journal.surprises.push(format!("GetExecutionHistory of {arn}: {}", answer.body)),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Choice {
    Succeed,
    Fail,
}
