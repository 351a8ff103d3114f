//! The ends of a life: its time is over, its pool wants it to go, or the process ended by itself.
//!
//! INVARIANT: afterwards no process of the group is left, and what had begun is answered, unless Stairway
//! itself ends.

use std::process::ExitStatus;

use tokio::time::timeout;

use super::{Ending, Life, Stage};
use crate::failure::Failure;
use crate::limits::PATIENCE;
use crate::log::Stream;
use crate::runtime_api::Call;

impl Life<'_> {
    /// The time of the stage is over.
    pub(super) async fn lose_patience(mut self) -> Ending {
        let time_limit = self.function.config.timeout;
        if matches!(self.stage, Stage::Idle) {
            return self.retire().await;
        }
        // Before the answer: who retries must not have two of them at work.
        self.process.kill();
        self.hear_last_words();
        let ending = match std::mem::replace(&mut self.stage, Stage::Answered) {
            Stage::Init => Ending { failure: Some(Failure::TimedOut(time_limit)), job: None },
            Stage::Failed(failure) => Ending { failure: Some(failure), job: None },
            Stage::Pending(job) => Ending { job: Some(job), failure: None },
            running @ Stage::Running(..) => {
                self.stage = running;
                self.finish(Err(Failure::TimedOut(time_limit)));
                Ending::default()
            }
            Stage::Answered | Stage::Idle => Ending::default(),
        };
        self.process.wait().await;
        ending
    }

    /// Ends the process politely; what it runs is given up.
    pub(super) async fn retire(mut self) -> Ending {
        let job = match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Pending(job) => Some(job),
            Stage::Running(job, _) => {
                drop(job);
                None
            }
            Stage::Init | Stage::Failed(_) | Stage::Idle | Stage::Answered => None,
        };
        self.process.terminate();
        let goes_by_itself = async {
            loop {
                tokio::select! {
                    Some(line) = self.process.stdout.next() => self.log(Stream::Stdout, line),
                    Some(line) = self.process.stderr.next() => self.log(Stream::Stderr, line),
                    _ = self.process.child.wait() => return,
                }
            }
        };
        // An error means that it is killed now.
        let _ = timeout(PATIENCE, goes_by_itself).await;
        self.process.kill();
        self.process.wait().await;
        Ending { job, failure: None }
    }

    /// The process has ended by itself: what it said before still counts.
    pub(super) async fn bury(mut self, status: Option<ExitStatus>) -> Ending {
        self.process.kill();
        self.process.stop_listening();
        self.parked = None;
        let last_words = async {
            loop {
                tokio::select! {
                    Some(line) = self.process.stdout.next() => self.log(Stream::Stdout, line),
                    Some(line) = self.process.stderr.next() => self.log(Stream::Stderr, line),
                    Some(call) = self.process.calls.recv() => match call {
                        Call::Next(question) => drop(question),
                        said @ (Call::Answer { .. } | Call::InitError { .. }) => drop(self.hear(said)),
                    },
                    else => return,
                }
            }
        };
        // An error means that something it started still holds its pipes.
        let _ = timeout(PATIENCE, last_words).await;
        self.process.forget();
        match std::mem::replace(&mut self.stage, Stage::Answered) {
            Stage::Init => Ending { failure: Some(Failure::exited(status)), job: None },
            Stage::Failed(failure) => Ending { failure: Some(failure), job: None },
            Stage::Pending(job) => Ending { job: Some(job), failure: None },
            running @ Stage::Running(..) => {
                self.stage = running;
                self.finish(Err(Failure::exited(status)));
                Ending::default()
            }
            Stage::Idle | Stage::Answered => Ending::default(),
        }
    }
}
