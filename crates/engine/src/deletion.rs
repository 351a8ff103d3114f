//! The deletion of one state machine: what runs of it is stopped, and when nothing does, it is gone.
//!
//! Here: one deletion, a page at a time. Not here: the marks of it in the catalog (`catalog/writer`), who
//! gives it its turns (`engine`, `driven`).
//! INVARIANT: no start of the machine is committed after its open executions were found to be none. Its
//! intake is closed before every shard is asked, and each answers when all that it took in before is durable.

use std::sync::Arc;

use asl::arn::StateMachineArn;
use asl::definition::MachineType;
use asl::error_name::Failure;
use execution::Command;
use planted::Bug;
use store::Uid;

use crate::catalog::CatalogWriter;
use crate::read::Reads;
use crate::reply::{Questions, ReplyQueue, ReplyTo};
use crate::router::Router;
use crate::shard::{Answer, Envelope, Message, Reply};

/// LIMIT: executions that a deletion stops at once.
const PAGE: usize = 1_000;

pub(crate) struct Deletion {
    arn: StateMachineArn,
    /// Where shards say that they have nothing in flight from before it.
    queue: Arc<ReplyQueue>,
    shards_behind: usize,
}

/// Where a deletion stands after a page of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    /// Starts were in flight, executions were running and are being stopped, or the store could not say or
    /// write it now.
    Stopping,
    /// Nothing is left to be done.
    Over,
}

impl Deletion {
    /// Of a machine that is marked as being deleted.
    pub(crate) fn begin(arn: StateMachineArn, router: &Router) -> Deletion {
        let (queue, mut questions) = (Arc::new(ReplyQueue::default()), Questions::default());
        for shard in 0..router.shards() {
            let reply = ReplyTo { queue: Arc::clone(&queue), ticket: questions.ask() };
            router.send_to(
                shard,
                Envelope {
                    execution: Uid::first_of(router.slots(shard).start),
                    message: Message::Barrier,
                    reply: Reply::Client(reply),
                },
            );
        }
        Deletion { arn, queue, shards_behind: router.shards() }
    }

    /// One page: stops what runs, and ends the machine when nothing does.
    pub(crate) fn go_on(&mut self, reads: &Reads, router: &Router, writer: &mut CatalogWriter) -> Progress {
        let Some(machine) = reads.catalog.state_machine(&self.arn).filter(|machine| machine.deleting) else {
            return Progress::Over;
        };
        let answers = self.queue.take().into_iter();
        self.shards_behind -= answers.filter(|(_, answer)| matches!(answer, Answer::Done)).count();
        if self.shards_behind > 0 && !planted::is_on(Bug::DeletionOvertakesStarts) {
            return Progress::Stopping;
        }
        let Ok(open) = reads.open_executions(machine.uid, PAGE) else { return Progress::Stopping };
        // Express executions end by themselves within minutes.
        if open.is_empty() || machine.machine_type == MachineType::Express {
            let finished = writer.finish_deletion(&self.arn);
            return if finished.is_ok() { Progress::Over } else { Progress::Stopping };
        }
        for execution in open {
            router.send(Envelope::command(execution, Command::Stop { failure: Failure::default() }));
        }
        Progress::Stopping
    }
}
