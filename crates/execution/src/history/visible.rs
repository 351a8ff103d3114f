//! From records to the events of AWS's history. The only place that knows AWS's names of events and of
//! their members.

use std::collections::HashMap;
use std::sync::Arc;

use asl::error_name::Failure;
use asl::resource::{Pattern, Resource};
use asl::state::Kind;
use asl::{Document, StateId};

use crate::execution::Identity;
use crate::history::event::{Detail, HistoryEvent};
use crate::payload::PayloadId;
use crate::record::{Batch, Event, EventId, Record, Through};

/// The whole history of an execution from all its batches.
pub fn visible(identity: &Identity, batches: impl IntoIterator<Item = Batch>) -> Vec<HistoryEvent> {
    let mut reader = Reader::default();
    batches.into_iter().flat_map(|batch| reader.read(identity, &batch)).collect()
}

/// Reads the batches of one execution in order.
#[derive(Debug, Default)]
pub struct Reader {
    payloads: HashMap<PayloadId, Document>,
    last_event: u64,
    /// Of the execution that starts with the next event.
    through: Option<Through>,
}

impl Reader {
    /// A reader that goes on after event `last_event`, knowing the payloads that may be named.
    pub(crate) fn after(last_event: u64, payloads: impl Iterator<Item = (PayloadId, Document)>) -> Self {
        Reader { payloads: payloads.collect(), last_event, through: None }
    }

    pub fn read(&mut self, identity: &Identity, batch: &Batch) -> Vec<HistoryEvent> {
        for (offset, payload) in batch.payloads.iter().enumerate() {
            self.payloads.insert(PayloadId(batch.first_payload + offset as u32), payload.clone());
        }
        let mut events = Vec::with_capacity(batch.records.len());
        for (at, record) in batch.records.iter().enumerate() {
            match record {
                Record::StartedThrough { through } => self.through = Some(through.clone()),
                Record::Event { .. } => {
                    self.last_event += 1;
                    let payload = |id| self.payload(id);
                    let viewer = Viewer { payload: &payload, through: self.through.as_ref() };
                    events.extend(viewer.event(identity, self.last_event, batch, at));
                }
                _ => {}
            }
        }
        events
    }

    fn payload(&self, id: PayloadId) -> Document {
        self.payloads.get(&id).expect("a payload is recorded before it is named").clone()
    }
}

/// Makes what AWS shows of one event.
pub(super) struct Viewer<'a> {
    /// The payload of a number.
    pub(super) payload: &'a dyn Fn(PayloadId) -> Document,
    pub(super) through: Option<&'a Through>,
}

