//! The functions that Step Functions adds to JSONata, and the one that it takes away.
//!
//! Here: `$partition $range $hash $random $uuid $parse`, and `$eval` that is not a function. Not here: where
//! chance comes from; each evaluation is given its seed, so that repeating it gives the same values.
//! INVARIANT: numbers that mean counts are floored, as AWS does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use jlens_core::reads::Read;
use jlens_core::{Bindings, Error, HostFunction};
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::json;
use crate::ranges::REFUSED;

/// Names that Step Functions adds or redefines.
pub(crate) const NAMES: [&str; 6] = ["hash", "parse", "partition", "random", "range", "uuid"];

// LIMIT: AWS gives `$range` 200,000 items and refuses 500,000; this is its memory at 16 bytes an item.
const RANGE_ITEMS_MAX: f64 = 436_891.0;

type Arguments<'a> = &'a [Option<Value>];
type Answer = Result<Option<Value>, Error>;

/// The functions that always answer alike.
pub(crate) static PURE: LazyLock<Bindings> = LazyLock::new(|| {
    Bindings::new()
        .function("partition", function("<an:a>", partition))
        .function("range", function("<nnn:a>", range))
        .function("hash", function("<ss:s>", hash))
        .function("parse", function("<s:x>", parse))
        // Calling null is calling a non-function: T1006, as AWS says of `$eval`.
        .var("eval", Value::Null)
});

/// Adds the functions that draw chance, beginning anew from `seed`.
pub(crate) fn bind_chance(bindings: Bindings, seed: Seed) -> Bindings {
    let drawn = Arc::new(AtomicU64::new(0));
    let again = drawn.clone();
    bindings
        .function("random", function("<n?:n>", move |arguments| Ok(Some(random(arguments, seed, &drawn)))))
        .function("uuid", function("<:s>", move |_| Ok(Some(uuid(seed.bytes(&again)).into()))))
}

fn function(
    signature: &str,
    answer: impl Fn(Arguments<'_>) -> Answer + Send + Sync + 'static,
) -> HostFunction {
    HostFunction::with_signature(signature, move |arguments, _| answer(arguments))
        .expect("the signatures of this file are well formed")
        .without_input()
}

/// The chance of one evaluation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(pub(crate) [u64; 2]);

impl Seed {
    /// The next bytes: a hash of the seed and of how many were drawn before.
    fn bytes(self, drawn: &AtomicU64) -> [u8; 16] {
        let count = drawn.fetch_add(1, Ordering::Relaxed);
        let mut hasher = Sha256::new();
        for word in [self.0[0], self.0[1], count] {
            hasher.update(word.to_le_bytes());
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize()[..16]);
        bytes
    }
}

fn random(arguments: Arguments<'_>, seed: Seed, drawn: &AtomicU64) -> Value {
    if let Some(given) = arguments.first().and_then(Option::as_ref).and_then(Value::as_f64) {
        return Value::from(java_random(given.floor() as i64));
    }
    let [a, b, c, d, e, f, g, ..] = seed.bytes(drawn);
    let bits = u64::from_le_bytes([a, b, c, d, e, f, g, 0]) >> 3;
    Value::from(bits as f64 / (1_u64 << 53) as f64)
}

/// The first `nextDouble` of `java.util.Random`: what AWS gives for a seed, bit for bit.
fn java_random(seed: i64) -> f64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;
    let next = |state: u64| (state.wrapping_mul(MULTIPLIER).wrapping_add(0xB)) & MASK;
    let first = next((seed as u64 ^ MULTIPLIER) & MASK);
    let second = next(first);
    let bits = ((first >> 22) << 27) + (second >> 21);
    bits as f64 / (1_u64 << 53) as f64
}

/// A version 4 UUID of these bytes.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

fn partition(arguments: Arguments<'_>) -> Answer {
    let [Some(Value::Array(items)), Some(size), ..] = arguments else { return Ok(None) };
    let size = floored(size);
    if size < 1.0 {
        return Err(mistake(format!("expected a chunk size of at least 1 in $partition, found {size}")));
    }
    let chunks = items.chunks(size.min(items.len().max(1) as f64) as usize);
    Ok(Some(chunks.map(|chunk| Value::from(chunk.to_vec())).collect()))
}

fn range(arguments: Arguments<'_>) -> Answer {
    let [Some(start), Some(end), Some(step), ..] = arguments else { return Ok(None) };
    let (start, end, step) = (floored(start), floored(end), floored(step));
    if step == 0.0 {
        return Err(mistake("expected a step other than 0 in $range, found 0".to_owned()));
    }
    let steps = ((end - start) / step).floor();
    if steps >= RANGE_ITEMS_MAX {
        return Err(Error::new(REFUSED).with("value", steps + 1.0));
    }
    let item = |index: i64| Value::from(start + index as f64 * step);
    match steps as i64 {
        // What is empty or single is a sequence of JSONata and collapses.
        0 if steps == 0.0 => Ok(Some(item(0))),
        steps => Ok(Some((0..=steps).map(item).collect())),
    }
}

fn hash(arguments: Arguments<'_>) -> Answer {
    let [Some(Value::String(text)), Some(Value::String(algorithm)), ..] = arguments else { return Ok(None) };
    let digest = match algorithm.as_str() {
        "MD5" => hex(&Md5::digest(text)),
        "SHA-1" => hex(&Sha1::digest(text)),
        "SHA-256" => hex(&Sha256::digest(text)),
        "SHA-384" => hex(&Sha384::digest(text)),
        "SHA-512" => hex(&Sha512::digest(text)),
        other => {
            return Err(mistake(format!(
                "expected MD5, SHA-1, SHA-256, SHA-384 or SHA-512 as the algorithm of $hash, found {other}"
            )));
        }
    };
    Ok(Some(digest.into()))
}

fn parse(arguments: Arguments<'_>) -> Answer {
    let [Some(Value::String(text)), ..] = arguments else { return Ok(None) };
    match json::read(text, &Read::Whole) {
        Ok(value) => Ok(Some(value)),
        Err(reason) => Err(mistake(format!("$parse: {reason}"))),
    }
}

fn floored(number: &Value) -> f64 {
    number.as_f64().unwrap_or_default().floor()
}

/// A mistake in an argument. AWS's own texts for these are not known; the code is the one of `$error`.
fn mistake(message: String) -> Error {
    Error::new("D3137").with("message", message)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[digit as usize] as char).collect()
}
