//! Walking a rule set: the first rule whose conditions hold says where the service is.

use std::collections::BTreeMap;

use super::partitions::Partitions;
use super::rules::{AuthTemplate, Call, Condition, EndpointTemplate, Expression, Rule, RuleOutcome, RuleSet};
use super::value::Value;
use super::{AuthScheme, EndpointFault, ResolvedEndpoint};

impl RuleSet {
    /// The endpoint for these parameters; those that are missing have their defaults.
    pub fn evaluate(
        &self,
        parameters: &BTreeMap<String, Value>,
        partitions: &Partitions,
    ) -> Result<ResolvedEndpoint, EndpointFault> {
        let mut variables = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            let value = parameters.get(&parameter.name).or(parameter.default.as_ref());
            if value.is_none() && parameter.required {
                return Err(EndpointFault::Missing(parameter.name.clone()));
            }
            variables.push((parameter.name.as_str(), value.cloned().unwrap_or(Value::Unset)));
        }
        let mut scope = Scope { variables, partitions };
        scope.first_of(&self.rules)?.ok_or(EndpointFault::NoRule)
    }
}

struct Scope<'a> {
    /// The innermost last.
    variables: Vec<(&'a str, Value)>,
    partitions: &'a Partitions,
}

impl<'a> Scope<'a> {
    fn first_of(&mut self, rules: &'a [Rule]) -> Result<Option<ResolvedEndpoint>, EndpointFault> {
        for rule in rules {
            let outside = self.variables.len();
            let found = if self.hold(&rule.conditions)? { self.outcome(&rule.outcome)? } else { None };
            self.variables.truncate(outside);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn outcome(&mut self, outcome: &'a RuleOutcome) -> Result<Option<ResolvedEndpoint>, EndpointFault> {
        match outcome {
            RuleOutcome::Tree(rules) => self.first_of(rules),
            RuleOutcome::Endpoint(endpoint) => self.endpoint(endpoint).map(Some),
            RuleOutcome::Error(message) => Err(EndpointFault::Refused(self.text(message)?)),
        }
    }

    fn hold(&mut self, conditions: &'a [Condition]) -> Result<bool, EndpointFault> {
        for condition in conditions {
            let value = self.call(&condition.call)?;
            let holds = value.is_truthy();
            if let Some(name) = &condition.assign {
                self.variables.push((name, value));
            }
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn call(&self, call: &Call) -> Result<Value, EndpointFault> {
        let arguments = call.arguments.iter().map(|argument| self.value(argument));
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        call.function.call(&arguments, self.partitions).map_err(|_| EndpointFault::BadRules)
    }

    fn value(&self, expression: &Expression) -> Result<Value, EndpointFault> {
        match expression {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Reference(name) => Ok(self.variable(name).clone()),
            Expression::Call(call) => self.call(call),
            Expression::Template(template) => {
                template.fill(|name| self.variable(name)).map(Value::Text).ok_or(EndpointFault::BadRules)
            }
        }
    }

    fn text(&self, expression: &Expression) -> Result<String, EndpointFault> {
        match self.value(expression)? {
            Value::Text(text) => Ok(text),
            _ => Err(EndpointFault::BadRules),
        }
    }

    fn variable(&self, name: &str) -> &Value {
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        found.map_or(&Value::Unset, |(_, value)| value)
    }

    fn endpoint(&self, template: &EndpointTemplate) -> Result<ResolvedEndpoint, EndpointFault> {
        let mut headers = Vec::new();
        for (name, values) in &template.headers {
            for value in values {
                headers.push((name.clone(), self.text(value)?));
            }
        }
        let schemes = template.auth_schemes.iter().map(|scheme| self.auth_scheme(scheme));
        Ok(ResolvedEndpoint {
            url: self.text(&template.url)?,
            headers,
            auth_schemes: schemes.collect::<Result<_, _>>()?,
        })
    }

    fn auth_scheme(&self, template: &AuthTemplate) -> Result<AuthScheme, EndpointFault> {
        let optional = |expression: &Option<Expression>| {
            expression.as_ref().map(|expression| self.text(expression)).transpose()
        };
        Ok(AuthScheme {
            name: template.name.clone(),
            signing_name: optional(&template.signing_name)?,
            signing_region: optional(&template.signing_region)?,
            disable_double_encoding: template.disable_double_encoding,
        })
    }
}
