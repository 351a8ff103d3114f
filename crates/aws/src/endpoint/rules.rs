//! Rule sets: how a service's endpoint follows from region, flags and a few values of the input.
//!
//! Here: reading `endpoint-rule-set-1.json` into a tree that cannot be wrong. `evaluate` walks it.
//! Recursion is as deep as the JSON is nested, which its parser bounds at 128.

use serde_json::Value as Json;
use thiserror::Error;

use super::functions::Function;
use super::template::Template;
use super::value::Value;

/// The data of a service is not what this code understands.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("expected {0} in the endpoint rules")]
pub struct RuleFault(String);

impl RuleFault {
    pub(super) fn expected(expected: &str) -> RuleFault {
        RuleFault(expected.to_owned())
    }
}

#[derive(Debug)]
pub struct RuleSet {
    pub(super) parameters: Vec<Parameter>,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) built_in: Option<String>,
    pub(super) default: Option<Value>,
    pub(super) required: bool,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) conditions: Vec<Condition>,
    pub(super) outcome: RuleOutcome,
}

#[derive(Debug)]
pub(super) enum RuleOutcome {
    Tree(Vec<Rule>),
    Endpoint(Box<EndpointTemplate>),
    Error(Expression),
}

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) call: Call,
    pub(super) assign: Option<String>,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) arguments: Vec<Expression>,
}

#[derive(Debug)]
pub(super) enum Expression {
    Literal(Value),
    Template(Template),
    Reference(String),
    Call(Call),
}

#[derive(Debug)]
pub(super) struct EndpointTemplate {
    pub(super) url: Expression,
    pub(super) headers: Vec<(String, Vec<Expression>)>,
    pub(super) auth_schemes: Vec<AuthTemplate>,
}

#[derive(Debug)]
pub(super) struct AuthTemplate {
    pub(super) name: String,
    pub(super) signing_name: Option<Expression>,
    pub(super) signing_region: Option<Expression>,
    pub(super) disable_double_encoding: bool,
}

impl RuleSet {
    pub fn parse(json: &Json) -> Result<RuleSet, RuleFault> {
        let parameters = json["parameters"].as_object().ok_or(RuleFault::expected("parameters"))?;
        Ok(RuleSet {
            parameters: parameters.iter().map(|(name, json)| parameter(name, json)).collect(),
            rules: list(&json["rules"], "rules", rule)?,
        })
    }
}

fn parameter(name: &str, json: &Json) -> Parameter {
    Parameter {
        name: name.to_owned(),
        built_in: json["builtIn"].as_str().map(str::to_owned),
        default: literal(&json["default"]),
        required: json["required"].as_bool().unwrap_or(false),
    }
}

fn rule(json: &Json) -> Result<Rule, RuleFault> {
    let outcome = match json["type"].as_str() {
        Some("tree") => RuleOutcome::Tree(list(&json["rules"], "rules", rule)?),
        Some("endpoint") => RuleOutcome::Endpoint(Box::new(endpoint(&json["endpoint"])?)),
        Some("error") => RuleOutcome::Error(expression(&json["error"])?),
        _ => return Err(RuleFault::expected("a tree, an endpoint or an error")),
    };
    Ok(Rule { conditions: list(&json["conditions"], "conditions", condition)?, outcome })
}

fn condition(json: &Json) -> Result<Condition, RuleFault> {
    Ok(Condition { call: call(json)?, assign: json["assign"].as_str().map(str::to_owned) })
}

fn call(json: &Json) -> Result<Call, RuleFault> {
    let name = json["fn"].as_str().ok_or(RuleFault::expected("a function"))?;
    let function =
        Function::named(name).ok_or_else(|| RuleFault(format!("a known function instead of {name}")))?;
    let arguments = list(&json["argv"], "arguments", expression)?;
    if arguments.len() != function.arity() {
        return Err(RuleFault(format!("{} arguments of {name}", function.arity())));
    }
    Ok(Call { function, arguments })
}

fn expression(json: &Json) -> Result<Expression, RuleFault> {
    match json {
        Json::String(text) => Template::parse(text).map(Expression::Template),
        Json::Object(object) if object.contains_key("fn") => call(json).map(Expression::Call),
        Json::Object(object) => match object.get("ref").and_then(Json::as_str) {
            Some(name) => Ok(Expression::Reference(name.to_owned())),
            None => Err(RuleFault::expected("a reference or a function")),
        },
        other => literal(other).map(Expression::Literal).ok_or(RuleFault::expected("an expression")),
    }
}

fn literal(json: &Json) -> Option<Value> {
    match json {
        Json::Bool(value) => Some(Value::Bool(*value)),
        Json::Number(number) => number.as_i64().map(Value::Integer),
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Array(items) => items.iter().map(literal).collect::<Option<_>>().map(Value::List),
        Json::Null | Json::Object(_) => None,
    }
}

fn endpoint(json: &Json) -> Result<EndpointTemplate, RuleFault> {
    let mut headers = Vec::new();
    for (name, values) in json["headers"].as_object().into_iter().flatten() {
        headers.push((name.clone(), list(values, "header values", expression)?));
    }
    let schemes = &json["properties"]["authSchemes"];
    Ok(EndpointTemplate {
        url: expression(&json["url"])?,
        headers,
        auth_schemes: if schemes.is_null() { Vec::new() } else { list(schemes, "authSchemes", auth_scheme)? },
    })
}

fn auth_scheme(json: &Json) -> Result<AuthTemplate, RuleFault> {
    let optional = |name: &str| match &json[name] {
        Json::Null => Ok(None),
        found => expression(found).map(Some),
    };
    Ok(AuthTemplate {
        name: json["name"].as_str().ok_or(RuleFault::expected("the name of an auth scheme"))?.to_owned(),
        signing_name: optional("signingName")?,
        signing_region: optional("signingRegion")?,
        disable_double_encoding: json["disableDoubleEncoding"].as_bool().unwrap_or(false),
    })
}

fn list<T>(
    json: &Json,
    expected: &str,
    read: impl Fn(&Json) -> Result<T, RuleFault>,
) -> Result<Vec<T>, RuleFault> {
    json.as_array().ok_or(RuleFault::expected(expected))?.iter().map(read).collect()
}
