//! The Query protocol and EC2's variety of it: a form out, XML in.
//!
//! Here: the names of the form's fields, in which the two differ, and the wrapper around a result.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::draft::{Draft, encode};
use super::input::{self, InputError, Path};
use super::json::{self, Unreadable};
use super::scalar;
use super::xml;
use crate::model::{Kind, Operation, Place, Protocol, TimestampFormat};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Query,
    Ec2,
}

struct Form {
    dialect: Dialect,
    text: String,
}

pub(super) fn build(operation: Operation<'_>, input: &Map<String, Value>) -> Result<Draft, InputError> {
    let service = operation.service();
    let dialect = if service.protocol() == Protocol::Ec2 { Dialect::Ec2 } else { Dialect::Query };
    let mut form = Form { dialect, text: String::new() };
    form.field("Action", operation.name());
    form.field("Version", service.api_version());
    match operation.input() {
        Some(place) => form.structure(place, input, "", Path::ROOT)?,
        None => drop(json::nothing_but(input)?),
    }
    let mut draft = Draft { path: "/".to_owned(), body: Bytes::from(form.text), ..Draft::default() };
    draft.header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    Ok(draft)
}

impl Form {
    fn field(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        encode(&mut self.text, name, "");
        self.text.push('=');
        encode(&mut self.text, value, "");
    }

    fn value(
        &mut self,
        place: Place<'_>,
        value: &Value,
        name: &str,
        path: Path<'_>,
    ) -> Result<(), InputError> {
        match place.kind() {
            Kind::Structure => self.structure(place, input::members(value, path)?, name, path),
            Kind::List => self.list(place, input::elements(value, path)?, name, path),
            Kind::Map => self.map(place, input::members(value, path)?, name, path),
            _ => {
                let format = place.timestamp_format().unwrap_or(TimestampFormat::Iso8601);
                self.field(name, &scalar::read(place, value, path)?.to_text(format));
                Ok(())
            }
        }
    }

    fn structure(
        &mut self,
        place: Place<'_>,
        members: &Map<String, Value>,
        name: &str,
        path: Path<'_>,
    ) -> Result<(), InputError> {
        let shape = place.shape();
        for (key, value) in members {
            let path = path.name(key);
            let member = shape.member(key).ok_or_else(|| path.unknown())?;
            if value.is_null() {
                continue;
            }
            let own = self.member_name(member);
            let name = if name.is_empty() { own } else { format!("{name}.{own}") };
            self.value(member, value, &name, path)?;
        }
        Ok(())
    }

    fn member_name(&self, member: Place<'_>) -> String {
        match self.dialect {
            Dialect::Query => member.wire_name_or_own().to_owned(),
            Dialect::Ec2 => match (member.query_name(), member.wire_name()) {
                (Some(name), _) => name.to_owned(),
                (None, Some(name)) => capitalised(name),
                (None, None) => member.name().to_owned(),
            },
        }
    }

    fn list(
        &mut self,
        place: Place<'_>,
        elements: &[Value],
        name: &str,
        path: Path<'_>,
    ) -> Result<(), InputError> {
        let element = place.shape().element().expect("a list has elements");
        let prefix = match self.dialect {
            Dialect::Ec2 => name.to_owned(),
            Dialect::Query if elements.is_empty() => {
                self.field(name, "");
                return Ok(());
            }
            Dialect::Query if !place.is_flattened() => {
                format!("{name}.{}", element.wire_name().unwrap_or("member"))
            }
            // The elements' name stands where the list's would.
            Dialect::Query => match (element.wire_name(), name.rsplit_once('.')) {
                (None, _) => name.to_owned(),
                (Some(own), Some((parent, _))) => format!("{parent}.{own}"),
                (Some(own), None) => own.to_owned(),
            },
        };
        for (index, value) in elements.iter().enumerate() {
            self.value(element, value, &format!("{prefix}.{}", index + 1), path.index(index))?;
        }
        Ok(())
    }

    fn map(
        &mut self,
        place: Place<'_>,
        entries: &Map<String, Value>,
        name: &str,
        path: Path<'_>,
    ) -> Result<(), InputError> {
        let (key, entry) = place.shape().entry().expect("a map has entries");
        let key_name = key.wire_name().unwrap_or("key");
        let value_name = entry.wire_name().unwrap_or("value");
        let prefix = if place.is_flattened() { name.to_owned() } else { format!("{name}.entry") };
        for (index, (text, value)) in entries.iter().enumerate() {
            let number = index + 1;
            self.field(&format!("{prefix}.{number}.{key_name}"), text);
            self.value(entry, value, &format!("{prefix}.{number}.{value_name}"), path.name(text))?;
        }
        Ok(())
    }
}

pub(super) fn parse(
    operation: Operation<'_>,
    response: &Response<Bytes>,
) -> Result<Map<String, Value>, Unreadable> {
    let Some(place) = operation.output() else { return Ok(Map::new()) };
    xml::with_root(response.body(), |root| match operation.result_wrapper() {
        None => Ok(xml::members(place.shape(), root)),
        Some(wrapper) => match xml::child(root, wrapper) {
            Some(result) => Ok(xml::members(place.shape(), result)),
            None => Err(format!("expected an element `{wrapper}` in the body")),
        },
    })?
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}
