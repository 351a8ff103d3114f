//! An invocation on its way through a pool: what the function is handed, and the way back.
//!
//! INVARIANT: a job is answered at most once; one that is dropped tells its caller that Stairway ends.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::answer::{Answer, FunctionError, InvokeError};
use crate::failure::Failure;
use crate::name::FunctionName;

pub(crate) type Reply = Result<Answer, InvokeError>;

pub(crate) struct Job {
    pub(crate) request_id: Arc<str>,
    pub(crate) function: FunctionName,
    pub(crate) payload: Bytes,
    pub(crate) client_context: Option<String>,
    pub(crate) trace_header: String,
    /// How often a process ended with it before it could begin.
    pub(crate) returned: u32,
    /// None of an event: nobody waits.
    pub(crate) reply: Option<oneshot::Sender<Reply>>,
    /// The place among the invocations that the function may have at once; given back with the job.
    pub(crate) place: OwnedSemaphorePermit,
}

impl Job {
    /// Whether it should still begin: an event always, other jobs while their caller waits.
    pub(crate) fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_none_or(|reply| !reply.is_closed())
    }

    pub(crate) fn succeed(self, payload: Bytes, log_tail: String) {
        self.answer(payload, None, log_tail);
    }

    pub(crate) fn fail(self, failure: &Failure, log_tail: String) {
        let document = failure.document(&self.request_id);
        self.answer(document, Some(FunctionError::Unhandled), log_tail);
    }

    pub(crate) fn answer(self, payload: Bytes, function_error: Option<FunctionError>, log_tail: String) {
        let answer = Answer {
            status: 200,
            payload,
            function_error,
            executed_version: Some(self.function.version().to_owned()),
            request_id: self.request_id.to_string(),
            log_tail,
        };
        self.reply_with(Ok(answer));
    }

    pub(crate) fn refuse(self, error: InvokeError) {
        self.reply_with(Err(error));
    }

    fn reply_with(self, reply: Reply) {
        // The place is free before the caller knows, so that its next invocation finds it.
        drop(self.place);
        if let Some(caller) = self.reply {
            // A caller who went away does not want to know.
            let _ = caller.send(reply);
        }
    }
}