impl Viewer<'_> {
    /// The event that a record of the batch is; none if it is hidden.
    pub(super) fn event(
        &self,
        identity: &Identity,
        id: EventId,
        batch: &Batch,
        at: usize,
    ) -> Option<HistoryEvent> {
        let Record::Event { previous, event, .. } = &batch.records[at] else { return None };
        let mut view = self.view(identity, event);
        if let Some(Record::TaskCredentials { role_arn, .. }) = batch.records.get(at + 1) {
            view.add("taskCredentials", Detail::Members(vec![("roleArn", Arc::clone(role_arn))]));
        }
        Some(HistoryEvent {
            id,
            previous_event_id: *previous,
            timestamp_ms: batch.at_ms,
            type_name: view.type_name,
            state_name: view.state.map(|state| Arc::clone(&identity.machine.state(state).name)),
            details: view.details,
        })
    }

    fn data(&self, id: PayloadId) -> Detail {
        Detail::Data((self.payload)(id))
    }

    fn variables(&self, assigned: &[(Arc<str>, PayloadId)]) -> Detail {
        let values = assigned.iter().map(|(name, value)| (Arc::clone(name), (self.payload)(*value)));
        Detail::Variables(values.collect())
    }

    fn view(&self, identity: &Identity, event: &Event) -> View {
        let name = |state: &StateId| Detail::Text(Arc::clone(&identity.machine.state(*state).name));
        match event {
            Event::ExecutionStarted { input, .. } => {
                let mut details = vec![
                    ("input", self.data(*input)),
                    ("roleArn", Detail::Text(Arc::clone(&identity.role_arn))),
                ];
                if let Some(through) = self.through {
                    let machine = &identity.state_machine_arn;
                    let alias = through.alias_arn(machine);
                    details.extend(alias.map(|arn| ("stateMachineAliasArn", Detail::Text(arn))));
                    details.push(("stateMachineVersionArn", Detail::Text(through.version_arn(machine))));
                }
                View::of("ExecutionStarted").details("executionStartedEventDetails", details)
            }
            Event::ExecutionSucceeded { output } => View::of("ExecutionSucceeded")
                .details("executionSucceededEventDetails", vec![("output", self.data(*output))]),
            Event::ExecutionFailed { failure } => {
                View::of("ExecutionFailed").details("executionFailedEventDetails", failure_details(failure))
            }
            Event::ExecutionAborted { failure } => {
                View::of("ExecutionAborted").details("executionAbortedEventDetails", failure_details(failure))
            }
            Event::ExecutionTimedOut { failure } => View::of("ExecutionTimedOut")
                .details("executionTimedOutEventDetails", failure_details(failure)),
            Event::ExecutionRedriven { count, .. } => View::of("ExecutionRedriven").details(
                "executionRedrivenEventDetails",
                vec![("redriveCount", Detail::Number(u64::from(*count)))],
            ),
            Event::StateEntered { state, input } => {
                View::of(entered_name(identity, *state)).about(*state).details(
                    "stateEnteredEventDetails",
                    vec![("name", name(state)), ("input", self.data(*input))],
                )
            }
            Event::StateExited { state, output, assigned, .. } => {
                let mut details = vec![("name", name(state)), ("output", self.data(*output))];
                if !assigned.is_empty() {
                    details.push(("assignedVariables", self.variables(assigned)));
                }
                View::of(exited_name(identity, *state))
                    .about(*state)
                    .details("stateExitedEventDetails", details)
            }
            Event::StateAborted { state } => View::of(aborted_name(identity, *state)).about(*state),
            Event::ParallelStateStarted { state, .. } => View::of("ParallelStateStarted").about(*state),
            Event::ParallelStateSucceeded { .. } => View::of("ParallelStateSucceeded"),
            Event::ParallelStateFailed => View::of("ParallelStateFailed"),
            Event::MapStateStarted { length, .. } => View::of("MapStateStarted")
                .details("mapStateStartedEventDetails", vec![("length", Detail::Number(u64::from(*length)))]),
            Event::MapStateSucceeded { .. } => View::of("MapStateSucceeded"),
            Event::MapStateFailed => View::of("MapStateFailed"),
            Event::MapIterationStarted { state, index, .. } => {
                iteration(identity, "MapIterationStarted", "mapIterationStartedEventDetails", *state, *index)
            }
            Event::MapIterationSucceeded { state, index } => iteration(
                identity,
                "MapIterationSucceeded",
                "mapIterationSucceededEventDetails",
                *state,
                *index,
            ),
            Event::MapIterationFailed { state, index } => {
                iteration(identity, "MapIterationFailed", "mapIterationFailedEventDetails", *state, *index)
            }
            Event::MapIterationAborted { state, index } => {
                iteration(identity, "MapIterationAborted", "mapIterationAbortedEventDetails", *state, *index)
            }
            Event::EvaluationFailed { state, failure, location } => {
                let mut details = failure_details(failure);
                details.extend(location.iter().map(|field| ("location", Detail::Text(Arc::clone(field)))));
                details.push(("state", name(state)));
                View::of("EvaluationFailed").about(*state).details("evaluationFailedEventDetails", details)
            }
            Event::TaskScheduled { state, .. }
            | Event::TaskScheduleFailed { state, .. }
            | Event::TaskStarted { state, .. }
            | Event::TaskSubmitted { state, .. }
            | Event::TaskSubmitFailed { state, .. }
            | Event::TaskSucceeded { state, .. }
            | Event::TaskFailed { state, .. }
            | Event::TaskTimedOut { state, .. } => {
                let Kind::Task(task) = &identity.machine.state(*state).kind else {
                    panic!("a task event names a Task state");
                };
                self.task_view(identity, &task.resource, event).about(*state)
            }
        }
    }

    /// Three families of events, by the kind of resource.
    fn task_view(&self, identity: &Identity, resource: &Resource, event: &Event) -> View {
        match resource {
            Resource::Activity(arn) => self.activity_view(arn, event),
            Resource::LambdaFunction(arn) => self.lambda_view(arn, event),
            Resource::Service { service, action, pattern, .. } => {
                let resource = [
                    ("resourceType", Detail::Text(Arc::clone(service))),
                    ("resource", Detail::Text(resource_with_pattern(action, *pattern))),
                ];
                self.service_view(identity, resource.to_vec(), event)
            }
        }
    }

    fn activity_view(&self, arn: &Arc<str>, event: &Event) -> View {
        match event {
            Event::TaskScheduled { input, timeout_seconds, heartbeat_seconds, .. } => {
                let mut details =
                    vec![("resource", Detail::Text(Arc::clone(arn))), ("input", self.data(*input))];
                push_limits(&mut details, *timeout_seconds, *heartbeat_seconds);
                View::of("ActivityScheduled").details("activityScheduledEventDetails", details)
            }
            Event::TaskStarted { worker, .. } => View::of("ActivityStarted").details(
                "activityStartedEventDetails",
                worker.iter().map(|worker| ("workerName", Detail::Text(Arc::clone(worker)))).collect(),
            ),
            Event::TaskSucceeded { output, .. } => View::of("ActivitySucceeded")
                .details("activitySucceededEventDetails", vec![("output", self.data(*output))]),
            Event::TaskScheduleFailed { failure, .. } => View::of("ActivityScheduleFailed")
                .details("activityScheduleFailedEventDetails", failure_details(failure)),
            Event::TaskFailed { failure, .. } => {
                View::of("ActivityFailed").details("activityFailedEventDetails", failure_details(failure))
            }
            Event::TaskTimedOut { failure, .. } => {
                View::of("ActivityTimedOut").details("activityTimedOutEventDetails", failure_details(failure))
            }
            other => panic!("{other:?} is not a task event"),
        }
    }

    fn lambda_view(&self, arn: &Arc<str>, event: &Event) -> View {
        match event {
            Event::TaskScheduled { input, timeout_seconds, .. } => {
                let mut details =
                    vec![("resource", Detail::Text(Arc::clone(arn))), ("input", self.data(*input))];
                push_limits(&mut details, *timeout_seconds, None);
                View::of("LambdaFunctionScheduled").details("lambdaFunctionScheduledEventDetails", details)
            }
            Event::TaskStarted { .. } => View::of("LambdaFunctionStarted"),
            Event::TaskSucceeded { output, .. } => View::of("LambdaFunctionSucceeded")
                .details("lambdaFunctionSucceededEventDetails", vec![("output", self.data(*output))]),
            Event::TaskScheduleFailed { failure, .. } => View::of("LambdaFunctionScheduleFailed")
                .details("lambdaFunctionScheduleFailedEventDetails", failure_details(failure)),
            Event::TaskFailed { failure, .. } => View::of("LambdaFunctionFailed")
                .details("lambdaFunctionFailedEventDetails", failure_details(failure)),
            Event::TaskTimedOut { failure, .. } => View::of("LambdaFunctionTimedOut")
                .details("lambdaFunctionTimedOutEventDetails", failure_details(failure)),
            other => panic!("{other:?} is not a task event"),
        }
    }

    fn service_view(
        &self,
        identity: &Identity,
        mut details: Vec<(&'static str, Detail)>,
        event: &Event,
    ) -> View {
        match event {
            Event::TaskScheduled { input, timeout_seconds, heartbeat_seconds, .. } => {
                details.push(("region", Detail::Text(Arc::clone(&identity.region))));
                details.push(("parameters", self.data(*input)));
                push_limits(&mut details, *timeout_seconds, *heartbeat_seconds);
                View::of("TaskScheduled").details("taskScheduledEventDetails", details)
            }
            Event::TaskStarted { .. } => View::of("TaskStarted").details("taskStartedEventDetails", details),
            Event::TaskSubmitted { output, .. } => {
                details.push(("output", self.data(*output)));
                View::of("TaskSubmitted").details("taskSubmittedEventDetails", details)
            }
            Event::TaskSubmitFailed { failure, .. } => {
                details.extend(failure_details(failure));
                View::of("TaskSubmitFailed").details("taskSubmitFailedEventDetails", details)
            }
            Event::TaskSucceeded { output, .. } => {
                details.push(("output", self.data(*output)));
                View::of("TaskSucceeded").details("taskSucceededEventDetails", details)
            }
            Event::TaskScheduleFailed { failure, .. } => {
                details.extend(failure_details(failure));
                View::of("TaskStartFailed").details("taskStartFailedEventDetails", details)
            }
            Event::TaskFailed { failure, .. } => {
                details.extend(failure_details(failure));
                View::of("TaskFailed").details("taskFailedEventDetails", details)
            }
            Event::TaskTimedOut { failure, .. } => {
                details.extend(failure_details(failure));
                View::of("TaskTimedOut").details("taskTimedOutEventDetails", details)
            }
            other => panic!("{other:?} is not a task event"),
        }
    }
}

