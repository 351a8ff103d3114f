//! Keeps a worker command alive and its tasks accounted for, over as many lives as it takes.
//!
//! Here: handing tasks to the process, matching answers with tasks, what its death means, starting it
//! again. Not here: where tasks come from and where results go (`worker`), pipes (`process`).
//! INVARIANT: every task given in comes out once: answered, or lost with the process that had it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use asl::Document;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::process::{Line, Process, Sign};
use super::protocol::{self, Failure};

const FIRST_DELAY: Duration = Duration::from_millis(100);
/// LIMIT: the longest pause before the command is started again.
const DELAY_MAX: Duration = Duration::from_secs(5);
/// How long the command may take to end after its stdin was closed, and again after SIGTERM.
const PATIENCE: Duration = Duration::from_millis(500);
/// LIMIT: characters of a bad line that are repeated to the user.
const SHOWN_CHARS: usize = 120;

#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) token: String,
    pub(crate) activity: Arc<str>,
    pub(crate) input: Document,
    /// The place among the tasks that may be open at once; given back with the task.
    pub(crate) slot: OwnedSemaphorePermit,
}

pub(crate) enum Inward {
    Task(Task),
    Sign { life: u64, sign: Sign },
    Close,
}

#[derive(Debug)]
pub(crate) enum Outward {
    Answered {
        task: Task,
        result: Result<Document, Failure>,
    },
    /// The process that had the task died.
    Lost(Task),
    /// For people.
    Note(String),
}

/// Starts the command and works until `Close` comes or the inbox has no sender any more.
pub(crate) async fn keep(command: String, outward: UnboundedSender<Outward>, inbox: Inbox) {
    let Inbox { sender, mut receiver } = inbox;
    let mut lives = Lives {
        command,
        inward: sender,
        outward,
        standing: Standing::Down { until: Instant::now() },
        life: 0,
        delay: FIRST_DELAY,
        last_id: 0,
        waiting: Vec::new(),
        open: HashMap::new(),
    };
    lives.start();
    loop {
        let next = match lives.deadline() {
            Some(at) => timeout_at(at, receiver.recv()).await,
            None => Ok(receiver.recv().await),
        };
        match next {
            Err(_elapsed) => lives.deadline_passed(),
            Ok(Some(Inward::Task(task))) => lives.hand_over(task),
            Ok(Some(Inward::Sign { life, sign })) => lives.take(life, sign),
            Ok(Some(Inward::Close) | None) => break,
        }
    }
    lives.close(&mut receiver).await;
}

/// The receiving end of a worker, and the address that its own process writes to.
pub(crate) struct Inbox {
    sender: WeakUnboundedSender<Inward>,
    receiver: UnboundedReceiver<Inward>,
}

pub(crate) fn inbox() -> (UnboundedSender<Inward>, Inbox) {
    let (sender, receiver) = unbounded_channel();
    let inbox = Inbox { sender: sender.downgrade(), receiver };
    (sender, inbox)
}

struct Lives {
    command: String,
    inward: WeakUnboundedSender<Inward>,
    outward: UnboundedSender<Outward>,
    standing: Standing,
    life: u64,
    delay: Duration,
    last_id: u64,
    /// Given in while no process runs.
    waiting: Vec<Task>,
    /// With the process, by the id that it knows.
    open: HashMap<String, Task>,
}

enum Standing {
    Up(Process),
    /// Cannot work any more and has until then to end by itself.
    Mute {
        process: Process,
        until: Instant,
    },
    Down {
        until: Instant,
    },
}

impl Lives {
    fn deadline(&self) -> Option<Instant> {
        match self.standing {
            Standing::Up(_) => None,
            Standing::Mute { until, .. } | Standing::Down { until } => Some(until),
        }
    }

    fn deadline_passed(&mut self) {
        match &mut self.standing {
            Standing::Up(_) => {}
            Standing::Mute { process, until } => {
                process.kill();
                *until = Instant::now() + DELAY_MAX;
            }
            Standing::Down { .. } => self.start(),
        }
    }

    fn start(&mut self) {
        self.life += 1;
        let (life, inward) = (self.life, self.inward.clone());
        let signs = move |sign| {
            if let Some(inward) = inward.upgrade() {
                let _ = inward.send(Inward::Sign { life, sign });
            }
        };
        match Process::start(&self.command, signs) {
            Ok(process) => {
                self.standing = Standing::Up(process);
                for task in std::mem::take(&mut self.waiting) {
                    self.hand_over(task);
                }
            }
            Err(error) => self.wait_for_next_life(&format!("could not be started: {error}")),
        }
    }

