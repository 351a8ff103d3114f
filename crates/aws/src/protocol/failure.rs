//! What a service says when it refuses, in any of the protocols.
//!
//! Here: finding code, message and ids, wherever the protocol puts them, and the members of a modelled error.
//! INVARIANT: whatever the body is, there is a code; at the least it is the status.

use bytes::Bytes;
use http::Response;
use roxmltree::Node;
use serde_json::{Map, Value};
use thiserror::Error;

use super::cbor;
use super::json;
use super::quirks;
use super::rest;
use super::xml;
use crate::model::{Operation, Protocol, Shape};

/// Where an error comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// The service refused the call.
    Refused,
    /// The service did as asked, but its answer cannot be read.
    Unreadable,
}

/// An answer without a result.
#[derive(Clone, PartialEq, Debug, Error)]
#[error("{code} (status {status}): {}", .message.as_deref().unwrap_or("no message"))]
pub struct ServiceError {
    pub kind: ErrorKind,
    /// As the service says it, without namespaces: `ResourceNotFoundException`, `NoSuchKey`.
    pub code: String,
    /// The name of the error in the model, for one that is modelled.
    pub name: Option<String>,
    /// The code of the time when the service spoke the query protocol.
    pub query_code: Option<String>,
    pub message: Option<String>,
    pub status: u16,
    pub request_id: Option<String>,
    /// S3's second id.
    pub extended_request_id: Option<String>,
    /// The members of a modelled error.
    pub members: Map<String, Value>,
}

/// What the body says, before the headers are looked at.
#[derive(Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    extended_request_id: Option<String>,
}

pub(super) fn unreadable(response: &Response<Bytes>, reason: &str) -> ServiceError {
    let said = Said {
        code: Some("SdkClientException".to_owned()),
        message: Some(format!("the service's answer cannot be read: {reason}")),
        ..Said::default()
    };
    let mut error = with_headers(response, said);
    error.kind = ErrorKind::Unreadable;
    error
}

pub(super) fn parse(operation: Operation<'_>, response: &Response<Bytes>) -> ServiceError {
    let protocol = operation.service().protocol();
    let mut said = match protocol {
        Protocol::Json | Protocol::RestJson => said_in_json(response),
        Protocol::RestXml | Protocol::Query | Protocol::Ec2 => said_in_xml(response.body()),
        Protocol::RpcV2Cbor => said_in_cbor(response.body()),
    };
    if said.code.is_none() {
        let code = quirks::code_without_body(operation, response.status().as_u16());
        said.code = code.map(str::to_owned);
    }
    let mut error = with_headers(response, said);
    if let Some(shape) = modelled(operation, &error.code) {
        error.name = shape.error().map(|facts| facts.name.to_owned());
        error.members = members(operation, shape, response);
    }
    error
}

/// What the headers say, they say better; only the code of plain JSON stands in the body first.
fn with_headers(response: &Response<Bytes>, said: Said) -> ServiceError {
    let header = |name| rest::header_text_of(response, name);
    let status = response.status();
    let code = said.code.or_else(|| header("x-amzn-errortype").map(|code| bare(&code)));
    let query_code = header("x-amzn-query-error").and_then(|text| {
        text.split_once(';').map(|(code, _)| code.to_owned()).filter(|code| !code.is_empty())
    });
    ServiceError {
        kind: ErrorKind::Refused,
        code: code.filter(|code| !code.is_empty()).unwrap_or_else(|| status.as_str().to_owned()),
        name: None,
        query_code,
        message: said.message,
        status: status.as_u16(),
        request_id: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")).or(said.request_id),
        extended_request_id: header("x-amz-id-2").or(said.extended_request_id),
        members: Map::new(),
    }
}

/// `com.amazonaws.dynamodb#ResourceNotFoundException:http://…` names what stands in its middle.
fn bare(code: &str) -> String {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim().to_owned()
}

fn said_in_json(response: &Response<Bytes>) -> Said {
    let body = match json::body(response.body()) {
        Ok(body) => body,
        Err(_) => {
            let text = String::from_utf8_lossy(response.body()).into_owned();
            let is_page = text.trim_start().starts_with("<html");
            return Said { message: Some(text).filter(|_| !is_page), ..Said::default() };
        }
    };
    let text = |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str()).map(str::to_owned);
    let code = match rest::header_text_of(response, "x-amzn-errortype") {
        Some(code) => Some(code),
        None => text(&["__type", "code", "Code"]),
    };
    Said {
        code: code.map(|code| bare(&code)),
        message: text(&["message", "Message", "errorMessage"]),
        ..Said::default()
    }
}

fn said_in_cbor(body: &[u8]) -> Said {
    let Ok(item) = cbor::body(body) else { return Said::default() };
    let text = |name| item.get(name).and_then(cbor::Item::as_text).map(str::to_owned);
    Said {
        code: text("__type").map(|code| bare(&code)),
        message: text("message").or_else(|| text("Message")),
        ..Said::default()
    }
}

fn said_in_xml(body: &[u8]) -> Said {
    let said = xml::with_root(body, |root| {
        let error = error_node(root);
        let text = |node: Node<'_, '_>, name| xml::child(node, name).map(xml::text);
        let id = |node| text(node, "RequestId").or_else(|| text(node, "RequestID"));
        Said {
            code: text(error, "Code"),
            message: text(error, "Message").or_else(|| text(error, "message")),
            request_id: id(error).or_else(|| id(root)),
            extended_request_id: text(error, "HostId"),
        }
    });
    said.unwrap_or_default()
}

/// `<ErrorResponse><Error>`, `<Response><Errors><Error>`, or S3's `<Error>` alone.
fn error_node<'a, 'i>(root: Node<'a, 'i>) -> Node<'a, 'i> {
    let around = xml::child(root, "Errors").unwrap_or(root);
    xml::child(around, "Error").unwrap_or(root)
}

fn modelled<'a>(operation: Operation<'a>, code: &str) -> Option<Shape<'a>> {
    let has_code = |shape: &Shape<'a>| shape.error().is_some_and(|facts| facts.code == code);
    operation.errors().find(has_code).or_else(|| operation.service().error(code))
}

fn members(operation: Operation<'_>, shape: Shape<'_>, response: &Response<Bytes>) -> Map<String, Value> {
    let body = response.body();
    match operation.service().protocol() {
        Protocol::Json => match json::body(body) {
            Ok(body) => json::read_members(shape, &body),
            Err(_) => Map::new(),
        },
        Protocol::RestJson => rest::read(operation, shape, response).unwrap_or_default(),
        Protocol::RpcV2Cbor => match cbor::body(body) {
            Ok(item) => cbor::read_members(shape, &item),
            Err(_) => Map::new(),
        },
        Protocol::RestXml | Protocol::Query | Protocol::Ec2 => {
            xml::with_root(body, |root| xml::members(shape, error_node(root))).unwrap_or_default()
        }
    }
}
