//! Shapes, and the places where they are used: members, elements, keys, values, inputs, outputs.
//!
//! Here: walking them. A `Shape` says what a value is, a `Place` what it is called there and how it travels.

use super::service::Service;
use super::strings::Text;

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Timestamp,
    Blob,
}

impl Kind {
    /// In the order of `facts.py`, after the three that contain others.
    pub(super) const SCALARS: [Kind; 8] = [
        Kind::String,
        Kind::Integer,
        Kind::Long,
        Kind::Float,
        Kind::Double,
        Kind::Boolean,
        Kind::Timestamp,
        Kind::Blob,
    ];
}

/// Where a member travels when not in the body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    Uri,
    Query,
    Header,
    /// A map whose entries are headers with a common prefix.
    Headers,
    Status,
}

impl Location {
    pub(super) const ALL: [Location; 5] =
        [Location::Uri, Location::Query, Location::Header, Location::Headers, Location::Status];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimestampFormat {
    Iso8601,
    UnixSeconds,
    Rfc822,
}

impl TimestampFormat {
    pub(super) const ALL: [TimestampFormat; 3] =
        [TimestampFormat::Iso8601, TimestampFormat::UnixSeconds, TimestampFormat::Rfc822];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct XmlNamespace<'a> {
    pub uri: &'a str,
    pub prefix: Option<&'a str>,
}

/// What the model says of an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorFacts<'a> {
    pub name: &'a str,
    /// The code on the wire; the name where the model gives no other.
    pub code: &'a str,
    pub status: Option<u16>,
    /// The service's fault, not the caller's.
    pub is_fault: bool,
    pub is_sender_fault: bool,
    /// The same call may succeed later.
    pub is_retryable: bool,
    /// The caller asks too much in too short a time.
    pub is_throttling: bool,
}

/// A shape of a service.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    pub(super) service: &'a Service,
    pub(super) facts: &'a ShapeFacts,
}

/// A place where a shape is used.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub(super) service: &'a Service,
    pub(super) name: &'a str,
    pub(super) facts: &'a PlaceFacts,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ShapeNumber(pub(super) u32);

#[derive(Debug)]
pub(super) struct ShapeFacts {
    pub(super) body: Body,
    pub(super) is_document: bool,
    pub(super) is_union: bool,
    pub(super) is_event_stream: bool,
    pub(super) is_sensitive: bool,
}

#[derive(Debug)]
pub(super) enum Body {
    Structure { members: Vec<MemberFacts>, payload: Option<Text>, error: Option<ErrorBody> },
    List(PlaceFacts, Bounds),
    Map(PlaceFacts, PlaceFacts, Bounds),
    Scalar { kind: Kind, choices: Vec<Text>, pattern: Option<Text>, bounds: Bounds },
}

#[derive(Debug)]
pub(super) struct MemberFacts {
    pub(super) name: Text,
    pub(super) place: PlaceFacts,
}

#[derive(Debug)]
pub(super) struct ErrorBody {
    pub(super) name: Text,
    pub(super) code: Option<Text>,
    pub(super) status: Option<u16>,
    pub(super) is_fault: bool,
    pub(super) is_sender_fault: bool,
    pub(super) is_retryable: bool,
    pub(super) is_throttling: bool,
}

/// As the model writes them: lengths or values.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) min: Option<Text>,
    pub(super) max: Option<Text>,
}

#[derive(Debug)]
pub(super) struct PlaceFacts {
    pub(super) shape: ShapeNumber,
    pub(super) wire_name: Option<Text>,
    pub(super) query_name: Option<Text>,
    pub(super) context_parameter: Option<Text>,
    pub(super) xml_namespace: Option<(Text, Option<Text>)>,
    pub(super) location: Option<Location>,
    pub(super) timestamp_format: Option<TimestampFormat>,
    pub(super) is_required: bool,
    pub(super) is_flattened: bool,
    pub(super) is_idempotency_token: bool,
    pub(super) is_streaming: bool,
    pub(super) is_host_label: bool,
    pub(super) is_json_value: bool,
    pub(super) is_xml_attribute: bool,
}

impl<'a> Shape<'a> {
    pub fn kind(self) -> Kind {
        match &self.facts.body {
            Body::Structure { .. } => Kind::Structure,
            Body::List(..) => Kind::List,
            Body::Map(..) => Kind::Map,
            Body::Scalar { kind, .. } => *kind,
        }
    }

