//! Lambda: `lambda:invoke`, and tasks whose resource is a function's ARN.
//!
//! A function that the settings know runs here; any other is asked for at the Lambda API outside.
//! INVARIANT: what a function returns and how it fails looks the same from both.

use asl::Document;
use asl::error_name::Failure;
use asl::resource::Resource;
use aws::model::Operation;
use aws::protocol;
use bytes::Bytes;
use engine::TaskCall;
use functions::{Invocation, InvocationType, InvokeError, Owner};
use http::Response;
use serde_json::{Map, Value, json};

use crate::failure::{failure, runtime};
use crate::metadata;
use crate::optimized::LAMBDA;
use crate::sdk::not_answered;
use crate::services::{CallFault, Caller, Services};

/// What a function answered, wherever it ran.
struct Invoked {
    response: Response<Bytes>,
    executed_version: Option<String>,
    has_failed: bool,
}

/// One invocation, as the API takes it.
#[derive(Default)]
struct Order {
    function: String,
    qualifier: Option<String>,
    payload: Bytes,
    invocation_type: Option<String>,
    client_context: Option<String>,
}

/// A task whose resource is the function: its input is the payload, its output what the function returned.
pub(crate) async fn function(
    services: &Services,
    caller: &Caller,
    call: &TaskCall,
) -> Result<Document, Failure> {
    let Resource::LambdaFunction(arn) = &call.resource else {
        return Err(runtime(format!("{} is not called but polled", call.resource.arn())));
    };
    let payload = Bytes::from(call.input.text().to_owned());
    let order = Order { function: arn.to_string(), payload, ..Order::default() };
    let invoked = invoke_anywhere(services, caller, &order).await?;
    let text = returned(&invoked, Cause::AsSent)?;
    let null = || Document::parse("null");
    let document = if text.is_empty() { null() } else { Document::parse(&text) };
    document.map_err(|error| runtime(format!("The function returned what is not JSON: {error}")))
}

/// `lambda:invoke`.
pub(crate) async fn invoke(
    services: &Services,
    caller: &Caller,
    call: &TaskCall,
    parameters: &Value,
) -> Result<Value, Failure> {
    let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_owned);
    aws::sdk::to_input(invoke_operation(), parameters)
        .map_err(|problems| crate::failure::parameters(&call.input, &problems))?;
    let order = Order {
        function: text("FunctionName").unwrap_or_default(),
        qualifier: text("Qualifier"),
        payload: parameters.get("Payload").map(payload).unwrap_or_default(),
        invocation_type: text("InvocationType"),
        client_context: text("ClientContext"),
    };
    let invoked = invoke_anywhere(services, caller, &order).await?;
    let payload = returned(&invoked, Cause::WithoutSpaces)?;
    let mut result = Map::new();
    if let Some(version) = &invoked.executed_version {
        result.insert("ExecutedVersion".to_owned(), json!(version));
    }
    // What is no JSON is shown as the text that it is.
    let payload = serde_json::from_str(&payload).unwrap_or(Value::String(payload));
    result.insert("Payload".to_owned(), payload);
    metadata::add(&mut result, &invoked.response, metadata::request_id(&invoked.response));
    result.insert("StatusCode".to_owned(), json!(invoked.response.status().as_u16()));
    Ok(Value::Object(result))
}

/// A text is sent as it is, without quotes around it: it is the payload already.
fn payload(value: &Value) -> Bytes {
    match value {
        Value::String(text) => text.clone().into(),
        other => other.to_string().into(),
    }
}

/// How a function's error document becomes the cause of its failure.
#[derive(Clone, Copy)]
enum Cause {
    /// As the function's runtime wrote it: a task whose resource is the function.
    AsSent,
    /// Written again: `lambda:invoke`.
    WithoutSpaces,
}

