//! Members of a request as AWS types them: strings borrowed from the body, payloads parsed in place,
//! integers, booleans, structures. A wrong type is told in the words of AWS's own deserializer.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use asl::Document;
use asl::json::JsonError;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A string; borrowed from the body unless it was written with escapes.
pub(crate) struct Text<'a>(Cow<'a, str>);

/// A JSON text inside a string (`input`, `output`): unescaped once, straight into its document.
pub(crate) struct Payload {
    pub(crate) bytes: usize,
    pub(crate) characters: usize,
    pub(crate) document: Result<Document, JsonError>,
}

#[derive(Clone, Copy)]
pub(crate) struct Integer(pub(crate) i64);

#[derive(Clone, Copy)]
pub(crate) struct Boolean(pub(crate) bool);

/// A structure, written as an object: serde alone would take a list of its members as well.
pub(crate) struct Structure<T>(pub(crate) T);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T> Deref for Structure<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What a string can become: from the body itself, or from the parser's scratch space.
trait FromText<'a> {
    fn borrowed(text: &'a str) -> Self;
    fn transient(text: &str) -> Self;
}

impl<'a> FromText<'a> for Text<'a> {
    fn borrowed(text: &'a str) -> Self {
        Text(Cow::Borrowed(text))
    }

    fn transient(text: &str) -> Self {
        Text(Cow::Owned(text.to_owned()))
    }
}

impl<'a> FromText<'a> for Payload {
    fn borrowed(text: &'a str) -> Self {
        Self::transient(text)
    }

    fn transient(text: &str) -> Self {
        Payload { bytes: text.len(), characters: text.chars().count(), document: Document::parse(text) }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData::<Text<'de>>))
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData::<Payload>))
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<'de, T: FromText<'de>> Visitor<'de> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::transient(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Err(not_convertible(boolean_token(value), "a String"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Err(not_convertible("NUMBER_VALUE", "a String"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Err(not_convertible("NUMBER_VALUE", "a String"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Err(not_convertible("NUMBER_VALUE", "a String"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<T, A::Error> {
        Err(A::Error::custom(LIST))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<T, A::Error> {
        Err(A::Error::custom(STRUCTURE))
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor)
    }
}

struct IntegerVisitor;

impl<'de> Visitor<'de> for IntegerVisitor {
    type Value = Integer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Integer, E> {
        Ok(Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Integer, E> {
        i64::try_from(number).map(Integer).map_err(|_| not_convertible("NUMBER_VALUE", "an Integer"))
    }

    /// Some SDKs write whole numbers with a fraction of zero.
    fn visit_f64<E: Error>(self, number: f64) -> Result<Integer, E> {
        if number.fract() == 0.0 && number.abs() < f64::from(i32::MAX) {
            return Ok(Integer(number as i64));
        }
        Err(not_convertible("NUMBER_VALUE", "an Integer"))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Integer, E> {
        Err(not_convertible("STRING_VALUE", "an Integer"))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Integer, E> {
        Err(not_convertible(boolean_token(value), "an Integer"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Integer, A::Error> {
        Err(A::Error::custom(LIST))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Integer, A::Error> {
        Err(A::Error::custom(STRUCTURE))
    }
}

impl<'de> Deserialize<'de> for Boolean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BooleanVisitor)
    }
}

struct BooleanVisitor;

impl<'de> Visitor<'de> for BooleanVisitor {
    type Value = Boolean;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boolean")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Boolean, E> {
        Ok(Boolean(value))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Boolean, E> {
        Err(not_convertible("STRING_VALUE", "a Boolean"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Boolean, E> {
        Err(not_convertible("NUMBER_VALUE", "a Boolean"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Boolean, E> {
        Err(not_convertible("NUMBER_VALUE", "a Boolean"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Boolean, E> {
        Err(not_convertible("NUMBER_VALUE", "a Boolean"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Boolean, A::Error> {
        Err(A::Error::custom(LIST))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Boolean, A::Error> {
        Err(A::Error::custom(STRUCTURE))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Structure<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StructureVisitor(PhantomData))
    }
}

struct StructureVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for StructureVisitor<T> {
    type Value = Structure<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Structure<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Structure)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Structure<T>, A::Error> {
        Err(A::Error::custom(LIST))
    }
}

const LIST: &str = "Start of list found where not expected";
const STRUCTURE: &str = "Start of structure or map found where not expected.";

fn not_convertible<E: Error>(token: &str, wanted: &str) -> E {
    E::custom(format_args!("{token} can not be converted to {wanted}"))
}

fn boolean_token(value: bool) -> &'static str {
    if value { "TRUE_VALUE" } else { "FALSE_VALUE" }
}