    /// The members of a structure, in the order of the model; none for any other shape.
    pub fn members(self) -> impl Iterator<Item = Place<'a>> {
        let members: &'a [MemberFacts] = match &self.facts.body {
            Body::Structure { members, .. } => members,
            Body::List(..) | Body::Map(..) | Body::Scalar { .. } => &[],
        };
        members.iter().map(move |member| Place {
            service: self.service,
            name: self.service.text(member.name),
            facts: &member.place,
        })
    }

    pub fn member(self, name: &str) -> Option<Place<'a>> {
        self.members().find(|member| member.name == name)
    }

    /// The elements of a list.
    pub fn element(self) -> Option<Place<'a>> {
        match &self.facts.body {
            Body::List(element, _) => Some(self.place(element)),
            Body::Structure { .. } | Body::Map(..) | Body::Scalar { .. } => None,
        }
    }

    /// The keys and the values of a map.
    pub fn entry(self) -> Option<(Place<'a>, Place<'a>)> {
        match &self.facts.body {
            Body::Map(key, value, _) => Some((self.place(key), self.place(value))),
            Body::Structure { .. } | Body::List(..) | Body::Scalar { .. } => None,
        }
    }

    /// The one member of a structure that is the body.
    pub fn payload(self) -> Option<Place<'a>> {
        match &self.facts.body {
            Body::Structure { payload, .. } => self.member(self.service.text((*payload)?)),
            Body::List(..) | Body::Map(..) | Body::Scalar { .. } => None,
        }
    }

    /// What there is to say when the shape is an error.
    pub fn error(self) -> Option<ErrorFacts<'a>> {
        let Body::Structure { error: Some(error), .. } = &self.facts.body else { return None };
        let name = self.service.text(error.name);
        Some(ErrorFacts {
            name,
            code: error.code.map_or(name, |code| self.service.text(code)),
            status: error.status,
            is_fault: error.is_fault,
            is_sender_fault: error.is_sender_fault,
            is_retryable: error.is_retryable,
            is_throttling: error.is_throttling,
        })
    }

    /// The values that the model knows of an enumerated string; none for any other shape.
    pub fn choices(self) -> impl Iterator<Item = &'a str> {
        let choices: &'a [Text] = match &self.facts.body {
            Body::Scalar { choices, .. } => choices,
            Body::Structure { .. } | Body::List(..) | Body::Map(..) => &[],
        };
        choices.iter().map(move |text| self.service.text(*text))
    }

    pub fn pattern(self) -> Option<&'a str> {
        match &self.facts.body {
            Body::Scalar { pattern, .. } => pattern.map(|text| self.service.text(text)),
            Body::Structure { .. } | Body::List(..) | Body::Map(..) => None,
        }
    }

    /// The least length or value, as the model writes it.
    pub fn min(self) -> Option<&'a str> {
        Some(self.service.text(self.bounds()?.min?))
    }

    /// The greatest length or value, as the model writes it.
    pub fn max(self) -> Option<&'a str> {
        Some(self.service.text(self.bounds()?.max?))
    }

    /// Any JSON.
    pub fn is_document(self) -> bool {
        self.facts.is_document
    }

    /// A structure of which exactly one member is set.
    pub fn is_union(self) -> bool {
        self.facts.is_union
    }

    pub fn is_event_stream(self) -> bool {
        self.facts.is_event_stream
    }

    /// Not to be shown in logs.
    pub fn is_sensitive(self) -> bool {
        self.facts.is_sensitive
    }

    fn bounds(self) -> Option<&'a Bounds> {
        match &self.facts.body {
            Body::List(_, bounds) | Body::Map(_, _, bounds) | Body::Scalar { bounds, .. } => Some(bounds),
            Body::Structure { .. } => None,
        }
    }

    fn place(self, facts: &'a PlaceFacts) -> Place<'a> {
        Place { service: self.service, name: "", facts }
    }
}

impl<'a> Place<'a> {
    /// The name of a member in the model; empty for what is no member.
    pub fn name(self) -> &'a str {
        self.name
    }

    pub fn shape(self) -> Shape<'a> {
        self.service.shape(self.facts.shape)
    }

    pub fn kind(self) -> Kind {
        self.shape().kind()
    }

    /// The name on the wire where the model gives one (`locationName`).
    pub fn wire_name(self) -> Option<&'a str> {
        self.facts.wire_name.map(|text| self.service.text(text))
    }

    /// The name on the wire: the model's, or else the member's own.
    pub fn wire_name_or_own(self) -> &'a str {
        self.wire_name().unwrap_or(self.name)
    }

    /// The name in the EC2 protocol where the model gives one.
    pub fn query_name(self) -> Option<&'a str> {
        self.facts.query_name.map(|text| self.service.text(text))
    }

    /// The parameter of the endpoint's rules that this member is.
    pub fn context_parameter(self) -> Option<&'a str> {
        self.facts.context_parameter.map(|text| self.service.text(text))
    }

    pub fn xml_namespace(self) -> Option<XmlNamespace<'a>> {
        let (uri, prefix) = self.facts.xml_namespace?;
        Some(XmlNamespace { uri: self.service.text(uri), prefix: prefix.map(|text| self.service.text(text)) })
    }

    pub fn location(self) -> Option<Location> {
        self.facts.location
    }

    pub fn timestamp_format(self) -> Option<TimestampFormat> {
        self.facts.timestamp_format
    }

    pub fn is_required(self) -> bool {
        self.facts.is_required
    }

    pub fn is_flattened(self) -> bool {
        self.facts.is_flattened
    }

    /// Filled in by the caller's side where the user gives none.
    pub fn is_idempotency_token(self) -> bool {
        self.facts.is_idempotency_token
    }

    pub fn is_streaming(self) -> bool {
        self.facts.is_streaming
    }

    /// Part of the host name.
    pub fn is_host_label(self) -> bool {
        self.facts.is_host_label
    }

    /// JSON, written as Base64 into a header.
    pub fn is_json_value(self) -> bool {
        self.facts.is_json_value
    }

    pub fn is_xml_attribute(self) -> bool {
        self.facts.is_xml_attribute
    }
}
