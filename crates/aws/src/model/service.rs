//! A service: what holds for all of its operations.
//!
//! INVARIANT: once read, a service lives as long as the process; there are a few hundred at most.

use serde_json::Value;

use super::archive;
use super::operation::{Operation, OperationFacts};
use super::shape::{Shape, ShapeFacts, ShapeNumber};
use super::strings::{Strings, Text};

/// A service by its model.
#[derive(Debug)]
pub struct Service {
    pub(super) name: &'static str,
    pub(super) strings: Strings,
    pub(super) metadata: Metadata,
    pub(super) operations: Vec<OperationFacts>,
    pub(super) errors: Vec<ShapeNumber>,
    pub(super) shapes: Vec<ShapeFacts>,
}

#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) service_id: Text,
    pub(super) endpoint_prefix: Text,
    pub(super) api_version: Text,
    pub(super) full_name: Text,
    pub(super) signature_version: Text,
    pub(super) signing_name: Text,
    pub(super) target_prefix: Option<Text>,
    pub(super) json_version: Option<Text>,
    pub(super) xml_namespace: Option<Text>,
    pub(super) global_endpoint: Option<Text>,
    pub(super) is_query_compatible: bool,
    pub(super) protocols: Vec<Protocol>,
    pub(super) auth: Vec<Text>,
}

/// How requests and responses are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    Json,
    RestJson,
    RestXml,
    Query,
    Ec2,
    RpcV2Cbor,
}

impl Protocol {
    /// In the order of `facts.py`, and in the order of our liking where a service offers several.
    pub(super) const ALL: [Protocol; 6] = [
        Protocol::Json,
        Protocol::RestJson,
        Protocol::RestXml,
        Protocol::Query,
        Protocol::Ec2,
        Protocol::RpcV2Cbor,
    ];

    /// The name that botocore gives it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Json => "json",
            Protocol::RestJson => "rest-json",
            Protocol::RestXml => "rest-xml",
            Protocol::Query => "query",
            Protocol::Ec2 => "ec2",
            Protocol::RpcV2Cbor => "smithy-rpc-v2-cbor",
        }
    }
}

impl Service {
    /// The service that botocore calls by this name: `dynamodb`, `cognito-idp`.
    pub fn find(name: &str) -> Option<&'static Service> {
        archive::find(name)
    }

    /// The names of all services, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        archive::names()
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The id of the model: `DynamoDB`, `Cognito Identity Provider`.
    pub fn service_id(&self) -> &str {
        self.text(self.metadata.service_id)
    }

    pub fn full_name(&self) -> &str {
        self.text(self.metadata.full_name)
    }

    /// The service's name in a signature.
    pub fn signing_name(&self) -> &str {
        self.text(self.metadata.signing_name)
    }

    /// `v4`, `s3`, `s3v4`, `v2` or `bearer`.
    pub fn signature_version(&self) -> &str {
        self.text(self.metadata.signature_version)
    }

    /// The kinds of authentication that the service takes, the preferred one first: `aws.auth#sigv4`.
    pub fn auth(&self) -> impl Iterator<Item = &str> {
        self.metadata.auth.iter().map(|text| self.text(*text))
    }

    /// The first part of the service's host name.
    pub fn endpoint_prefix(&self) -> &str {
        self.text(self.metadata.endpoint_prefix)
    }

    /// The host of a service that has one for all regions.
    pub fn global_endpoint(&self) -> Option<&str> {
        self.metadata.global_endpoint.map(|text| self.text(text))
    }

    pub fn api_version(&self) -> &str {
        self.text(self.metadata.api_version)
    }

    pub fn target_prefix(&self) -> Option<&str> {
        self.metadata.target_prefix.map(|text| self.text(text))
    }

    pub fn json_version(&self) -> Option<&str> {
        self.metadata.json_version.map(|text| self.text(text))
    }

    pub fn xml_namespace(&self) -> Option<&str> {
        self.metadata.xml_namespace.map(|text| self.text(text))
    }

    /// True for a service that once spoke the query protocol and still tells the error codes of that time.
    pub fn is_query_compatible(&self) -> bool {
        self.metadata.is_query_compatible
    }

    /// The protocol that we speak with it: CBOR only where nothing else is offered.
    pub fn protocol(&self) -> Protocol {
        Protocol::ALL
            .into_iter()
            .find(|protocol| self.metadata.protocols.contains(protocol))
            .expect("every service of the model file has a protocol")
    }

    /// The rules that give an endpoint, as JSON; null for a service without.
    pub fn endpoint_rules(&self) -> Value {
        archive::endpoint_rules(self.name)
    }

    /// The operation of this name, as the API writes it: `PutItem`.
    pub fn operation(&self, name: &str) -> Option<Operation<'_>> {
        self.operations().find(|operation| operation.name() == name)
    }

    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.operations.iter().map(|facts| Operation { service: self, facts })
    }

    /// The modelled error with this code or name.
    pub fn error(&self, code: &str) -> Option<Shape<'_>> {
        let errors = self.errors.iter().map(|number| self.shape(*number));
        let mut by_name = None;
        for shape in errors {
            let facts = shape.error().expect("the list of errors holds errors");
            if facts.code == code {
                return Some(shape);
            }
            if facts.name == code {
                by_name = Some(shape);
            }
        }
        by_name
    }

    pub(super) fn text(&self, text: Text) -> &str {
        self.strings.get(text)
    }

    pub(super) fn shape(&self, number: ShapeNumber) -> Shape<'_> {
        Shape { service: self, facts: &self.shapes[number.0 as usize] }
    }
}