/// What the function returned, or its failure.
fn returned(invoked: &Invoked, cause: Cause) -> Result<String, Failure> {
    let payload = String::from_utf8_lossy(invoked.response.body()).into_owned();
    if !invoked.has_failed {
        return Ok(payload);
    }
    let document: Value = serde_json::from_str(&payload).unwrap_or_default();
    Err(match document["errorType"].as_str() {
        Some(error) => failure(
            error,
            match cause {
                Cause::AsSent => payload,
                Cause::WithoutSpaces => document.to_string(),
            },
        ),
        None => failure(
            "Lambda.Unknown",
            format!(
                "The cause could not be determined because Lambda did not return an error type. Returned \
                 payload: {payload}"
            ),
        ),
    })
}

async fn invoke_anywhere(services: &Services, caller: &Caller, order: &Order) -> Result<Invoked, Failure> {
    match invoke_here(services, caller, order).await {
        Ok(invoked) => Ok(invoked),
        Err(unknown @ InvokeError::NotFound { .. }) => match invoke_outside(services, caller, order).await {
            // Nobody is outside either: then the settings are what the user should look at.
            Err(CallFault::Send(aws::client::SendError::Credentials(_))) => Err(refused(&unknown)),
            Err(CallFault::Service(error)) => Err(LAMBDA.named.failure(LAMBDA.integration(), &error)),
            Err(fault) => Err(not_answered(LAMBDA.named.prefix, fault)),
            Ok(invoked) => Ok(invoked),
        },
        Err(error) => Err(refused(&error)),
    }
}

/// The refusal of a function that would run here, as Lambda's API refuses.
fn refused(error: &InvokeError) -> Failure {
    let (name, status) = (error.name(), error.status());
    let cause = format!(
        "{error} (Service: AWSLambda; Status Code: {status}; Error Code: {name}; Request ID: null; Proxy: null)"
    );
    failure(format!("Lambda.{name}"), cause)
}

async fn invoke_here(services: &Services, caller: &Caller, order: &Order) -> Result<Invoked, InvokeError> {
    let Caller { partition, region, account, .. } = caller.clone();
    let invocation_type = order.invocation_type.as_deref().and_then(InvocationType::from_name);
    let answer = services
        .functions
        .invoke(Invocation {
            function: order.function.clone(),
            qualifier: order.qualifier.clone(),
            payload: order.payload.clone(),
            client_context: order.client_context.clone(),
            trace_header: None,
            invocation_type: invocation_type.unwrap_or_default(),
            owner: Owner { partition, region, account },
        })
        .await?;
    let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut response = Response::builder()
        .status(answer.status)
        .header("date", date)
        .header("content-type", "application/json")
        .header("content-length", answer.payload.len())
        .header("connection", "keep-alive")
        .header("x-amzn-requestid", &answer.request_id)
        .header("x-amzn-remapped-content-length", "0");
    if let Some(version) = &answer.executed_version {
        response = response.header("x-amz-executed-version", version);
    }
    let response = response.body(answer.payload).map_err(|error| InvokeError::Service(error.to_string()))?;
    let has_failed = answer.function_error.is_some();
    Ok(Invoked { response, executed_version: answer.executed_version, has_failed })
}

async fn invoke_outside(services: &Services, caller: &Caller, order: &Order) -> Result<Invoked, CallFault> {
    let operation = invoke_operation();
    let mut input = Map::new();
    input.insert("FunctionName".to_owned(), json!(order.function));
    for (name, value) in [
        ("Qualifier", &order.qualifier),
        ("InvocationType", &order.invocation_type),
        ("ClientContext", &order.client_context),
    ] {
        input.extend(value.iter().map(|value| (name.to_owned(), json!(value))));
    }
    let body = Some(order.payload.clone());
    let request =
        protocol::build_with_body(operation, &Value::Object(input), None, body).map_err(CallFault::Input)?;
    let answered = services.call(caller, operation, request).await?;
    let header = |name: &str| {
        let value = answered.response.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let (executed_version, failed) = (header("x-amz-executed-version"), header("x-amz-function-error"));
    Ok(Invoked { response: answered.response, executed_version, has_failed: failed.is_some() })
}

fn invoke_operation() -> Operation<'static> {
    let operation = LAMBDA.integration().operation("invoke");
    operation.expect("the model of Lambda has Invoke")
}
