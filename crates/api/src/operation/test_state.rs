//! TestState: one state is run by itself, on mocked answers or on those of the services that it calls.
//!
//! Here: the request and its rules. `mock` and `context` say what may be given, `shown` is the answer.

mod context;
mod mock;
mod shown;

use std::sync::Arc;

use asl::definition::{STATE_NAME, parse_for, parse_state};
use asl::json::Document;
use asl::services::Services;
use asl::state::Kind;
use asl::{Severity, StateId};
use serde::Deserialize;

use crate::api::Call;
use crate::domain::{MachineType, TestState, TestStateError};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::wire::arn::check_role;
use crate::wire::constraint::Constraints;
use crate::wire::limits;
use crate::wire::member::{Boolean, Integer, Payload, Structure, Text};
use crate::wire::read::read;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    definition: Option<Text<'a>>,
    role_arn: Option<Text<'a>>,
    input: Option<Payload>,
    inspection_level: Option<Text<'a>>,
    reveal_secrets: Option<Boolean>,
    variables: Option<Payload>,
    state_name: Option<Text<'a>>,
    mock: Option<Structure<mock::MockShape<'a>>>,
    context: Option<Payload>,
    state_configuration: Option<Structure<StateConfiguration<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
struct StateConfiguration<'a> {
    retrier_retry_count: Option<Integer>,
    error_caused_by_state: Option<Text<'a>>,
    map_iteration_failure_count: Option<Integer>,
    map_item_reader_data: Option<Text<'a>>,
}

pub(crate) async fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    let mut request: Request<'_> = read(call.body)?;
    let inspects = check(&request)?;
    refuse_contradictions(&request)?;
    let services = call.engine.services();
    let (machine, state) = subject(&request, services)?;
    let tested = machine.state(state);
    let mock = mock::read(request.mock.as_ref(), tested, failed_iterations(&request), services)?;
    refuse_what_does_not_fit(&request, &machine, state)?;
    let input = match request.input.take() {
        Some(input) => input.document.map_err(|error| ApiError::InvalidExecutionInput(error.message))?,
        None => Document::empty_object(),
    };
    let test = TestState {
        owner: call.owner.clone(),
        machine: Arc::clone(&machine),
        state,
        input: input.clone(),
        variables: request.variables.take().map(variables).transpose()?.unwrap_or_default(),
        role_arn: request.role_arn.as_deref().map(Into::into),
        context: context::read(request.context.take(), tested)?,
        retries: configured(&request, |of| of.retrier_retry_count).unwrap_or(0),
        mock,
    };
    let tested = call.engine.test_state(test).await.map_err(|error| match error {
        TestStateError::TooFewIterations => ApiError::Validation(
            "Map iteration failure count must be less than or equal to the number of Map iterations"
                .to_owned(),
        ),
        TestStateError::Unavailable => ApiError::Unavailable,
    })?;
    Ok(Reply::json(shown::shown(&tested, inspects.then_some(&input))))
}

/// The constraints of the model. Whether what comes in between is to be shown.
fn check(request: &Request<'_>) -> Result<bool, ApiError> {
    let mut constraints = Constraints::default();
    constraints.required("definition", &request.definition, &limits::DEFINITION);
    constraints.optional("roleArn", &request.role_arn, &limits::ARN);
    payload(&mut constraints, "input", request.input.as_ref());
    let level = constraints.one_of("inspectionLevel", &request.inspection_level, limits::INSPECTION_LEVEL);
    payload(&mut constraints, "variables", request.variables.as_ref());
    constraints.optional("stateName", &request.state_name, &limits::STATE_NAME);
    if let Some(mock) = &request.mock {
        mock.check(&mut constraints);
    }
    payload(&mut constraints, "context", request.context.as_ref());
    if let Some(configuration) = &request.state_configuration {
        let at = |name: &str| format!("stateConfiguration.{name}");
        constraints.number(at("retrierRetryCount"), configuration.retrier_retry_count, &limits::COUNT);
        constraints.optional(
            at("errorCausedByState"),
            &configuration.error_caused_by_state,
            &limits::STATE_NAME,
        );
        constraints.number(
            at("mapIterationFailureCount"),
            configuration.map_iteration_failure_count,
            &limits::COUNT,
        );
        constraints.optional(at("mapItemReaderData"), &configuration.map_item_reader_data, &limits::PAYLOAD);
    }
    constraints.finish()?;
    Ok(matches!(level, Some("DEBUG" | "TRACE")))
}

