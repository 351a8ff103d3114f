//! The functions that rule sets call, as Smithy's endpoint rules language defines them.
//!
//! Each is pure. A function without an answer gives `Unset`; an argument of a wrong type is a fault of
//! the rules, which evaluation reports.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::partitions::Partitions;
use super::value::Value;
use crate::sign::percent_encode;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Function {
    BooleanEquals,
    IsSet,
    GetAttr,
    StringEquals,
    Partition,
    Not,
    IsValidHostLabel,
    Substring,
    ParseUrl,
    ParseArn,
    IsVirtualHostableS3Bucket,
    UriEncode,
}

/// An argument is not of the type that the function takes.
#[derive(Debug)]
pub(super) struct WrongType;

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        Some(match name {
            "booleanEquals" => Function::BooleanEquals,
            "isSet" => Function::IsSet,
            "getAttr" => Function::GetAttr,
            "stringEquals" => Function::StringEquals,
            "aws.partition" => Function::Partition,
            "not" => Function::Not,
            "isValidHostLabel" => Function::IsValidHostLabel,
            "substring" => Function::Substring,
            "parseURL" => Function::ParseUrl,
            "aws.parseArn" => Function::ParseArn,
            "aws.isVirtualHostableS3Bucket" => Function::IsVirtualHostableS3Bucket,
            "uriEncode" => Function::UriEncode,
            _ => return None,
        })
    }

    pub(super) fn arity(self) -> usize {
        match self {
            Function::IsSet | Function::Not | Function::Partition => 1,
            Function::ParseUrl | Function::ParseArn | Function::UriEncode => 1,
            Function::BooleanEquals | Function::StringEquals | Function::GetAttr => 2,
            Function::IsValidHostLabel | Function::IsVirtualHostableS3Bucket => 2,
            Function::Substring => 4,
        }
    }

    /// `arguments` are as many as `arity` says.
    pub(super) fn call(self, arguments: &[Value], partitions: &Partitions) -> Result<Value, WrongType> {
        use Value::{Bool, Integer, Text};
        Ok(match (self, arguments) {
            (Function::IsSet, [value]) => Bool(*value != Value::Unset),
            (Function::Not, [value]) => Bool(!value.is_truthy()),
            (Function::BooleanEquals, [Bool(one), Bool(other)]) => Bool(one == other),
            (Function::StringEquals, [Text(one), Text(other)]) => Bool(one == other),
            (Function::GetAttr, [value, Text(path)]) => attribute(value, path),
            (Function::Partition, [region]) => partitions.of(region.text().unwrap_or_default()).clone(),
            (Function::IsValidHostLabel, [value, Bool(subdomains)]) => {
                Bool(value.text().is_some_and(|text| is_valid_host_label(text, *subdomains)))
            }
            (Function::IsVirtualHostableS3Bucket, [value, Bool(subdomains)]) => {
                Bool(value.text().is_some_and(|text| is_virtual_hostable(text, *subdomains)))
            }
            (Function::Substring, [Text(text), Integer(start), Integer(stop), Bool(reverse)]) => {
                substring(text, *start, *stop, *reverse)
            }
            (Function::ParseUrl, [Text(url)]) => parse_url(url).unwrap_or(Value::Unset),
            (Function::ParseArn, [Text(arn)]) => parse_arn(arn).unwrap_or(Value::Unset),
            (Function::UriEncode, [Text(text)]) => Text(percent_encode(text.as_bytes(), b"")),
            (Function::ParseUrl | Function::ParseArn | Function::UriEncode, [Value::Unset]) => Value::Unset,
            _ => return Err(WrongType),
        })
    }
}

/// `authority`, `resourceId[1]`, `a.b`.
fn attribute(value: &Value, path: &str) -> Value {
    let mut value = value;
    for part in path.split('.') {
        let (name, index) = match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
            Some((name, index)) => (name, index.parse::<usize>().ok()),
            None => (part, None),
        };
        if !name.is_empty() {
            value = value.attribute(name);
        }
        if let Some(index) = index {
            value = value.item(index);
        }
    }
    value.clone()
}

pub(crate) fn is_valid_host_label(text: &str, subdomains: bool) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if subdomains { text.split('.').all(is_label) } else { is_label(text) }
}

fn is_virtual_hostable(bucket: &str, subdomains: bool) -> bool {
    bucket.len() >= 3
        && !bucket.bytes().any(|byte| byte.is_ascii_uppercase())
        && bucket.parse::<Ipv4Addr>().is_err()
        && is_valid_host_label(bucket, subdomains)
}

fn substring(text: &str, start: i64, stop: i64, reverse: bool) -> Value {
    let (Ok(start), Ok(stop)) = (usize::try_from(start), usize::try_from(stop)) else { return Value::Unset };
    if start >= stop || text.len() < stop || !text.is_ascii() {
        return Value::Unset;
    }
    let range = if reverse { text.len() - stop..text.len() - start } else { start..stop };
    Value::Text(text[range].to_owned())
}

/// URLs of http and https without a query.
fn parse_url(url: &str) -> Option<Value> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") || rest.contains('?') {
        return None;
    }
    let rest = rest.split('#').next()?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host_and_port = authority.rsplit('@').next()?;
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host_and_port, None),
    };
    if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return None;
    }
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_ip =
        host.parse::<Ipv4Addr>().is_ok() || address.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok());
    let slash = if path.ends_with('/') { "" } else { "/" };
    Some(Value::Record(vec![
        ("scheme", Value::Text(scheme)),
        ("authority", Value::from(authority)),
        ("path", Value::from(path)),
        ("normalizedPath", Value::Text(format!("{path}{slash}"))),
        ("isIp", Value::Bool(is_ip)),
    ]))
}

fn parse_arn(arn: &str) -> Option<Value> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else { return None };
    if [partition, service, resource].contains(&"") {
        return None;
    }
    Some(Value::Record(vec![
        ("partition", Value::from(partition)),
        ("service", Value::from(service)),
        ("region", Value::from(region)),
        ("accountId", Value::from(account)),
        ("resourceId", Value::List(resource.split([':', '/']).map(Value::from).collect())),
    ]))
}
