//! The routing configuration of an alias: its shape, its rules, and how it is shown.

use std::fmt::Write;

use serde::Deserialize;

use super::arn::version_of;
use super::constraint::Constraints;
use super::json::Json;
use super::limits;
use super::member::{Integer, Structure, Text};
use crate::domain::{Alias, Route, StateMachineArn};
use crate::error::ApiError;

pub(crate) type RouteShapes<'a> = Vec<Structure<RouteShape<'a>>>;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, bound(deserialize = "'de: 'a"))]
pub(crate) struct RouteShape<'a> {
    state_machine_version_arn: Option<Text<'a>>,
    weight: Option<Integer>,
}

impl RouteShape<'_> {
    fn arn(&self) -> &str {
        self.state_machine_version_arn.as_deref().unwrap_or_default()
    }

    fn weight(&self) -> i64 {
        self.weight.map_or(0, |weight| weight.0)
    }
}

pub(crate) fn check_routes(constraints: &mut Constraints, routes: Option<&RouteShapes<'_>>) {
    let Some(routes) = routes else { return };
    constraints.items("routingConfiguration", routes.len(), || as_aws_writes(routes), &limits::ROUTES);
    for (index, route) in routes.iter().enumerate() {
        let at = |name: &str| format!("routingConfiguration.{}.member.{name}", index + 1);
        let arn = &route.state_machine_version_arn;
        constraints.required(at("stateMachineVersionArn"), arn, &limits::ARN);
        if route.weight.is_none() {
            constraints.missing(at("weight"));
        }
        constraints.number(at("weight"), route.weight, &limits::ROUTE_WEIGHT);
    }
}

/// The machine whose versions these are, and the routes to them.
pub(crate) fn read_routes(
    routes: &[Structure<RouteShape<'_>>],
) -> Result<(StateMachineArn, Vec<Route>), ApiError> {
    let arns = || list(routes, |route| route.arn().to_owned());
    let versions: Vec<(StateMachineArn, u64)> =
        routes.iter().map(|route| version_of(route.arn())).collect::<Result<_, _>>().map_err(|_| {
            invalid(format!(
                "Routing configuration must contain state machine version ARNs. Received: {}",
                arns()
            ))
        })?;
    let (machine, first) = versions.first().cloned().ok_or_else(|| ApiError::InvalidArn(String::new()))?;
    if versions[1..].contains(&(machine.clone(), first)) {
        return Err(invalid(format!(
            "Routing configuration must contain distinct state machine version ARNs. Received: {}",
            arns()
        )));
    }
    if versions.iter().any(|(other, _)| *other != machine) {
        return Err(invalid(format!(
            "Routing configuration must contain versions of one state machine. Received: {}",
            arns()
        )));
    }
    if routes.iter().map(|route| route.weight()).sum::<i64>() != 100 {
        return Err(invalid(format!(
            "Sum of routing configuration weights must equal 100. Received: {}",
            list(routes, |route| route.weight().to_string())
        )));
    }
    let weights = routes.iter().map(|route| u8::try_from(route.weight()).unwrap_or_default());
    let routes =
        versions.iter().zip(weights).map(|((_, version), weight)| Route { version: *version, weight });
    Ok((machine, routes.collect()))
}

fn invalid(message: String) -> ApiError {
    ApiError::ValidationWithReason { message, reason: "INVALID_ROUTING_CONFIGURATION" }
}

fn list(routes: &[Structure<RouteShape<'_>>], shown: impl Fn(&RouteShape<'_>) -> String) -> String {
    let shown: Vec<String> = routes.iter().map(|route| shown(route)).collect();
    format!("[{}]", shown.join(", "))
}

fn as_aws_writes(routes: &[Structure<RouteShape<'_>>]) -> String {
    list(routes, |route| {
        let mut item = String::from("RoutingConfigurationListItem(");
        let _ = write!(item, "stateMachineVersionArn={}, weight={})", route.arn(), route.weight());
        item
    })
}

pub(crate) fn show_routes(json: &mut Json, alias: &Alias) {
    json.list("routingConfiguration", &alias.routes, |json, route| {
        json.arn("stateMachineVersionArn", &format_args!("{}:{}", alias.machine, route.version))
            .number("weight", i64::from(route.weight));
    });
}
