//! RPC v2 CBOR, for the few services that offer nothing else.
//!
//! Here: writing by shape, and reading any CBOR item that a service may send, of definite length or not.
//! INVARIANT: a malformed body is an error, never a panic and never an allocation larger than the body.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::draft::Draft;
use super::input::{self, InputError, Path};
use super::json::{self, Unreadable};
use super::scalar::{self, Scalar};
use super::timestamp;
use crate::model::{Kind, Operation, Place, Shape};

/// LIMIT: how deep items may lie in each other, as serde_json has it for JSON.
const DEPTH_MAX: u32 = 128;

pub(super) fn build(operation: Operation<'_>, input: &Map<String, Value>) -> Result<Draft, InputError> {
    let target = operation.service().target_prefix().unwrap_or_default();
    let path = format!("/service/{target}/operation/{}", operation.name());
    let mut draft = Draft { path, ..Draft::default() };
    draft.header("smithy-protocol", "rpc-v2-cbor");
    draft.header("Accept", "application/cbor");
    if operation.service().is_query_compatible() {
        draft.header("x-amzn-query-mode", "true");
    }
    match operation.input() {
        Some(place) => {
            let mut body = Vec::new();
            structure(&mut body, place.shape(), input, Path::ROOT)?;
            draft.body = Bytes::from(body);
            draft.header("Content-Type", "application/cbor");
        }
        None => drop(json::nothing_but(input)?),
    }
    Ok(draft)
}

/// The first byte of an item holds its major type and a short number, or how many bytes of number follow.
fn head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..24 => out.push(major | bytes[7]),
        24..0x100 => out.extend([major | 24, bytes[7]]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend(&bytes[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend(bytes);
        }
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    head(out, 3, text.len() as u64);
    out.extend(text.as_bytes());
}

fn structure(
    out: &mut Vec<u8>,
    shape: Shape<'_>,
    members: &Map<String, Value>,
    path: Path<'_>,
) -> Result<(), InputError> {
    head(out, 5, members.values().filter(|value| !value.is_null()).count() as u64);
    for (name, value) in members {
        let path = path.name(name);
        let member = shape.member(name).ok_or_else(|| path.unknown())?;
        if !value.is_null() {
            write_text(out, member.wire_name_or_own());
            write(out, member, value, path)?;
        }
    }
    Ok(())
}

fn write(out: &mut Vec<u8>, place: Place<'_>, value: &Value, path: Path<'_>) -> Result<(), InputError> {
    let shape = place.shape();
    match shape.kind() {
        Kind::Structure => structure(out, shape, input::members(value, path)?, path)?,
        Kind::List => {
            let element = shape.element().expect("a list has elements");
            let elements = input::elements(value, path)?;
            head(out, 4, elements.len() as u64);
            for (index, value) in elements.iter().enumerate() {
                write(out, element, value, path.index(index))?;
            }
        }
        Kind::Map => {
            let (_, entry) = shape.entry().expect("a map has entries");
            let entries = input::members(value, path)?;
            head(out, 5, entries.len() as u64);
            for (key, value) in entries {
                write_text(out, key);
                write(out, entry, value, path.name(key))?;
            }
        }
        kind => match scalar::read(place, value, path)? {
            Scalar::Text(text) => write_text(out, text),
            Scalar::Integer(number) => write_integer(out, number),
            Scalar::Float(number) => write_float(out, kind, number),
            Scalar::Boolean(truth) => out.push(if truth { 0xf5 } else { 0xf4 }),
            Scalar::Blob(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend(bytes);
            }
            Scalar::Time(time) => {
                head(out, 6, 1);
                match timestamp::json(time, crate::model::TimestampFormat::UnixSeconds).as_i64() {
                    Some(seconds) => write_integer(out, seconds),
                    None => {
                        let seconds = time.duration_since(jiff::Timestamp::UNIX_EPOCH).as_secs_f64();
                        write_float(out, Kind::Double, seconds);
                    }
                }
            }
        },
    }
    Ok(())
}

fn write_integer(out: &mut Vec<u8>, number: i64) {
    match u64::try_from(number) {
        Ok(number) => head(out, 0, number),
        Err(_) => head(out, 1, number.unsigned_abs() - 1),
    }
}

fn write_float(out: &mut Vec<u8>, kind: Kind, number: f64) {
    if kind == Kind::Float {
        #[expect(clippy::cast_possible_truncation, reason = "the model wants single precision")]
        let single = number as f32;
        out.push(0xfa);
        out.extend(single.to_be_bytes());
    } else {
        out.push(0xfb);
        out.extend(number.to_be_bytes());
    }
}

pub(super) fn parse(
    operation: Operation<'_>,
    response: &Response<Bytes>,
) -> Result<Map<String, Value>, Unreadable> {
    match operation.output() {
        Some(place) => Ok(read_members(place.shape(), &body(response.body())?)),
        None => Ok(Map::new()),
    }
}

/// What CBOR can hold, as far as AWS uses it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Item {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(Vec<(String, Item)>),
}

impl Item {
    pub(super) fn get(&self, name: &str) -> Option<&Item> {
        let Item::Map(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == name).map(|(_, item)| item)
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Item::Text(text) = self { Some(text) } else { None }
    }
}

/// The item of a body; an empty one counts as an empty map.
pub(super) fn body(bytes: &[u8]) -> Result<Item, Unreadable> {
    if bytes.is_empty() {
        return Ok(Item::Map(Vec::new()));
    }
    Reader { bytes }.item(0).ok_or_else(|| "expected CBOR in the body".to_owned())
}