    fn hand_over(&mut self, task: Task) {
        match &self.standing {
            Standing::Up(process) => {
                self.last_id += 1;
                let id = self.last_id.to_string();
                process.say(protocol::task_line(&id, &task.activity, &task.input));
                self.open.insert(id, task);
            }
            Standing::Mute { .. } | Standing::Down { .. } => self.waiting.push(task),
        }
    }

    fn take(&mut self, life: u64, sign: Sign) {
        match sign {
            Sign::Stderr(line) => self.note(match line {
                Line::Text(text) => format!("worker: {text}"),
                Line::TooLong => "worker: (a line too long to show)".to_owned(),
                Line::NotUtf8 => "worker: (a line that is not UTF-8)".to_owned(),
            }),
            _ if life != self.life => {}
            Sign::Stdout(line) => self.answered(line),
            Sign::Mute => self.fall_mute(),
            Sign::Over(how) => self.wait_for_next_life(&how),
        }
    }

    fn answered(&mut self, line: Line) {
        let (text, answer) = match line {
            Line::Text(text) if text.trim().is_empty() => return,
            Line::Text(text) => {
                let answer = protocol::answer(&text);
                (text, answer)
            }
            Line::TooLong => (String::new(), Err("a line was too long".to_owned())),
            Line::NotUtf8 => (String::new(), Err("expected UTF-8, found other bytes".to_owned())),
        };
        match answer {
            Err(why) => {
                let shown: String = text.chars().take(SHOWN_CHARS).collect();
                self.note(format!("ignored a line of the worker: {why}: {shown}"));
            }
            Ok(answer) => match self.open.remove(&answer.id) {
                Some(task) => {
                    self.delay = FIRST_DELAY;
                    self.tell(Outward::Answered { task, result: answer.result });
                }
                None => {
                    self.note(format!("ignored an answer of the worker: no task `{}` is open", answer.id))
                }
            },
        }
    }

    fn fall_mute(&mut self) {
        let down = Standing::Down { until: Instant::now() };
        self.standing = match std::mem::replace(&mut self.standing, down) {
            Standing::Up(mut process) => {
                process.close_stdin();
                Standing::Mute { process, until: Instant::now() + PATIENCE }
            }
            already => already,
        };
    }

    /// Nothing that the dead process had can be answered any more.
    fn wait_for_next_life(&mut self, how: &str) {
        if let Standing::Up(process) | Standing::Mute { process, .. } = &self.standing {
            process.kill();
        }
        let lost = match self.open.len() {
            0 => String::new(),
            1 => ", 1 open task is lost".to_owned(),
            tasks => format!(", {tasks} open tasks are lost"),
        };
        let seconds = self.delay.as_secs_f64();
        self.note(format!("the worker {how}{lost}; it is started again in {seconds:.1} s"));
        self.lose_all();
        self.standing = Standing::Down { until: Instant::now() + self.delay };
        self.delay = (self.delay * 2).min(DELAY_MAX);
    }

    fn lose_all(&mut self) {
        let mut lost: Vec<(String, Task)> = self.open.drain().collect();
        lost.sort_by_key(|(id, _)| id.parse::<u64>().unwrap_or(u64::MAX));
        for (_, task) in lost {
            self.tell(Outward::Lost(task));
        }
    }

    /// Ends the process: first by closing its stdin, then with SIGTERM, then with SIGKILL.
    async fn close(mut self, inbox: &mut UnboundedReceiver<Inward>) {
        let (Standing::Up(mut process) | Standing::Mute { mut process, .. }) =
            std::mem::replace(&mut self.standing, Standing::Down { until: Instant::now() })
        else {
            return;
        };
        process.close_stdin();
        if !self.is_over_soon(inbox).await {
            process.terminate();
            self.is_over_soon(inbox).await;
        }
        // What the command started may still run when the command itself has ended.
        process.kill();
    }

    async fn is_over_soon(&self, inbox: &mut UnboundedReceiver<Inward>) -> bool {
        let until = Instant::now() + PATIENCE;
        while let Ok(Some(next)) = timeout_at(until, inbox.recv()).await {
            match next {
                Inward::Sign { life, sign: Sign::Over(_) } if life == self.life => return true,
                Inward::Sign { sign: Sign::Stderr(Line::Text(text)), .. } => {
                    self.note(format!("worker: {text}"))
                }
                Inward::Sign { .. } | Inward::Task(_) | Inward::Close => {}
            }
        }
        false
    }

    fn note(&self, text: String) {
        self.tell(Outward::Note(text));
    }

    fn tell(&self, outward: Outward) {
        // The receiver only goes when the run is over.
        let _ = self.outward.send(outward);
    }
}