/// What a `HistoryEvent` has beyond its numbers.
struct View {
    type_name: &'static str,
    state: Option<StateId>,
    details: Option<(&'static str, Vec<(&'static str, Detail)>)>,
}

impl View {
    fn of(type_name: &'static str) -> Self {
        View { type_name, state: None, details: None }
    }

    fn about(self, state: StateId) -> Self {
        View { state: Some(state), ..self }
    }

    fn add(&mut self, name: &'static str, member: Detail) {
        if let Some((_, members)) = &mut self.details {
            members.push((name, member));
        }
    }

    fn details(self, name: &'static str, members: Vec<(&'static str, Detail)>) -> Self {
        View { details: Some((name, members)), ..self }
    }
}

fn failure_details(failure: &Failure) -> Vec<(&'static str, Detail)> {
    [("error", &failure.error), ("cause", &failure.cause)]
        .into_iter()
        .filter_map(|(name, text)| text.as_ref().map(|text| (name, Detail::Text(Arc::clone(text)))))
        .collect()
}

fn push_limits(details: &mut Vec<(&'static str, Detail)>, timeout: Option<u64>, heartbeat: Option<u64>) {
    details.extend(timeout.map(|seconds| ("timeoutInSeconds", Detail::Number(seconds))));
    details.extend(heartbeat.map(|seconds| ("heartbeatInSeconds", Detail::Number(seconds))));
}

fn iteration(
    identity: &Identity,
    type_name: &'static str,
    details: &'static str,
    state: StateId,
    index: u32,
) -> View {
    let name = Arc::clone(&identity.machine.state(state).name);
    View::of(type_name)
        .about(state)
        .details(details, vec![("name", Detail::Text(name)), ("index", Detail::Number(u64::from(index)))])
}

fn resource_with_pattern(action: &Arc<str>, pattern: Pattern) -> Arc<str> {
    match pattern {
        Pattern::RequestResponse => Arc::clone(action),
        Pattern::Sync { version: 2 } => Arc::from(format!("{action}.sync:2")),
        Pattern::Sync { .. } => Arc::from(format!("{action}.sync")),
        Pattern::WaitForTaskToken => Arc::from(format!("{action}.waitForTaskToken")),
    }
}

fn entered_name(identity: &Identity, state: StateId) -> &'static str {
    match identity.machine.state(state).kind {
        Kind::Task(_) => "TaskStateEntered",
        Kind::Pass(_) => "PassStateEntered",
        Kind::Choice(_) => "ChoiceStateEntered",
        Kind::Wait(_) => "WaitStateEntered",
        Kind::Succeed(_) => "SucceedStateEntered",
        Kind::Fail(_) => "FailStateEntered",
        Kind::Parallel(_) => "ParallelStateEntered",
        Kind::Map(_) => "MapStateEntered",
    }
}

fn exited_name(identity: &Identity, state: StateId) -> &'static str {
    match identity.machine.state(state).kind {
        Kind::Task(_) => "TaskStateExited",
        Kind::Pass(_) => "PassStateExited",
        Kind::Choice(_) => "ChoiceStateExited",
        Kind::Wait(_) => "WaitStateExited",
        Kind::Succeed(_) => "SucceedStateExited",
        Kind::Parallel(_) => "ParallelStateExited",
        Kind::Map(_) => "MapStateExited",
        Kind::Fail(_) => panic!("a Fail state has no exit"),
    }
}

fn aborted_name(identity: &Identity, state: StateId) -> &'static str {
    match identity.machine.state(state).kind {
        Kind::Task(_) => "TaskStateAborted",
        Kind::Wait(_) => "WaitStateAborted",
        Kind::Parallel(_) => "ParallelStateAborted",
        Kind::Map(_) => "MapStateAborted",
        Kind::Pass(_) | Kind::Choice(_) | Kind::Succeed(_) | Kind::Fail(_) => {
            panic!("only states that wait can be aborted")
        }
    }
}
