//! The worker protocol spoken with real shells.

use std::sync::Arc;

use asl::Document;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use super::lives::{self, Inward, Outward, Task};

struct Bench {
    inward: UnboundedSender<Inward>,
    outward: UnboundedReceiver<Outward>,
    slots: Arc<Semaphore>,
}

impl Bench {
    fn give(&self, token: &str) {
        let task = Task {
            token: token.to_owned(),
            activity: "pack".into(),
            input: Document::parse("{\n\"n\": 1}").unwrap(),
            slot: self.slots.clone().try_acquire_owned().unwrap(),
        };
        assert!(self.inward.send(Inward::Task(task)).is_ok());
    }

    /// The next thing that came out, in words.
    async fn next(&mut self) -> String {
        match self.outward.recv().await.unwrap() {
            Outward::Answered { task, result: Ok(output) } => format!("{} {}", task.token, output.text()),
            Outward::Answered { task, result: Err(failure) } => {
                format!("{} failed {} {:?}", task.token, failure.error, failure.cause)
            }
            Outward::Lost(task) => format!("{} lost", task.token),
            Outward::Note(text) => text,
        }
    }

    async fn take(&mut self, count: usize) -> Vec<String> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.next().await);
        }
        taken
    }
}

/// Runs a shell command as a worker, then closes it.
fn with_worker(command: &str, story: impl AsyncFnOnce(&mut Bench)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (inward, inbox) = lives::inbox();
        let (told, outward) = unbounded_channel();
        let keeper = tokio::task::spawn_local(lives::keep(command.to_owned(), told, inbox));
        let mut bench = Bench { inward, outward, slots: Arc::new(Semaphore::new(100)) };
        story(&mut bench).await;
        assert!(bench.inward.send(Inward::Close).is_ok());
        keeper.await.unwrap();
    });
}

#[test]
fn tasks_come_back_with_their_own_answers_in_any_order() {
    // Reads two tasks before it answers, the second first.
    let command = r#"read -r a; read -r b
        echo '{"id":"2","error":"Jam","cause":"paper"}'
        echo "{\"id\":\"1\",\"output\":[$a]}"
        cat >/dev/null"#;
    with_worker(command, async |bench| {
        bench.give("first");
        bench.give("second");
        assert_eq!(
            bench.take(2).await,
            [
                "second failed Jam Some(\"paper\")",
                "first [{\"id\":\"1\",\"activity\":\"pack\",\"input\":{ \"n\": 1}}]"
            ]
        );
        assert_eq!(bench.slots.available_permits(), 100);
    });
}

#[test]
fn lines_that_are_no_answers_are_reported_and_ignored() {
    let command = r#"read -r a; echo hello; echo '{"id":"9","output":1}'; echo oops >&2; echo '{"id":"1","output":1}'; cat >/dev/null"#;
    with_worker(command, async |bench| {
        bench.give("t");
        let mut told = bench.take(4).await;
        told.sort();
        assert!(told[0].starts_with("ignored a line of the worker: expected a JSON object"), "{told:?}");
        assert_eq!(told[1], "ignored an answer of the worker: no task `9` is open");
        assert_eq!(told[2..], ["t 1", "worker: oops"]);
    });
}

#[test]
fn tasks_of_a_dead_worker_are_lost_and_it_is_started_again() {
    let command = r#"read -r a; case $a in *'"id":"2"'*) echo '{"id":"2","output":"again"}';; *) exit 3;; esac; cat >/dev/null"#;
    with_worker(command, async |bench| {
        bench.give("first");
        assert_eq!(
            bench.take(2).await,
            [
                "the worker ended with exit code 3, 1 open task is lost; it is started again in 0.1 s",
                "first lost"
            ]
        );
        bench.give("second");
        assert_eq!(bench.next().await, "second \"again\"");
    });
}

#[test]
fn the_pause_before_a_new_start_grows() {
    with_worker("exit 0", async |bench| {
        assert_eq!(
            bench.take(3).await,
            ["0.1", "0.2", "0.4"].map(|seconds| {
                format!("the worker ended with exit code 0; it is started again in {seconds} s")
            })
        );
    });
}

#[test]
fn answers_written_before_death_count() {
    with_worker(r#"read -r a; echo '{"id":"1","output":7}'; exit 1"#, async |bench| {
        bench.give("t");
        assert_eq!(bench.next().await, "t 7");
    });
}

#[test]
fn a_worker_that_closes_its_stdout_is_replaced() {
    with_worker("read -r a; exec >&-; exec sleep 60", async |bench| {
        bench.give("t");
        assert_eq!(
            bench.take(2).await,
            ["the worker was ended by signal 9, 1 open task is lost; it is started again in 0.1 s", "t lost"]
        );
    });
}

#[test]
fn a_worker_that_ignores_the_end_of_its_stdin_is_ended() {
    with_worker("trap '' TERM; echo ready >&2; while :; do sleep 60; done", async |bench| {
        assert_eq!(bench.next().await, "worker: ready");
    });
}