pub(super) fn read_members(shape: Shape<'_>, item: &Item) -> Map<String, Value> {
    let mut members = Map::new();
    for member in shape.members() {
        match item.get(member.wire_name_or_own()) {
            None | Some(Item::Null) => {}
            Some(item) => {
                members.insert(member.name().to_owned(), read(member, item));
            }
        }
    }
    members
}

/// What a service wrote, by the model. What is not as the model says stays as it is.
fn read(place: Place<'_>, item: &Item) -> Value {
    let shape = place.shape();
    match (shape.kind(), item) {
        (Kind::Structure, Item::Map(_)) => Value::Object(read_members(shape, item)),
        (Kind::List, Item::Array(items)) => {
            let element = shape.element().expect("a list has elements");
            Value::Array(items.iter().map(|item| read(element, item)).collect())
        }
        (Kind::Map, Item::Map(entries)) => {
            let (_, entry) = shape.entry().expect("a map has entries");
            Value::Object(entries.iter().map(|(key, item)| (key.clone(), read(entry, item))).collect())
        }
        (Kind::Timestamp, item) => {
            let plain = plain(item);
            timestamp::from_json(&plain).map_or(plain, |time| Value::String(timestamp::iso8601(time)))
        }
        _ => plain(item),
    }
}

fn plain(item: &Item) -> Value {
    match item {
        Item::Null => Value::Null,
        Item::Boolean(truth) => Value::Bool(*truth),
        Item::Integer(number) => Value::from(*number),
        Item::Float(number) => scalar::float_json(*number),
        Item::Bytes(bytes) => Value::String(scalar::base64(bytes)),
        Item::Text(text) => Value::String(text.clone()),
        Item::Array(items) => Value::Array(items.iter().map(plain).collect()),
        Item::Map(entries) => {
            Value::Object(entries.iter().map(|(key, item)| (key.clone(), plain(item))).collect())
        }
    }
}

/// None, wherever the bytes are not CBOR.
struct Reader<'a> {
    bytes: &'a [u8],
}

/// An item without a length ends with this.
const BREAK: u8 = 0xff;

impl<'a> Reader<'a> {
    fn item(&mut self, depth: u32) -> Option<Item> {
        if depth > DEPTH_MAX {
            return None;
        }
        let first = self.take(1)?[0];
        let (major, low) = (first >> 5, first & 31);
        match major {
            0 => Some(Item::Integer(i64::try_from(self.number(low)?).ok()?)),
            1 => Some(Item::Integer(-1 - i64::try_from(self.number(low)?).ok()?)),
            2 => Some(Item::Bytes(self.string(low)?)),
            3 => Some(Item::Text(String::from_utf8(self.string(low)?).ok()?)),
            4 => self.array(low, depth),
            5 => self.map(low, depth),
            6 => {
                self.number(low)?;
                self.item(depth + 1)
            }
            _ => self.simple(low),
        }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn number(&mut self, low: u8) -> Option<u64> {
        let count = match low {
            0..24 => return Some(u64::from(low)),
            24..28 => 1 << (low - 24),
            _ => return None,
        };
        Some(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn string(&mut self, low: u8) -> Option<Vec<u8>> {
        if low != 31 {
            let length = usize::try_from(self.number(low)?).ok()?;
            return Some(self.take(length)?.to_vec());
        }
        let mut whole = Vec::new();
        while !self.ends()? {
            let part = self.take(1)?[0] & 31;
            let length = usize::try_from(self.number(part)?).ok()?;
            whole.extend(self.take(length)?);
        }
        Some(whole)
    }

    fn array(&mut self, low: u8, depth: u32) -> Option<Item> {
        let mut items = Vec::new();
        if low == 31 {
            while !self.ends()? {
                items.push(self.item(depth + 1)?);
            }
        } else {
            for _ in 0..self.number(low)? {
                items.push(self.item(depth + 1)?);
            }
        }
        Some(Item::Array(items))
    }

    fn map(&mut self, low: u8, depth: u32) -> Option<Item> {
        let mut entries = Vec::new();
        if low == 31 {
            while !self.ends()? {
                entries.push(self.entry(depth)?);
            }
        } else {
            for _ in 0..self.number(low)? {
                entries.push(self.entry(depth)?);
            }
        }
        Some(Item::Map(entries))
    }

    fn entry(&mut self, depth: u32) -> Option<(String, Item)> {
        let Item::Text(key) = self.item(depth + 1)? else { return None };
        Some((key, self.item(depth + 1)?))
    }

    fn simple(&mut self, low: u8) -> Option<Item> {
        match low {
            20 => Some(Item::Boolean(false)),
            21 => Some(Item::Boolean(true)),
            22 | 23 => Some(Item::Null),
            25 => Some(Item::Float(half(u16::from_be_bytes(self.take(2)?.try_into().ok()?)))),
            26 => Some(Item::Float(f64::from(f32::from_be_bytes(self.take(4)?.try_into().ok()?)))),
            27 => Some(Item::Float(f64::from_be_bytes(self.take(8)?.try_into().ok()?))),
            _ => None,
        }
    }

    /// Whether the break stands here, which is then passed.
    fn ends(&mut self) -> Option<bool> {
        let ends = *self.bytes.first()? == BREAK;
        if ends {
            self.take(1)?;
        }
        Some(ends)
    }
}

/// A number of half precision: sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f64::from(bits & 0x3ff);
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction + 1024.0) * 2f64.powi(exponent - 25),
    };
    sign * size
}
