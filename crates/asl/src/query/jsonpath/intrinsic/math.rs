//! `States.MathAdd` and `States.MathRandom`, in Java's arithmetic.

use super::call::{Given, Outcome, Refusal};
use super::java_random::JavaRandom;
use crate::json::{Number, Value};

/// Each argument is rounded before they are added.
pub(super) fn add(given: Given<'_>) -> Outcome {
    let (first, second) = (integer(given, 0)?, integer(given, 1)?);
    let sum = first
        .checked_add(second)
        .ok_or_else(|| Refusal::because(format!("expected a sum from {} to {}", i32::MIN, i32::MAX)))?;
    Ok(Value::from(i64::from(sum)))
}

/// From `start`, below `end`; the same for the same seed.
pub(super) fn random(given: Given<'_>) -> Outcome {
    let (start, end) = (integer(given, 0)?, integer(given, 1)?);
    if start >= end {
        return Err(Refusal::because(format!("expected a start below the end, found {start} and {end}")));
    }
    let number = match given.is_given(2) {
        true => JavaRandom::new(rounded(given.number(2)?)).between(start, end),
        false => {
            let width = i128::from(end) - i128::from(start);
            // The upper half of the product spreads 64 random bits evenly over the width.
            let offset = (i128::from(given.entropy().next_u64()) * width) >> 64;
            (i128::from(start) + offset) as i32
        }
    };
    Ok(Value::from(i64::from(number)))
}

/// An argument as an integer of 32 bits.
fn integer(given: Given<'_>, at: usize) -> Outcome<i32> {
    let number = given.number(at)?;
    i32::try_from(rounded(number)).map_err(|_| {
        Refusal::because(format!(
            "expected a number from {} to {} as argument {}, found {number}",
            i32::MIN,
            i32::MAX,
            at + 1
        ))
    })
}

/// Java's `Math.round`: to the nearest integer, halves upwards.
pub(super) fn rounded(number: &Number) -> i64 {
    if let Some(integer) = number.as_i64() {
        return integer;
    }
    let value = number.as_f64();
    let below = value.floor();
    (if value - below >= 0.5 { below + 1.0 } else { below }) as i64
}
