//! The XML bodies of REST-XML.
//!
//! Here: writing by shape. Reading is `xml`'s, which Query and EC2 share.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::input::{self, InputError, Path};
use super::json::Unreadable;
use super::scalar;
use super::xml::{self, Writer};
use crate::model::{Kind, Place, Shape, TimestampFormat};

/// A document whose root is named by the place.
pub(super) fn write(place: Place<'_>, value: &Value, path: Path<'_>) -> Result<Bytes, InputError> {
    let mut writer = Writer::default();
    element(&mut writer, place, place.wire_name_or_own(), value, path)?;
    Ok(Bytes::from(writer.text))
}

fn element(
    writer: &mut Writer,
    place: Place<'_>,
    name: &str,
    value: &Value,
    path: Path<'_>,
) -> Result<(), InputError> {
    match place.kind() {
        Kind::Structure => structure(writer, place, name, value, path),
        Kind::List => list(writer, place, name, value, path),
        Kind::Map => map(writer, place, name, value, path),
        _ => {
            let format = place.timestamp_format().unwrap_or(TimestampFormat::Iso8601);
            let text = scalar::read(place, value, path)?.to_text(format);
            writer.open(name, &namespace(place));
            writer.escaped(&text);
            writer.close(name);
            Ok(())
        }
    }
}

fn structure(
    writer: &mut Writer,
    place: Place<'_>,
    name: &str,
    value: &Value,
    path: Path<'_>,
) -> Result<(), InputError> {
    let shape = place.shape();
    let members = input::members(value, path)?;
    let mut attributes = namespace(place);
    for (name, value) in members {
        let path = path.name(name);
        let member = shape.member(name).ok_or_else(|| path.unknown())?;
        if member.is_xml_attribute() && !value.is_null() {
            let text = scalar::read(member, value, path)?.to_text(TimestampFormat::Iso8601);
            attributes.push((member.wire_name_or_own().to_owned(), text));
        }
    }
    writer.open(name, &attributes);
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let path = path.name(name);
        let member = shape.member(name).ok_or_else(|| path.unknown())?;
        if !member.is_xml_attribute() {
            element(writer, member, member.wire_name_or_own(), value, path)?;
        }
    }
    writer.close(name);
    Ok(())
}

fn list(
    writer: &mut Writer,
    place: Place<'_>,
    name: &str,
    value: &Value,
    path: Path<'_>,
) -> Result<(), InputError> {
    let item = place.shape().element().expect("a list has elements");
    let item_name = if place.is_flattened() { name } else { item.wire_name().unwrap_or("member") };
    if !place.is_flattened() {
        writer.open(name, &namespace(place));
    }
    for (index, value) in input::elements(value, path)?.iter().enumerate() {
        element(writer, item, item_name, value, path.index(index))?;
    }
    if !place.is_flattened() {
        writer.close(name);
    }
    Ok(())
}

fn map(
    writer: &mut Writer,
    place: Place<'_>,
    name: &str,
    value: &Value,
    path: Path<'_>,
) -> Result<(), InputError> {
    let (key, entry) = place.shape().entry().expect("a map has entries");
    let entry_name = if place.is_flattened() { name } else { "entry" };
    if !place.is_flattened() {
        writer.open(name, &namespace(place));
    }
    for (text, value) in input::members(value, path)? {
        writer.open(entry_name, &[]);
        element(writer, key, key.wire_name().unwrap_or("key"), &Value::from(text.as_str()), path)?;
        element(writer, entry, entry.wire_name().unwrap_or("value"), value, path.name(text))?;
        writer.close(entry_name);
    }
    if !place.is_flattened() {
        writer.close(name);
    }
    Ok(())
}

fn namespace(place: Place<'_>) -> Vec<(String, String)> {
    let Some(namespace) = place.xml_namespace() else { return Vec::new() };
    let name = namespace.prefix.map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
    vec![(name, namespace.uri.to_owned())]
}

pub(super) fn read(place: Place<'_>, body: &[u8]) -> Result<Value, Unreadable> {
    xml::with_root(body, |root| xml::root_value(place, root))
}

pub(super) fn read_members(shape: Shape<'_>, body: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    xml::with_root(body, |root| xml::members(shape, root))
}
