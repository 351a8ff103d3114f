//! Reading the packed model of a service: what `crates/aws/models/facts.py` wrote.
//!
//! Numbers are LEB128. A string or shape that is named for the first time is 0 and takes the next number;
//! later it is its number plus one. Shapes follow in the order of their numbers.
//! INVARIANT: the file is our own, so what cannot be read is a bug and panics.

use super::operation::{ContextParameter, OperationFacts};
use super::service::{Metadata, Protocol, Service};
use super::shape::{
    Body, Bounds, ErrorBody, Location, MemberFacts, PlaceFacts, ShapeFacts, ShapeNumber, TimestampFormat,
};
use super::strings::{Strings, Text};

/// Bytes and a position in them.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader { bytes, at }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn number(&mut self) -> usize {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.bytes[self.at];
            self.at += 1;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return value;
            }
            shift += 7;
        }
    }

    pub(super) fn string(&mut self) -> &'a str {
        let length = self.number();
        let bytes = &self.bytes[self.at..self.at + length];
        self.at += length;
        std::str::from_utf8(bytes).expect("the model file's strings are UTF-8")
    }
}

/// A reader that counts which strings and shapes have been named.
struct Decoder<'a> {
    reader: Reader<'a>,
    strings_named: u32,
    shapes_named: u32,
}

pub(super) fn service(name: &'static str, frame: &[u8]) -> Service {
    let mut reader = Reader::new(frame, 0);
    let count = reader.number();
    let mut strings = Strings { text: String::new(), ends: Vec::with_capacity(count) };
    for _ in 0..count {
        strings.text.push_str(reader.string());
        strings.ends.push(u32::try_from(strings.text.len()).expect("a model is far smaller than 4 GiB"));
    }
    strings.text.shrink_to_fit();
    let mut decoder = Decoder { reader, strings_named: 0, shapes_named: 0 };
    let metadata = decoder.metadata();
    let operations = decoder.many(Decoder::operation);
    let errors = decoder.many(Decoder::shape_number);
    let mut shapes = Vec::new();
    while decoder.number() == 1 {
        shapes.push(decoder.shape());
    }
    Service { name, strings, metadata, operations, errors, shapes }
}

impl Decoder<'_> {
    fn number(&mut self) -> usize {
        self.reader.number()
    }

    fn many<T>(&mut self, read: fn(&mut Self) -> T) -> Vec<T> {
        let count = self.number();
        (0..count).map(|_| read(self)).collect()
    }

    fn text(&mut self) -> Text {
        Text(self.first_or_again(|decoder| &mut decoder.strings_named))
    }

    fn shape_number(&mut self) -> ShapeNumber {
        ShapeNumber(self.first_or_again(|decoder| &mut decoder.shapes_named))
    }

    fn first_or_again(&mut self, counter: fn(&mut Self) -> &mut u32) -> u32 {
        let number = u32::try_from(self.number()).expect("a model has far fewer names");
        match number.checked_sub(1) {
            Some(again) => again,
            None => {
                let next = counter(self);
                *next += 1;
                *next - 1
            }
        }
    }

    fn optional(&mut self) -> Option<Text> {
        (self.number() == 1).then(|| self.text())
    }

    fn flags(&mut self) -> Flags {
        Flags(self.number())
    }

    fn metadata(&mut self) -> Metadata {
        Metadata {
            service_id: self.text(),
            endpoint_prefix: self.text(),
            api_version: self.text(),
            full_name: self.text(),
            signature_version: self.text(),
            signing_name: self.text(),
            target_prefix: self.optional(),
            json_version: self.optional(),
            xml_namespace: self.optional(),
            global_endpoint: self.optional(),
            is_query_compatible: self.flags().has(0),
            protocols: self.many(|decoder| Protocol::ALL[decoder.number()]),
            auth: self.many(Decoder::text),
        }
    }

    fn operation(&mut self) -> OperationFacts {
        let (name, method, uri) = (self.text(), self.text(), self.text());
        let status = status(self.number());
        let flags = self.flags();
        let input = flags.has(0).then(|| self.place());
        let output = flags.has(1).then(|| self.place());
        let result_wrapper = if flags.has(1) { self.optional() } else { None };
        OperationFacts {
            name,
            method,
            uri,
            status,
            input,
            output,
            result_wrapper,
            is_idempotent: flags.has(2),
            is_readonly: flags.has(3),
            is_unsigned: flags.has(4),
            has_unsigned_body: flags.has(5),
            requires_checksum: flags.has(6),
            allows_compression: flags.has(7),
            is_deprecated: flags.has(8),
            errors: self.many(Decoder::shape_number),
            host_prefix: self.optional(),
            checksum_algorithm_member: self.optional(),
            auth: self.many(Decoder::text),
            static_context: self.many(Decoder::context_parameter),
            context_paths: self.many(Decoder::context_parameter),
        }
    }

    fn context_parameter(&mut self) -> ContextParameter {
        ContextParameter { name: self.text(), value: self.text() }
    }

    fn place(&mut self) -> PlaceFacts {
        let shape = self.shape_number();
        let flags = self.flags();
        PlaceFacts {
            shape,
            wire_name: flags.has(0).then(|| self.text()),
            location: flags.has(1).then(|| Location::ALL[self.number()]),
            is_required: flags.has(2),
            timestamp_format: flags.has(3).then(|| TimestampFormat::ALL[self.number()]),
            is_flattened: flags.has(4),
            is_idempotency_token: flags.has(5),
            context_parameter: flags.has(6).then(|| self.text()),
            xml_namespace: flags.has(7).then(|| (self.text(), self.optional())),
            is_streaming: flags.has(8),
            is_host_label: flags.has(9),
            is_json_value: flags.has(10),
            query_name: flags.has(11).then(|| self.text()),
            is_xml_attribute: flags.has(12),
        }
    }

    fn shape(&mut self) -> ShapeFacts {
        let kind = self.number();
        let flags = self.flags();
        let body = match kind {
            0 => self.structure(flags),
            1 => Body::List(self.place(), self.bounds()),
            2 => Body::Map(self.place(), self.place(), self.bounds()),
            _ => Body::Scalar {
                kind: super::shape::Kind::SCALARS[kind - 3],
                choices: self.many(Decoder::text),
                pattern: self.optional(),
                bounds: self.bounds(),
            },
        };
        ShapeFacts {
            body,
            is_document: flags.has(1),
            is_union: flags.has(2),
            is_event_stream: flags.has(3),
            is_sensitive: flags.has(4),
        }
    }

    fn structure(&mut self, flags: Flags) -> Body {
        let members = self.many(|decoder| MemberFacts { name: decoder.text(), place: decoder.place() });
        let payload = self.optional();
        let error = flags.has(0).then(|| ErrorBody {
            name: self.text(),
            code: self.optional(),
            status: Some(self.number()).filter(|number| *number > 0).map(status),
            is_fault: flags.has(5),
            is_sender_fault: flags.has(6),
            is_retryable: flags.has(7),
            is_throttling: flags.has(8),
        });
        Body::Structure { members, payload, error }
    }

    fn bounds(&mut self) -> Bounds {
        Bounds { min: self.optional(), max: self.optional() }
    }
}

#[derive(Clone, Copy)]
struct Flags(usize);

impl Flags {
    fn has(self, bit: u32) -> bool {
        self.0 & (1 << bit) != 0
    }
}

fn status(number: usize) -> u16 {
    u16::try_from(number).expect("an HTTP status has three digits")
}
