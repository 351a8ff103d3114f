//! How long things took: counts in buckets that are as wide as a 32nd of what they hold.
//!
//! INVARIANT: a quantile is off by at most a 32nd, upwards, whatever was recorded.

use std::time::Duration;

const SUB_BITS: u32 = 5;
const SUBS: usize = 1 << SUB_BITS;
/// LIMIT: the last bucket begins at about half an hour; longer counts as that.
const BUCKETS: usize = 37 * SUBS;

#[derive(Clone)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub(crate) fn new() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], total: 0 }
    }

    pub(crate) fn record(&mut self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket_of(nanos)] += 1;
        self.total += 1;
    }

    pub(crate) fn add(&mut self, other: &Histogram) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// What this share of all recorded stayed below, in milliseconds; none when nothing was recorded.
    pub(crate) fn quantile_ms(&self, share: f64) -> Option<f64> {
        let rank = ((self.total as f64 * share).ceil() as u64).clamp(1, self.total.max(1));
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(upper_end(bucket) as f64 / 1e6)
    }
}

/// Below 32 one bucket a value; above, the leading bit and the five bits after it choose.
fn bucket_of(nanos: u64) -> usize {
    let exponent = nanos.max(1).ilog2().saturating_sub(SUB_BITS);
    let bucket = exponent as usize * SUBS + (nanos >> exponent) as usize;
    bucket.min(BUCKETS - 1)
}

fn upper_end(bucket: usize) -> u64 {
    let exponent = (bucket / SUBS).saturating_sub(1);
    let lead = bucket - exponent * SUBS;
    ((lead as u64 + 1) << exponent) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_a_bucket_that_ends_at_most_a_32nd_above_it() {
        for exponent in 0..40 {
            for value in [1u64 << exponent, (1 << exponent) + 1, (1 << exponent) * 3 / 2, (2 << exponent) - 1]
            {
                let end = upper_end(bucket_of(value));
                assert!(end >= value && end - value <= value / 32, "{value} ends at {end}");
            }
        }
    }

    #[test]
    fn buckets_do_not_overlap() {
        for bucket in 1..BUCKETS - 1 {
            assert_eq!(bucket_of(upper_end(bucket)), bucket);
            assert_eq!(bucket_of(upper_end(bucket) + 1), bucket + 1);
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_recorded_and_added() {
        let (mut all, mut more) = (Histogram::new(), Histogram::new());
        (1..=50).for_each(|ms| all.record(Duration::from_millis(ms)));
        (51..=100).for_each(|ms| more.record(Duration::from_millis(ms)));
        all.add(&more);
        assert_eq!(all.total, 100);
        let about = |share: f64, ms: f64| (all.quantile_ms(share).unwrap() / ms - 1.0) < 1.0 / 32.0;
        assert!(about(0.5, 50.0) && about(0.99, 99.0) && about(1.0, 100.0));
    }

    #[test]
    fn nothing_recorded_has_no_quantile_and_the_longest_fits() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile_ms(0.5), None);
        histogram.record(Duration::MAX);
        assert!(histogram.quantile_ms(0.5).is_some());
    }
}
