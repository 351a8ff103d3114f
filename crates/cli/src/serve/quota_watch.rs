//! Says when a quota is nearly used, once until it is not any more.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::{Engine, QuotaUsage};

use crate::say;

/// How often the quotas are looked at.
const PERIOD: Duration = Duration::from_secs(10);

/// Looks for as long as the process lives; it holds nothing that an end would have to wait for.
pub(super) fn watch(engine: Engine) -> std::io::Result<()> {
    let look = move || {
        let mut told = Told::default();
        loop {
            told.news(&engine.quota_usage()).iter().for_each(|line| say::line(line));
            std::thread::sleep(PERIOD);
        }
    };
    std::thread::Builder::new().name("quotas".into()).spawn(look).map(drop)
}

/// The quotas whose shortage was told.
#[derive(Default)]
struct Told(BTreeSet<&'static str>);

impl Told {
    fn news(&mut self, usage: &[QuotaUsage]) -> Vec<String> {
        let mut news = Vec::new();
        for quota in usage {
            if !quota.is_nearly_used() {
                self.0.remove(quota.name);
            } else if self.0.insert(quota.name) {
                let QuotaUsage { name, used, max } = quota;
                news.push(format!("stairway: the quota `{name}` is nearly used: {used} of {max}"));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortage_is_told_once_until_it_is_over() {
        let mut told = Told::default();
        let mut check = |used, expected: &[&str]| {
            assert_eq!(told.news(&[QuotaUsage { name: "versions", used, max: 10 }]), expected);
        };
        check(7, &[]);
        check(8, &["stairway: the quota `versions` is nearly used: 8 of 10"]);
        check(9, &[]);
        check(7, &[]);
        check(10, &["stairway: the quota `versions` is nearly used: 10 of 10"]);
    }
}
