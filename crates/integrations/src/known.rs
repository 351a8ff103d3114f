//! What is known about the services that Tasks name: `asl::services`, answered from the models.
//!
//! Here: which operation's model a task is judged by, and what of it does not hold for an integration.
//! Not here: the judging (`aws::sdk`), the call (`call`).
//! INVARIANT: of a service without a model, and of an integration without a row, nothing is known.

use asl::Document;
use asl::resource::{self, Pattern, Resource};
use asl::services::{Completeness, Problem, Services};
use aws::model::Operation;
use aws::sdk::{self, Dialect, Integration, nearest};
use serde_json::Value;

use crate::{apigateway, optimized};

const SDK: &str = "aws-sdk:";
/// LIMIT: problems that are told of one task's parameters. Ours: more than anybody reads, and each is looked up in
/// the definition.
const PROBLEMS_MAX: usize = 20;

/// The services of AWS, by their models. A model is unpacked when the first task that names it is read.
#[derive(Clone, Copy, Debug)]
pub struct KnownServices;

impl Services for KnownServices {
    fn has(&self, resource: &Resource) -> bool {
        let Resource::Service { service, action, .. } = resource else { return true };
        let Some(name) = service.strip_prefix(SDK) else { return true };
        Integration::find(name).is_some_and(|integration| integration.has_action(action))
    }

    fn hint(&self, resource: &str) -> Option<String> {
        let (at, _) = resource.match_indices(':').nth(4)?;
        let (head, rest) = resource.split_at(at + 1);
        let (called, pattern) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
        let (service, action) = called.rsplit_once(':')?;
        let meant = match service.strip_prefix(SDK) {
            Some(name) => match Integration::find(name) {
                Some(integration) => {
                    return integration.operation(action).err().map(|error| error.to_string());
                }
                None => format!("{SDK}{}:{action}", Integration::nearest(name)?),
            },
            None if resource::optimized().any(|known| known == (service, action)) => {
                return Some(format!("`{called}` cannot be called as `{pattern}`"));
            }
            None if has_action(service, action) => format!("{SDK}{called}"),
            None => {
                let known: Vec<String> =
                    resource::optimized().map(|(service, action)| format!("{service}:{action}")).collect();
                nearest(called, known.iter().map(String::as_str))?.to_owned()
            }
        };
        Some(format!("did you mean `{head}{meant}{pattern}`?"))
    }

    fn check_template(&self, resource: &Resource, parameters: &Document, hints_max: usize) -> Vec<Problem> {
        let Some(parameters) = value_of(parameters) else { return Vec::new() };
        let problems = match judge(resource) {
            Judge::Nobody => Vec::new(),
            Judge::ApiGateway => apigateway::parameters::check_template(&parameters),
            Judge::Model(operation) => sdk::check_parameters(operation, &parameters, hints_max),
        };
        problems.into_iter().take(PROBLEMS_MAX).map(problem).collect()
    }

    fn check_input(&self, resource: &Resource, input: &Document) -> Vec<String> {
        let problems = match judge(resource) {
            Judge::Nobody => return Vec::new(),
            Judge::ApiGateway => value_of(input).map(|input| apigateway::parameters::check_input(&input)),
            Judge::Model(operation) => {
                value_of(input).and_then(|input| sdk::to_input(operation, &input).err())
            }
        };
        problems.unwrap_or_default().into_iter().take(PROBLEMS_MAX).map(|problem| problem.message).collect()
    }

    fn check_result(
        &self,
        resource: &Resource,
        result: &Document,
        completeness: Completeness,
    ) -> Option<String> {
        let (operation, dialect) = answered_by(resource)?;
        let mut result = value_of(result)?;
        if let Some(members) = result.as_object_mut() {
            free_members(resource).iter().for_each(|name| {
                members.remove(*name);
            });
        }
        let completeness = match completeness {
            Completeness::Required => sdk::Completeness::Required,
            Completeness::Present => sdk::Completeness::Present,
        };
        let problems = sdk::check_result(operation, &result, dialect, completeness);
        problems.into_iter().next().map(|problem| problem.message)
    }
}

/// Who judges the parameters of a task.
enum Judge {
    Nobody,
    /// Its requests are no operation of a model.
    ApiGateway,
    Model(Operation<'static>),
}

fn judge(resource: &Resource) -> Judge {
    match resource {
        Resource::Service { service, .. } if **service == *"apigateway" => Judge::ApiGateway,
        Resource::Service { service, action, .. } => {
            operation(service, action).map_or(Judge::Nobody, Judge::Model)
        }
        Resource::Activity(_) | Resource::LambdaFunction(_) => Judge::Nobody,
    }
}

fn operation(service: &str, action: &str) -> Option<Operation<'static>> {
    let integration = match service.strip_prefix(SDK) {
        Some(name) => Integration::find(name)?,
        None => optimized::modelled(service, action)?.integration(),
    };
    integration.find_operation(action)
}

fn has_action(service: &str, action: &str) -> bool {
    Integration::find(service).is_some_and(|integration| integration.find_operation(action).is_some())
}

/// The operation whose answer becomes the result of a task; none where that is not known, or comes from
/// whoever has the token.
fn answered_by(resource: &Resource) -> Option<(Operation<'static>, Dialect)> {
    let Resource::Service { service, action, pattern, .. } = resource else { return None };
    let dialect = if service.starts_with(SDK) { Dialect::Sdk } else { Dialect::Optimized };
    let operation = match (&**service, pattern) {
        (service, Pattern::RequestResponse) => operation(service, action),
        // A job's result is what was seen of it at its end.
        ("states", Pattern::Sync { .. }) => operation("aws-sdk:sfn", "describeExecution"),
        (_, Pattern::Sync { .. } | Pattern::WaitForTaskToken) => None,
    };
    Some((operation?, dialect))
}

/// Members of a result that are texts in the model and any JSON in the integration.
fn free_members(resource: &Resource) -> &'static [&'static str] {
    let Resource::Service { service, pattern, .. } = resource else { return &[] };
    match (&**service, pattern) {
        ("lambda", _) => &["Payload"],
        ("states", Pattern::Sync { version: 2 }) => &["Input", "Output"],
        _ => &[],
    }
}

fn problem(problem: sdk::Problem) -> Problem {
    let sdk::Problem { path, field, message, nearest, .. } = problem;
    let way = path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    let way = way.chain((!field.is_empty()).then_some(field)).collect();
    Problem { message, way, hint: nearest.map(|name| format!("did you mean `{name}`?")) }
}

/// None for what is nested too deeply to be read; the call says so.
fn value_of(document: &Document) -> Option<Value> {
    serde_json::from_str(document.text()).ok()
}

#[cfg(test)]
mod tests;
