//! What REST-JSON and REST-XML share: the address, the query, the headers, the status, the payload.
//!
//! Here: putting members where they travel, and collecting them. Bodies are written in `json` and `rest_xml`.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::draft::{Draft, encode};
use super::input::{self, InputError, Path};
use super::json::{self, Unreadable};
use super::quirks;
use super::rest_xml;
use super::scalar::{self, Scalar};
use super::xml;
use crate::model::{Kind, Location, Operation, Place, Protocol, Shape, TimestampFormat};

pub(super) fn build(
    operation: Operation<'_>,
    input: &Map<String, Value>,
    body: Option<Bytes>,
) -> Result<Draft, InputError> {
    let mut draft = Draft::default();
    let mut labels = Vec::new();
    let mut body_members = Map::new();
    let Some(place) = operation.input() else {
        json::nothing_but(input)?;
        address(operation, &mut draft, &labels)?;
        return Ok(draft);
    };
    let shape = place.shape();
    for (name, value) in input {
        let path = Path::ROOT.name(name);
        let member = shape.member(name).ok_or_else(|| path.unknown())?;
        if value.is_null() {
            continue;
        }
        match member.location() {
            Some(Location::Uri) => labels.push((member, label(member, value, path)?)),
            Some(Location::Query) => query(&mut draft, member, value, path)?,
            Some(Location::Header) => header(&mut draft, member, value, path)?,
            Some(Location::Headers) => headers(&mut draft, member, value, path)?,
            Some(Location::Status) | None => {
                body_members.insert(name.clone(), value.clone());
            }
        }
    }
    for member in shape.members().filter(|member| member.location() == Some(Location::Uri)) {
        if !labels.iter().any(|(label, text)| label.name() == member.name() && !text.is_empty()) {
            return Err(InputError::Missing { name: member.name().to_owned() });
        }
    }
    address(operation, &mut draft, &labels)?;
    write_body(operation, place, &mut body_members, body, &mut draft)?;
    Ok(draft)
}

fn write_body(
    operation: Operation<'_>,
    place: Place<'_>,
    members: &mut Map<String, Value>,
    body: Option<Bytes>,
    draft: &mut Draft,
) -> Result<(), InputError> {
    let is_json = operation.service().protocol() == Protocol::RestJson;
    let shape = place.shape();
    let payload = shape.payload();
    if let Some(payload) = payload.filter(|payload| matches!(payload.kind(), Kind::Blob | Kind::String)) {
        let given = members.get(payload.name());
        draft.body = match (body, given) {
            (Some(bytes), _) => bytes,
            (None, Some(value)) => match scalar::read(payload, value, Path::ROOT.name(payload.name()))? {
                Scalar::Blob(bytes) => Bytes::from(bytes),
                text => Bytes::from(text.to_text(TimestampFormat::Iso8601)),
            },
            (None, None) => Bytes::new(),
        };
        return Ok(());
    }
    if let Some(payload) = payload {
        let value = members.get(payload.name());
        draft.body = match value {
            Some(value) if is_json => {
                Bytes::from(json::write(payload, value, Path::ROOT.name(payload.name()))?.to_string())
            }
            Some(value) => rest_xml::write(payload, value, Path::ROOT.name(payload.name()))?,
            None if is_json => Bytes::from_static(b"{}"),
            None => Bytes::new(),
        };
    } else if is_json && shape.members().any(|member| member.location().is_none()) {
        draft.body = Bytes::from(Value::Object(json::structure(place, members, Path::ROOT)?).to_string());
    } else if !is_json && !members.is_empty() {
        draft.body = rest_xml::write(place, &Value::Object(std::mem::take(members)), Path::ROOT)?;
    }
    if !draft.body.is_empty() && !draft.has_header("Content-Type") {
        draft.header("Content-Type", if is_json { "application/json" } else { "application/xml" });
    }
    Ok(())
}

