//! A JSON number: what was written is what is written out.
//!
//! Small integers are kept as such; everything else keeps its text. Comparison is by value and exact,
//! so `1`, `1.0` and `10e-1` are equal, and so are integers beyond 64 bits only when they really are.

use std::cmp::Ordering;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Number(Form);

#[derive(Clone, Debug)]
enum Form {
    Integer(i64),
    /// Fractions, exponents, `-0` and integers beyond 64 bits, as they were written.
    Text(Arc<str>),
}

impl Number {
    /// A number from its JSON text. The text must have been checked by the scanner.
    pub(crate) fn from_checked_text(text: &str) -> Number {
        match text.parse::<i64>() {
            Ok(integer) if text != "-0" => Number(Form::Integer(integer)),
            _ => Number(Form::Text(text.into())),
        }
    }

    /// A number from text that may be anything; none if it is not a JSON number.
    pub fn from_text(text: &str) -> Option<Number> {
        super::scan::is_number(text).then(|| Number::from_checked_text(text))
    }

    /// The value if it is a whole number of 64 bits, also when it was written `3.0` or `3e2`.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Form::Integer(integer) => Some(*integer),
            Form::Text(text) => Decimal::of(text).to_i64(),
        }
    }

    /// The value if it was written as an integer: no fraction, no exponent.
    pub fn as_written_integer(&self) -> Option<i64> {
        match &self.0 {
            Form::Integer(integer) => Some(*integer),
            Form::Text(text) => text.parse().ok(),
        }
    }

    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Form::Integer(integer) => *integer as f64,
            Form::Text(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// One text for all spellings of a number: equal numbers have equal texts.
    pub(crate) fn normal_form(&self) -> String {
        let decimal = match &self.0 {
            Form::Integer(integer) => Decimal::of(&integer.to_string()),
            Form::Text(text) => Decimal::of(text),
        };
        let sign = if decimal.is_negative { "-" } else { "" };
        let digits: String = decimal.digits.iter().map(|&digit| char::from(digit)).collect();
        format!("{sign}0.{digits}e{}", decimal.exponent)
    }

    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Form::Integer(integer) => *integer == 0,
            Form::Text(text) => Decimal::of(text).digits.is_empty(),
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Number(Form::Integer(integer))
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Form::Integer(integer) => write!(f, "{integer}"),
            Form::Text(text) => f.write_str(text),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Integer(a), Form::Integer(b)) => a.cmp(b),
            (Form::Text(a), Form::Text(b)) => Decimal::of(a).cmp(&Decimal::of(b)),
            (Form::Integer(a), Form::Text(b)) => Decimal::of(&a.to_string()).cmp(&Decimal::of(b)),
            (Form::Text(a), Form::Integer(b)) => Decimal::of(a).cmp(&Decimal::of(&b.to_string())),
        }
    }
}

/// `0.d1d2d3... * 10^exponent`; zero has no digits. Without leading and trailing zeros, so equal
/// values have equal parts.
struct Decimal {
    is_negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Decimal {
        let (is_negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
            // An exponent beyond 64 bits is as good as infinite: the mantissa cannot make up for it.
            Some((mantissa, exponent)) => {
                let at_the_end = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
                let exponent =
                    exponent.parse().map_or(at_the_end, |e: i64| e.clamp(i64::MIN / 4, i64::MAX / 4));
                (mantissa, exponent)
            }
            None => (magnitude, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let leading_zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..leading_zeros);
        if digits.is_empty() {
            return Decimal { is_negative: false, digits, exponent: 0 };
        }
        Decimal { is_negative, digits, exponent: exponent + whole.len() as i64 - leading_zeros as i64 }
    }

    fn to_i64(&self) -> Option<i64> {
        let places = usize::try_from(self.exponent).ok().filter(|&places| places <= 19);
        if self.digits.is_empty() {
            return Some(0);
        }
        let places = places.filter(|&places| places >= self.digits.len())?;
        let mut text = if self.is_negative { String::from("-") } else { String::new() };
        text.extend(self.digits.iter().map(|&digit| char::from(digit)));
        text.extend(std::iter::repeat_n('0', places - self.digits.len()));
        text.parse().ok()
    }

    fn cmp(&self, other: &Decimal) -> Ordering {
        // Zero has no digits and no sign, so it stands between the signs.
        let rank = |decimal: &Decimal| match (decimal.digits.is_empty(), decimal.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitudes = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        match rank(self).cmp(&rank(other)) {
            Ordering::Equal if rank(self) > 0 => magnitudes(),
            Ordering::Equal if rank(self) < 0 => magnitudes().reverse(),
            order => order,
        }
    }
}
