//! Retry: which errors, how often, after what delay.

use crate::definition::report::{Place, Report};
use crate::definition::section::Section;
use crate::definition::source::Node;
use crate::error_name::{ALL, ErrorPattern};
use crate::limits::{RETRY_DELAY_SECONDS_MAX, SECONDS_MAX};

#[derive(Debug)]
pub struct Retrier {
    pub error_equals: Vec<ErrorPattern>,
    pub interval_seconds: u64,
    pub max_attempts: u64,
    pub backoff_rate: f64,
    pub max_delay_seconds: Option<u64>,
    pub jitter: Jitter,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jitter {
    None,
    /// Uniform between zero and the delay.
    Full,
}

impl Retrier {
    pub fn matches(&self, error: &str) -> bool {
        self.error_equals.iter().any(|pattern| pattern.matches(error))
    }

    /// Delay before attempt `attempt` (1 is the first retry), in milliseconds. `draw` is uniform over u64.
    pub fn delay_ms(&self, attempt: u64, draw: u64) -> u64 {
        let growth = self.backoff_rate.powf(attempt.saturating_sub(1) as f64);
        let longest = self.max_delay_seconds.unwrap_or(RETRY_DELAY_SECONDS_MAX) as f64;
        // A rate that overflows gives infinity, which the bound takes care of.
        let delay_ms = (self.interval_seconds as f64 * growth).min(longest) * 1_000.0;
        let delay_ms = delay_ms.round() as u64;
        match self.jitter {
            Jitter::None => delay_ms,
            Jitter::Full => ((u128::from(draw) * (u128::from(delay_ms) + 1)) >> 64) as u64,
        }
    }

    /// None if one of them could not be read; that is reported.
    pub(crate) fn read_all(list: &[(&Node, Place)], report: &mut Report<'_>) -> Option<Vec<Retrier>> {
        let read = |(at, (node, place)): (usize, &(&Node, Place))| {
            let section = Section::read(node, place.clone(), report)?;
            Retrier::read(&section, at + 1 == list.len(), report)
        };
        let retriers: Vec<Option<Retrier>> = list.iter().enumerate().map(read).collect();
        retriers.into_iter().collect()
    }

    fn read(section: &Section<'_>, is_last: bool, report: &mut Report<'_>) -> Option<Retrier> {
        let jitter = match section.string("JitterStrategy", report).as_deref() {
            None | Some("NONE") => Jitter::None,
            Some("FULL") => Jitter::Full,
            Some(_) => {
                let (_, place) = section.field("JitterStrategy")?;
                let message = "The field 'JitterStrategy' should have one of these values: [FULL, NONE]";
                report.schema(message.into(), &place);
                Jitter::None
            }
        };
        let interval_seconds = section.integer("IntervalSeconds", 1..=SECONDS_MAX, report).unwrap_or(1);
        let max_attempts = section.integer("MaxAttempts", 0..=SECONDS_MAX, report).unwrap_or(3);
        let backoff_rate = section.float("BackoffRate", 1.0, report).unwrap_or(2.0);
        let max_delay_seconds = section.integer("MaxDelaySeconds", 1..=RETRY_DELAY_SECONDS_MAX, report);
        let error_equals = read_error_equals(section, is_last, report)?;
        Some(Retrier {
            error_equals,
            interval_seconds,
            max_attempts,
            backoff_rate,
            max_delay_seconds,
            jitter,
        })
    }
}

/// `ErrorEquals` of a retrier or a catcher. `States.ALL` must stand alone, in the last of them.
pub(crate) fn read_error_equals(
    section: &Section<'_>,
    is_last: bool,
    report: &mut Report<'_>,
) -> Option<Vec<ErrorPattern>> {
    if !section.require(&["ErrorEquals"], report) {
        return None;
    }
    let list = section.list("ErrorEquals", report);
    let mut patterns = Vec::with_capacity(list.len());
    for (node, place) in &list {
        match node.as_str() {
            Some(name) => patterns.push(ErrorPattern(name.clone())),
            None => report.schema("Expected value of type String".into(), place),
        }
        if node.as_str().is_some_and(|name| &**name == ALL) && (list.len() > 1 || !is_last) {
            report.schema(format!("{ALL} must appear alone and in the last element"), place);
        }
    }
    (!patterns.is_empty() && patterns.len() == list.len()).then_some(patterns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(backoff_rate: f64, max_delay_seconds: Option<u64>, jitter: Jitter) -> Retrier {
        Retrier {
            error_equals: Vec::new(),
            interval_seconds: 3,
            max_attempts: 9,
            backoff_rate,
            max_delay_seconds,
            jitter,
        }
    }

    #[test]
    fn the_delay_grows_by_the_rate_up_to_its_bound() {
        let delays = |retrier: Retrier| [1, 2, 3, 4].map(|attempt| retrier.delay_ms(attempt, 0));
        assert_eq!(delays(retrier(2.0, None, Jitter::None)), [3_000, 6_000, 12_000, 24_000]);
        assert_eq!(delays(retrier(1.5, Some(5), Jitter::None)), [3_000, 4_500, 5_000, 5_000]);
        assert_eq!(retrier(2.0, None, Jitter::None).delay_ms(u64::MAX, 0), RETRY_DELAY_SECONDS_MAX * 1_000);
    }

    #[test]
    fn full_jitter_spreads_from_zero_to_the_delay() {
        let retrier = retrier(1.0, None, Jitter::Full);
        assert_eq!(retrier.delay_ms(1, 0), 0);
        assert_eq!(retrier.delay_ms(1, u64::MAX), 3_000);
        assert_eq!(retrier.delay_ms(1, u64::MAX / 2), 1_500);
    }
}
