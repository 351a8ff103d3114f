//! Moments as the language writes them: RFC 3339 with a capital `T`, and a capital `Z` or an offset.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// `2024-01-01T00:00:00.123Z`; without the fraction when it is zero, as Java's `Instant` writes.
pub(crate) fn iso_8601(epoch_ms: i64) -> String {
    match Timestamp::from_millisecond(epoch_ms) {
        Ok(moment) if epoch_ms % 1_000 == 0 => format!("{moment:.0}"),
        Ok(moment) => format!("{moment:.3}"),
        // Beyond the year 9999 there is no such text; no clock gets there.
        Err(_) => format!("{epoch_ms}"),
    }
}

/// Reads a moment strictly; none if the text is no such timestamp.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let (time, offset) = match rest.strip_suffix('Z') {
        Some(time) => (time, Offset::UTC),
        None => {
            let sign_at = rest.rfind(['+', '-'])?;
            (&rest[..sign_at], parse_offset(&rest[sign_at..])?)
        }
    };
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, parse_fraction(fraction)?),
        None => (time, 0),
    };
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    let narrow = |field: u32| i8::try_from(field).ok();
    let moment = DateTime::new(
        i16::try_from(year).ok()?,
        narrow(month)?,
        narrow(day)?,
        narrow(hour)?,
        narrow(minute)?,
        narrow(second)?,
        fraction,
    );
    offset.to_timestamp(moment.ok()?).ok()
}

/// `+02:00`
fn parse_offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = fields(text.get(1..)?, ':', [2, 2])?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * i32::try_from(hours * 3_600 + minutes * 60).ok()?).ok()
}

/// Nanoseconds from one to nine digits.
fn parse_fraction(digits: &str) -> Option<i32> {
    let is_fraction = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_fraction.then(|| format!("{digits:0<9}").parse().ok()).flatten()
}

/// Numbers of exactly these widths with `separator` between them.
fn fields<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_with_three_digits_or_none() {
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso_8601(1_700_000_000_120), "2023-11-14T22:13:20.120Z");
    }

    #[test]
    fn only_rfc3339_with_capitals_is_read() {
        let ms = |text: &str| parse_rfc3339(text).map(|moment| moment.as_millisecond());
        assert_eq!(ms("1970-01-01T00:00:01.5Z"), Some(1_500));
        assert_eq!(ms("1970-01-01T02:00:00+02:00"), Some(0));
        for text in [
            "2016-13-05T21:29:29Z",
            "05-12-2016T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05t21:29:29Z",
            "2016-12-05T21:29:29z",
            "2016-12-05T21:29:29+0200",
            "{% '2016-03-14T01:59:00Z' %}",
        ] {
            assert_eq!(ms(text), None, "{text}");
        }
    }
}
