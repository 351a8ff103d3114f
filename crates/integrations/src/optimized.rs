//! Optimized integrations whose call is one operation of a model: a table, one row each.
//!
//! What a row cannot say (`lambda`, `events`, `states`, `apigateway`) has a short file of its own.
//! `docs/howto/add-an-integration.md` shows how to add one.

use asl::error_name::Failure;
use aws::sdk::{self, Integration};
use engine::TaskCall;
use serde_json::{Map, Value};

use crate::failure::{self, Named, runtime};
use crate::sdk::not_answered;
use crate::services::{Answered, CallFault, Caller, Services};
use crate::{metadata, names};

/// An action of an optimized integration.
pub(crate) struct Optimized {
    /// As the resource names it.
    service: &'static str,
    actions: &'static [&'static str],
    /// The AWS SDK integration that knows the same operations.
    sdk: &'static str,
    pub(crate) named: Named,
}

pub(crate) const STEP_FUNCTIONS: Optimized = Optimized {
    service: "states",
    actions: &["startExecution"],
    sdk: "sfn",
    named: Named {
        prefix: "StepFunctions",
        service: "AWSStepFunctions",
        unnamed: "AWSStepFunctionsException",
    },
};

pub(crate) const EVENT_BRIDGE: Optimized = Optimized {
    service: "events",
    actions: &["putEvents"],
    sdk: "eventbridge",
    named: Named {
        prefix: "EventBridge",
        service: "AmazonEventBridge",
        unnamed: "AmazonEventBridgeException",
    },
};

pub(crate) const LAMBDA: Optimized = Optimized {
    service: "lambda",
    actions: &["invoke"],
    sdk: "lambda",
    named: Named { prefix: "Lambda", service: "AWSLambda", unnamed: "AWSLambdaException" },
};

const ROWS: &[Optimized] = &[
    Optimized {
        service: "dynamodb",
        actions: &["getItem", "putItem", "updateItem", "deleteItem"],
        sdk: "dynamodb",
        named: Named { prefix: "DynamoDB", service: "AmazonDynamoDBv2", unnamed: "AmazonDynamoDBException" },
    },
    Optimized {
        service: "sns",
        actions: &["publish"],
        sdk: "sns",
        named: Named { prefix: "SNS", service: "AmazonSNS", unnamed: "AmazonSNSException" },
    },
    Optimized {
        service: "sqs",
        actions: &["sendMessage"],
        sdk: "sqs",
        named: Named { prefix: "SQS", service: "AmazonSQS", unnamed: "AmazonSQSException" },
    },
];

pub(crate) fn find(service: &str, action: &str) -> Option<&'static Optimized> {
    ROWS.iter().find(|row| row.service == service && row.actions.contains(&action))
}

/// The same, with those that have a file of their own and still call one operation of a model.
pub(crate) fn modelled(service: &str, action: &str) -> Option<&'static Optimized> {
    const OTHERS: [&Optimized; 3] = [&STEP_FUNCTIONS, &EVENT_BRIDGE, &LAMBDA];
    let other = OTHERS.into_iter().find(|row| row.service == service && row.actions.contains(&action));
    other.or_else(|| find(service, action))
}

impl Optimized {
    /// Makes the call; the result has the HTTP answer's metadata beside it.
    pub(crate) async fn call(
        &self,
        services: &Services,
        caller: &Caller,
        call: &TaskCall,
        parameters: &Value,
    ) -> Result<Value, Failure> {
        let action = action_of(call);
        let answered = self.answer(services, caller, call, &action, parameters).await?;
        Ok(with_metadata(answered))
    }

    /// Makes the call; the result has the names that Step Functions gives its members.
    pub(crate) async fn answer(
        &self,
        services: &Services,
        caller: &Caller,
        call: &TaskCall,
        action: &str,
        parameters: &Value,
    ) -> Result<Answered, Failure> {
        let integration = self.integration();
        let operation = integration.operation(action).map_err(|error| runtime(error.to_string()))?;
        let input = sdk::to_input(operation, parameters)
            .map_err(|problems| failure::parameters(&call.input, &problems))?;
        let token = call.idempotency_token();
        let answered = match sdk::build(operation, &input, Some(&token)) {
            Ok(request) => services.call(caller, operation, request).await,
            Err(error) => Err(CallFault::Input(error)),
        };
        match answered {
            Ok(Answered { result, response }) => {
                Ok(Answered { result: names::capitalised(operation, result), response })
            }
            Err(CallFault::Service(error)) => Err(self.named.failure(integration, &error)),
            Err(fault) => Err(not_answered(self.named.prefix, fault)),
        }
    }

    pub(crate) fn integration(&self) -> Integration {
        Integration::find(self.sdk).expect("an optimized integration has its AWS SDK integration")
    }
}

pub(crate) fn with_metadata(answered: Answered) -> Value {
    let mut members = match answered.result {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    metadata::add(&mut members, &answered.response, metadata::request_id(&answered.response));
    Value::Object(members)
}

fn action_of(call: &TaskCall) -> String {
    match &call.resource {
        asl::resource::Resource::Service { action, .. } => action.to_string(),
        asl::resource::Resource::Activity(_) | asl::resource::Resource::LambdaFunction(_) => String::new(),
    }
}