/// Path and query from the template: `/{Key+}?x-id=PutObject`, where `+` lets slashes stand.
fn address(
    operation: Operation<'_>,
    draft: &mut Draft,
    labels: &[(Place<'_>, String)],
) -> Result<(), InputError> {
    let (path, query) = operation.uri().split_once('?').unwrap_or((operation.uri(), ""));
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let (name, safe) = name.strip_suffix('+').map_or((name, ""), |name| (name, "/"));
        let value = labels.iter().find(|(member, _)| member.wire_name_or_own() == name);
        let (_, value) = value.ok_or_else(|| InputError::Missing { name: name.to_owned() })?;
        draft.path.push_str(before);
        encode(&mut draft.path, value, safe);
        rest = after;
    }
    draft.path.push_str(rest);
    if !query.is_empty() {
        let separator = if draft.query.is_empty() { "" } else { "&" };
        draft.query = format!("{query}{separator}{}", draft.query);
    }
    Ok(())
}

/// In the address and the query, times are ISO 8601 where the model does not say.
fn label(place: Place<'_>, value: &Value, path: Path<'_>) -> Result<String, InputError> {
    let format = place.timestamp_format().unwrap_or(TimestampFormat::Iso8601);
    Ok(scalar::read(place, value, path)?.to_text(format))
}

fn query(draft: &mut Draft, place: Place<'_>, value: &Value, path: Path<'_>) -> Result<(), InputError> {
    let shape = place.shape();
    match shape.kind() {
        Kind::Map => {
            let (_, entry) = shape.entry().expect("a map has entries");
            for (key, value) in input::members(value, path)? {
                query_values(draft, key, entry, value, path.name(key))?;
            }
            Ok(())
        }
        _ => query_values(draft, place.wire_name_or_own(), place, value, path),
    }
}

fn query_values(
    draft: &mut Draft,
    name: &str,
    place: Place<'_>,
    value: &Value,
    path: Path<'_>,
) -> Result<(), InputError> {
    let Some(element) = place.shape().element() else {
        draft.query_pair(name, &label(place, value, path)?);
        return Ok(());
    };
    for (index, value) in input::elements(value, path)?.iter().enumerate() {
        draft.query_pair(name, &label(element, value, path.index(index))?);
    }
    Ok(())
}

fn header(draft: &mut Draft, place: Place<'_>, value: &Value, path: Path<'_>) -> Result<(), InputError> {
    let name = place.wire_name_or_own();
    let Some(element) = place.shape().element() else {
        draft.header(name, header_text(place, value, path)?);
        return Ok(());
    };
    let mut texts = Vec::new();
    for (index, value) in input::elements(value, path)?.iter().enumerate() {
        let text = header_text(element, value, path.index(index))?;
        let needs_quotes = element.kind() == Kind::String && text.contains(['"', ',']);
        texts.push(if needs_quotes { format!("\"{}\"", text.replace('"', "\\\"")) } else { text });
    }
    if !texts.is_empty() {
        draft.header(name, texts.join(","));
    }
    Ok(())
}

/// In headers, times are as HTTP has them where the model does not say.
fn header_text(place: Place<'_>, value: &Value, path: Path<'_>) -> Result<String, InputError> {
    if place.is_json_value() {
        return Ok(scalar::base64(value.to_string().as_bytes()));
    }
    let format = place.timestamp_format().unwrap_or(TimestampFormat::Rfc822);
    Ok(scalar::read(place, value, path)?.to_text(format))
}

fn headers(draft: &mut Draft, place: Place<'_>, value: &Value, path: Path<'_>) -> Result<(), InputError> {
    let prefix = place.wire_name().unwrap_or_default();
    let (_, entry) = place.shape().entry().ok_or_else(|| path.kind("an object", value))?;
    for (key, value) in input::members(value, path)? {
        let text = header_text(entry, value, path.name(key))?;
        draft.header(&format!("{prefix}{key}"), text);
    }
    Ok(())
}

pub(super) fn parse(
    operation: Operation<'_>,
    response: &Response<Bytes>,
) -> Result<Map<String, Value>, Unreadable> {
    match operation.output() {
        Some(place) => read(operation, place.shape(), response),
        None => Ok(Map::new()),
    }
}

/// A structure out of a whole response: an output, or a modelled error.
pub(super) fn read(
    operation: Operation<'_>,
    shape: Shape<'_>,
    response: &Response<Bytes>,
) -> Result<Map<String, Value>, Unreadable> {
    let mut result = Map::new();
    for member in shape.members() {
        let value = match member.location() {
            Some(Location::Status) => Some(Value::from(response.status().as_u16())),
            Some(Location::Header) => header_value(member, response),
            Some(Location::Headers) => Some(prefixed_headers(member, response)),
            Some(Location::Uri | Location::Query) | None => None,
        };
        if let Some(value) = value {
            result.insert(member.name().to_owned(), value);
        }
    }
    let is_json = operation.service().protocol() == Protocol::RestJson;
    let body = response.body();
    match shape.payload() {
        // `protocol::parse_parts` hands the bytes of a blob out as they are.
        Some(payload) if payload.kind() == Kind::Blob => {}
        Some(payload) if payload.kind() == Kind::String => {
            let text = String::from_utf8_lossy(body).into_owned();
            result.insert(payload.name().to_owned(), Value::String(text));
        }
        Some(_) if body.is_empty() => {}
        Some(payload) => {
            let value = if is_json {
                json::read(payload, &json::body(body)?)
            } else {
                rest_xml::read(payload, body)?
            };
            result.insert(payload.name().to_owned(), value);
        }
        None if body.is_empty() => {}
        None if !shape.members().any(is_in_body) => {}
        None if is_json => {
            let body = json::body(body)?;
            for member in shape.members().filter(|member| is_in_body(*member)) {
                match body.get(member.wire_name_or_own()) {
                    None | Some(Value::Null) => {}
                    Some(value) => {
                        result.insert(member.name().to_owned(), json::read(member, value));
                    }
                }
            }
        }
        None if quirks::is_bucket_location(operation) => {
            let location = xml::with_root(body, xml::text)?;
            if !location.is_empty() {
                result.insert("LocationConstraint".to_owned(), Value::String(location));
            }
        }
        None => result.append(&mut rest_xml::read_members(shape, body)?),
    }
    Ok(result)
}

fn is_in_body(member: Place<'_>) -> bool {
    !matches!(member.location(), Some(Location::Header | Location::Headers | Location::Status))
}

fn header_value(place: Place<'_>, response: &Response<Bytes>) -> Option<Value> {
    let text = header_text_of(response, place.wire_name_or_own())?;
    let Some(element) = place.shape().element() else { return Some(scalar_value(place, &text)) };
    let elements = split_list(&text).into_iter().map(|text| scalar_value(element, &text));
    Some(Value::Array(elements.collect()))
}

fn scalar_value(place: Place<'_>, text: &str) -> Value {
    if place.is_json_value() {
        let json = scalar::from_base64(text).and_then(|json| serde_json::from_slice(&json).ok());
        return json.unwrap_or_else(|| Value::String(text.to_owned()));
    }
    scalar::from_text(place.kind(), text)
}

pub(super) fn header_text_of(response: &Response<Bytes>, name: &str) -> Option<String> {
    Some(String::from_utf8_lossy(response.headers().get(name)?.as_bytes()).into_owned())
}

fn prefixed_headers(place: Place<'_>, response: &Response<Bytes>) -> Value {
    let prefix = place.wire_name().unwrap_or_default().to_lowercase();
    let mut entries = Map::new();
    for (name, value) in response.headers() {
        if let Some(key) = name.as_str().strip_prefix(&prefix) {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            entries.insert(key.to_owned(), Value::String(text));
        }
    }
    Value::Object(entries)
}

/// Elements between commas; one in quotes may hold commas itself.
fn split_list(text: &str) -> Vec<String> {
    let mut elements = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let last = elements.last_mut().expect("there is always one element");
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => last.extend(characters.next()),
            ',' if !is_quoted => elements.push(String::new()),
            ' ' if !is_quoted && last.is_empty() => {}
            _ => last.push(character),
        }
    }
    elements.iter().map(|element| element.trim_end().to_owned()).collect()
}
