//! The moment of a signature, to the second, in the one spelling that SigV4 has: `20150830T123600Z`.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SPELLING: &str = "%Y%m%dT%H%M%SZ";

/// Seconds since 1970, within the years that have four digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SigningTime(Timestamp);

impl SigningTime {
    pub(crate) fn parse(text: &str) -> Option<SigningTime> {
        // `strptime` is lenient about widths; the spelling is not.
        if text.len() != 16 {
            return None;
        }
        let time = DateTime::strptime(SPELLING, text).ok()?;
        Some(SigningTime(time.to_zoned(TimeZone::UTC).ok()?.timestamp()))
    }

    /// `20150830T123600Z`
    pub(crate) fn text(self) -> String {
        self.0.strftime(SPELLING).to_string()
    }

    /// `20150830`
    pub(crate) fn date(self) -> String {
        self.0.strftime("%Y%m%d").to_string()
    }

    pub(crate) fn is_within(self, skew: Duration, other: SigningTime) -> bool {
        self.0.duration_since(other.0).unsigned_abs() <= skew
    }

    pub(crate) fn is_after(self, other: SigningTime, by: Duration) -> bool {
        let difference = self.0.duration_since(other.0);
        difference.is_positive() && difference.unsigned_abs() > by
    }
}

impl fmt::Display for SigningTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl From<SystemTime> for SigningTime {
    /// A clock outside of the years 0 to 9999 counts as 1970: its signatures are refused as too old.
    fn from(time: SystemTime) -> SigningTime {
        let time = Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH);
        SigningTime(Timestamp::from_second(time.as_second()).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}
