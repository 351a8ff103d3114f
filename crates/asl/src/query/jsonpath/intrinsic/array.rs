//! `States.Array` and the functions on arrays.

use std::collections::HashSet;
use std::sync::Arc;

use super::call::{Given, Outcome, Refusal};
use super::equality::fingerprint;
use super::math::rounded;
use super::size::{must_fit, within_payload};
use crate::json::Value;
use crate::limits::RANGE_ITEMS_MAX;

pub(super) fn array(given: Given<'_>) -> Outcome {
    Ok(array_of(given.values().to_vec()))
}

/// Chunks of `size` items; the last one may have fewer.
pub(super) fn partition(given: Given<'_>) -> Outcome {
    let items = given.array(0)?;
    let size = rounded(given.number(1)?);
    let Some(size) = usize::try_from(size).ok().filter(|&size| size > 0) else {
        return Err(Refusal::because(format!("expected a chunk size above 0, found {size}")));
    };
    given.spend(items.len())?;
    // Each chunk adds two brackets to the items' text.
    must_fit(within_payload(given.value(0))? + 2 * items.len().div_ceil(size))?;
    Ok(array_of(items.chunks(size).map(|chunk| array_of(chunk.to_vec())).collect()))
}

pub(super) fn contains(given: Given<'_>) -> Outcome {
    let items = given.array(0)?;
    spend_on_reading(given, 0)?;
    spend_on_reading(given, 1)?;
    let wanted = fingerprint(given.value(1));
    Ok(Value::Bool(items.iter().any(|item| fingerprint(item) == wanted)))
}

/// From `start` to `end`, both included, in steps; nothing if the steps lead away from `end`.
pub(super) fn range(given: Given<'_>) -> Outcome {
    let bound = |at: usize| Ok::<i128, Refusal>(i128::from(rounded(given.number(at)?)));
    let (start, end, step) = (bound(0)?, bound(1)?, bound(2)?);
    if step == 0 {
        return Err(Refusal::because("expected a step other than 0"));
    }
    let distance = (end - start) * step.signum();
    let count = if distance < 0 { 0 } else { distance / step.abs() + 1 };
    let Some(count) = usize::try_from(count).ok().filter(|&count| count <= RANGE_ITEMS_MAX) else {
        return Err(Refusal::because(format!(
            "expected a range of at most {RANGE_ITEMS_MAX} items, found {count}"
        )));
    };
    // What lies between two integers of 64 bits is one.
    let item = |at: usize| Value::from((start + step * at as i128) as i64);
    Ok(array_of((0..count).map(item).collect()))
}

pub(super) fn get_item(given: Given<'_>) -> Outcome {
    let items = given.array(0)?;
    let index = given.number(1)?;
    let item = index.as_i64().and_then(|index| items.get(usize::try_from(index).ok()?));
    item.cloned().ok_or_else(|| {
        Refusal::because(format!("expected an index from 0 and below {}, found {index}", items.len()))
    })
}

pub(super) fn length(given: Given<'_>) -> Outcome {
    Ok(Value::from(given.array(0)?.len() as i64))
}

/// Each value once, where it first stands.
pub(super) fn unique(given: Given<'_>) -> Outcome {
    let items = given.array(0)?;
    spend_on_reading(given, 0)?;
    let mut seen = HashSet::with_capacity(items.len());
    Ok(array_of(items.iter().filter(|item| seen.insert(fingerprint(item))).cloned().collect()))
}

/// The cost of looking into every part of an argument. Also the bound on what a fingerprint holds.
fn spend_on_reading(given: Given<'_>, at: usize) -> Outcome<()> {
    given.spend_bytes(within_payload(given.value(at))?)?;
    given.spend(given.value(at).as_array().map_or(0, |items| items.len()))
}

fn array_of(items: Vec<Value>) -> Value {
    Value::Array(Arc::new(items))
}
