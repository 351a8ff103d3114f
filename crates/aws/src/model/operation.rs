//! An operation: its place on the wire, what goes in, what comes out, what may go wrong.

use super::service::Service;
use super::shape::{Place, PlaceFacts, Shape, ShapeNumber};
use super::strings::Text;

/// An operation of a service.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    pub(super) service: &'a Service,
    pub(super) facts: &'a OperationFacts,
}

#[derive(Debug)]
pub(super) struct OperationFacts {
    pub(super) name: Text,
    pub(super) method: Text,
    pub(super) uri: Text,
    pub(super) status: u16,
    pub(super) input: Option<PlaceFacts>,
    pub(super) output: Option<PlaceFacts>,
    pub(super) result_wrapper: Option<Text>,
    pub(super) is_idempotent: bool,
    pub(super) is_readonly: bool,
    pub(super) is_unsigned: bool,
    pub(super) has_unsigned_body: bool,
    pub(super) requires_checksum: bool,
    pub(super) allows_compression: bool,
    pub(super) is_deprecated: bool,
    pub(super) errors: Vec<ShapeNumber>,
    pub(super) host_prefix: Option<Text>,
    pub(super) checksum_algorithm_member: Option<Text>,
    pub(super) auth: Vec<Text>,
    pub(super) static_context: Vec<ContextParameter>,
    pub(super) context_paths: Vec<ContextParameter>,
}

/// A parameter of the endpoint's rules that the operation supplies.
#[derive(Debug)]
pub(super) struct ContextParameter {
    pub(super) name: Text,
    pub(super) value: Text,
}

impl<'a> Operation<'a> {
    pub fn service(self) -> &'a Service {
        self.service
    }

    pub fn name(self) -> &'a str {
        self.service.text(self.facts.name)
    }

    pub fn method(self) -> &'a str {
        self.service.text(self.facts.method)
    }

    /// The template of path and query: `/{Bucket}/{Key+}?x-id=PutObject`.
    pub fn uri(self) -> &'a str {
        self.service.text(self.facts.uri)
    }

    /// The status of a success.
    pub fn status(self) -> u16 {
        self.facts.status
    }

    pub fn input(self) -> Option<Place<'a>> {
        Some(self.place(self.facts.input.as_ref()?))
    }

    pub fn output(self) -> Option<Place<'a>> {
        Some(self.place(self.facts.output.as_ref()?))
    }

    /// The element around the result in the query protocol.
    pub fn result_wrapper(self) -> Option<&'a str> {
        self.facts.result_wrapper.map(|text| self.service.text(text))
    }

    pub fn errors(self) -> impl Iterator<Item = Shape<'a>> {
        self.facts.errors.iter().map(move |number| self.service.shape(*number))
    }

    /// The model says that a second call changes nothing more.
    pub fn is_idempotent(self) -> bool {
        self.facts.is_idempotent
    }

    /// The model says that it changes nothing. False where the model does not say.
    pub fn is_readonly(self) -> bool {
        self.facts.is_readonly
    }

    /// Called without a signature.
    pub fn is_unsigned(self) -> bool {
        self.facts.is_unsigned
    }

    pub fn has_unsigned_body(self) -> bool {
        self.facts.has_unsigned_body
    }

    /// The service refuses a request without a checksum of its body.
    pub fn requires_checksum(self) -> bool {
        self.facts.requires_checksum
    }

    /// The member of the input with which a caller chooses the algorithm of the body's checksum.
    pub fn checksum_algorithm_member(self) -> Option<&'a str> {
        self.facts.checksum_algorithm_member.map(|text| self.service.text(text))
    }

    /// The service takes a compressed body.
    pub fn allows_compression(self) -> bool {
        self.facts.allows_compression
    }

    pub fn is_deprecated(self) -> bool {
        self.facts.is_deprecated
    }

    /// The kinds of authentication where they differ from the service's.
    pub fn auth(self) -> impl Iterator<Item = &'a str> {
        self.facts.auth.iter().map(move |text| self.service.text(*text))
    }

    /// The template of what goes before the host name: `{AccountId}.`.
    pub fn host_prefix(self) -> Option<&'a str> {
        self.facts.host_prefix.map(|text| self.service.text(text))
    }

    /// Parameters of the endpoint's rules with their values as JSON.
    pub fn static_context_parameters(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let texts = move |parameter: &'a ContextParameter| {
            (self.service.text(parameter.name), self.service.text(parameter.value))
        };
        self.facts.static_context.iter().map(texts)
    }

    /// Parameters of the endpoint's rules with the JMESPath that finds their values in the input.
    pub fn context_parameter_paths(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let texts = move |parameter: &'a ContextParameter| {
            (self.service.text(parameter.name), self.service.text(parameter.value))
        };
        self.facts.context_paths.iter().map(texts)
    }

    /// True for an operation that talks in events, in either direction.
    pub fn has_event_stream(self) -> bool {
        let streams = |place: Option<Place<'a>>| {
            place.is_some_and(|place| place.shape().members().any(|member| member.shape().is_event_stream()))
        };
        streams(self.input()) || streams(self.output())
    }

    fn place(self, facts: &'a PlaceFacts) -> Place<'a> {
        Place { service: self.service, name: "", facts }
    }
}