fn payload(constraints: &mut Constraints, at: &str, payload: Option<&Payload>) {
    if let Some(payload) = payload {
        constraints.measured(at, payload.bytes, payload.characters, &limits::PAYLOAD);
    }
}

fn refuse_contradictions(request: &Request<'_>) -> Result<(), ApiError> {
    let reveals = request.reveal_secrets.is_some_and(|reveal| reveal.0);
    let text = match &request.mock {
        Some(_) if reveals => "TestState does not support RevealSecrets when a mock is specified.",
        Some(mock) => return mock.refuse_contradictions(),
        None if configured(request, |of| of.map_iteration_failure_count).is_some() => {
            "TestState does not support MapIterationFailureCount when a mock is not specified."
        }
        None if request.context.is_some() => {
            "TestState does not support Context when a mock is not specified."
        }
        None => return Ok(()),
    };
    Err(ApiError::Validation(text.to_owned()))
}

/// The machine that the state stands in, alone or not, and the state.
fn subject(
    request: &Request<'_>,
    services: &dyn Services,
) -> Result<(Arc<asl::StateMachine>, StateId), ApiError> {
    let text = request.definition.as_deref().unwrap_or_default();
    let (parsed, name) = match request.state_name.as_deref() {
        Some(name) => (parse_for(text, MachineType::Standard, services), name),
        None => (parse_state(text, MachineType::Standard, services), STATE_NAME),
    };
    let Some(machine) = parsed.machine else {
        let errors = parsed.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
        let errors: Vec<String> = errors.map(ToString::to_string).collect();
        return Err(ApiError::InvalidDefinition(errors.join(", ")));
    };
    match machine.state_named(name) {
        Some(state) => Ok((Arc::new(machine), state)),
        None => Err(ApiError::Validation("State not found in definition".to_owned())),
    }
}

fn refuse_what_does_not_fit(
    request: &Request<'_>,
    machine: &asl::StateMachine,
    state: StateId,
) -> Result<(), ApiError> {
    let tested = machine.state(state);
    if request.mock.is_none() {
        mock::refuse_missing(tested)?;
        if matches!(tested.kind, Kind::Task(_)) && request.role_arn.is_none() {
            return Err(ApiError::Validation(
                "RoleArn must be specified when testing a Task state".to_owned(),
            ));
        }
    }
    if let Some(role) = request.role_arn.as_deref() {
        check_role(role)?;
    }
    let Some(configuration) = &request.state_configuration else { return Ok(()) };
    if let Some(cause) = configuration.error_caused_by_state.as_deref() {
        let is_inside = machine
            .state_named(cause)
            .is_some_and(|inner| machine.around(inner).any(|around| around == state));
        if !is_inside {
            return Err(ApiError::Validation(format!(
                "expected errorCausedByState to name a state inside the tested one, found '{cause}'"
            )));
        }
    }
    if configuration.map_item_reader_data.is_some() {
        return Err(ApiError::Validation(
            "MapItemReaderData can only be specified for a Map state with an ItemReader".to_owned(),
        ));
    }
    if configuration.map_iteration_failure_count.is_some() && !matches!(tested.kind, Kind::Map(_)) {
        return Err(ApiError::Validation(
            "MapIterationFailureCount can only be specified for a Map state".to_owned(),
        ));
    }
    Ok(())
}

fn failed_iterations(request: &Request<'_>) -> usize {
    let count = configured(request, |of| of.map_iteration_failure_count);
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
}

fn configured(
    request: &Request<'_>,
    member: impl FnOnce(&StateConfiguration<'_>) -> Option<Integer>,
) -> Option<u64> {
    let Integer(count) = member(request.state_configuration.as_deref()?)?;
    u64::try_from(count).ok()
}

/// Variables by name, from the JSON object that holds them.
fn variables(given: Payload) -> Result<Vec<(Arc<str>, Document)>, ApiError> {
    let refusal = || ApiError::Validation("Variables must be a valid JSON object".to_owned());
    let document = given.document.map_err(|_| refusal())?;
    let members = document.value().as_object().ok_or_else(refusal)?;
    Ok(members.iter().map(|(name, value)| (Arc::clone(name), Document::from_value(value.clone()))).collect())
}
