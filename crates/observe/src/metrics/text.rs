//! The text that Prometheus reads (exposition format 0.0.4).
//!
//! INVARIANT: a family is written once, its help and type before its samples.

use std::fmt::{Display, Write as _};

use super::cells::{Histogram, get};

#[derive(Default)]
pub(super) struct Text {
    out: String,
}

/// Pairs of a name and a value; what has no value is left out.
pub(super) type Labels<'a> = [(&'a str, Option<&'a str>)];

impl Text {
    pub(super) fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    pub(super) fn sample(&mut self, name: &str, labels: &Labels<'_>, value: impl Display) {
        self.out.push_str(name);
        self.labels(labels, None);
        let _ = writeln!(self.out, " {value}");
    }

    /// The histograms of several threads as one. `unit` is what one of the shown unit has of the counted one.
    pub(super) fn histogram<'a>(
        &mut self,
        name: &str,
        labels: &Labels<'_>,
        parts: impl Iterator<Item = &'a Histogram> + Clone,
        unit: f64,
    ) {
        let Some(first) = parts.clone().next() else { return };
        let mut below = 0;
        for bucket in 0..first.counts.len() {
            below += parts.clone().map(|part| get(&part.counts[bucket])).sum::<u64>();
            let bound = first.bound(bucket).map_or("+Inf".to_owned(), |bound| number(bound as f64 / unit));
            let _ = write!(self.out, "{name}_bucket");
            self.labels(labels, Some(&bound));
            let _ = writeln!(self.out, " {below}");
        }
        let sum = parts.clone().map(|part| get(&part.sum)).sum::<u64>();
        self.sample(&format!("{name}_sum"), labels, number(sum as f64 / unit));
        self.sample(&format!("{name}_count"), labels, below);
    }

    fn labels(&mut self, labels: &Labels<'_>, bound: Option<&str>) {
        let given = labels.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let mut separator = '{';
        for (name, value) in given.chain(bound.map(|bound| ("le", bound))) {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.out, "{separator}{name}=\"{value}\"");
            separator = ',';
        }
        if separator == ',' {
            self.out.push('}');
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// Whole numbers without a point.
fn number(value: f64) -> String {
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::super::cells::MICROSECONDS;
    use super::*;

    #[test]
    fn values_of_labels_are_escaped_and_absent_ones_left_out() {
        let mut text = Text::default();
        text.family("Calls", "counter", "Calls");
        text.sample("Calls", &[("a", Some("x\"y\\z\n")), ("b", None)], 3);
        text.sample("Calls", &[], 4);
        assert_eq!(
            text.finish(),
            "# HELP Calls Calls\n# TYPE Calls counter\nCalls{a=\"x\\\"y\\\\z\\n\"} 3\nCalls 4\n"
        );
    }

    #[test]
    fn histograms_of_threads_are_one_with_buckets_that_add_up() {
        let (one, other) = (Histogram::new(&MICROSECONDS), Histogram::new(&MICROSECONDS));
        one.observe(100);
        other.observe(101);
        other.observe(u64::from(u32::MAX));
        let mut text = Text::default();
        text.histogram("h", &[("o", Some("x"))], [&one, &other].into_iter(), 1e6);
        let text = text.finish();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "h_bucket{o=\"x\",le=\"0.0001\"} 1");
        assert_eq!(lines[1], "h_bucket{o=\"x\",le=\"0.00025\"} 2");
        assert_eq!(lines[13], "h_bucket{o=\"x\",le=\"60\"} 2");
        assert_eq!(lines[14], "h_bucket{o=\"x\",le=\"+Inf\"} 3");
        assert_eq!(lines[15..], ["h_sum{o=\"x\"} 4294.967496", "h_count{o=\"x\"} 3"]);
    }
}
