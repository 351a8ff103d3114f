//! How many tests passed and failed, read from what test runners print.
//!
//! INVARIANT: a runner that ends badly never counts as free of failures, whatever it printed.

use std::iter::Sum;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// The runner whose words are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Runner {
    /// Prints no counts: the command itself is the one check.
    Plain,
    /// `test result: ok. 3 passed; 0 failed; …`, once per binary.
    CargoTest,
    /// `Summary [ 0.1s] 3 tests run: 3 passed, 1 skipped`
    Nextest,
    /// `==== 3 passed, 1 failed in 0.12s ====`, as it is without `--quiet`.
    Pytest,
    /// `Tests  1 failed | 3 passed (4)`
    Vitest,
    /// `3 passed, 0 failed`: our own.
    Ours,
}

impl Counts {
    pub(crate) const ONE_PASSED: Counts = Counts { passed: 1, failed: 0 };
    pub(crate) const ONE_FAILED: Counts = Counts { passed: 0, failed: 1 };

    /// What this line of a runner's output adds.
    pub(crate) fn of_line(runner: Runner, line: &str) -> Counts {
        let line = line.trim();
        let listing = match runner {
            Runner::Plain => None,
            Runner::CargoTest => line.strip_prefix("test result: "),
            Runner::Nextest => {
                line.strip_prefix("Summary [").and_then(|rest| Some(rest.split_once(" run:")?.1))
            }
            Runner::Pytest => {
                (line.ends_with('=') && line.contains(" in ")).then(|| line.trim_matches(['=', ' ']))
            }
            Runner::Vitest => line.strip_prefix("Tests "),
            Runner::Ours => line.ends_with(" failed").then_some(line),
        };
        listing.map(Counts::of_listing).unwrap_or_default()
    }

    /// Adds up every `<number> <word>` of a listing.
    fn of_listing(listing: &str) -> Counts {
        let words: Vec<&str> =
            listing.split([' ', ',', ';', '.', '(', ')']).filter(|word| !word.is_empty()).collect();
        let mut counts = Counts::default();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => counts.passed += number,
                "failed" | "error" | "errors" | "timed" | "exec" => counts.failed += number,
                _ => {}
            }
        }
        counts
    }

    /// The counts of a runner that has ended.
    pub(crate) fn at_end(self, runner: Runner, succeeded: bool) -> Counts {
        match (runner, succeeded) {
            (Runner::Plain, true) => Counts::ONE_PASSED,
            (_, true) => self,
            (_, false) if self.failed == 0 => Counts { failed: 1, ..self },
            (_, false) => self,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Counts {
        all.fold(Counts::default(), |a, b| Counts {
            passed: a.passed + b.passed,
            failed: a.failed + b.failed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(runner: Runner, line: &str, passed: u64, failed: u64) {
        assert_eq!(Counts::of_line(runner, line), Counts { passed, failed });
    }

    #[test]
    fn reads_the_summary_of_each_runner() {
        check(
            Runner::CargoTest,
            "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.02s",
            3,
            2,
        );
        check(Runner::Nextest, "     Summary [   0.123s] 12 tests run: 12 passed, 3 skipped", 12, 0);
        check(
            Runner::Nextest,
            "Summary [ 1.0s] 9/12 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 3 skipped",
            6,
            3,
        );
        check(Runner::Pytest, "=== 1 failed, 20 passed, 2 skipped, 1 error in 3.21s ===", 20, 2);
        check(Runner::Pytest, "======= 5 failed, 280 passed, 7 warnings in 95.04s (0:01:35) =======", 280, 5);
        check(Runner::Ours, "17 passed, 1 failed", 17, 1);
        check(Runner::Vitest, " Tests  2 failed | 41 passed (43)", 41, 2);
    }

    #[test]
    fn ignores_lines_that_only_look_like_a_summary() {
        check(Runner::CargoTest, "running 3 tests", 0, 0);
        check(Runner::Nextest, "        PASS [   0.004s] asl::bin 3 passed", 0, 0);
        check(Runner::Pytest, "tests/test_api.py: 3 passed in total", 0, 0);
        check(Runner::Plain, "3 passed, 1 failed", 0, 0);
    }

    #[test]
    fn a_runner_that_ends_badly_counts_at_least_one_failure() {
        let counted = Counts { passed: 4, failed: 0 };
        assert_eq!(counted.at_end(Runner::Nextest, false), Counts { passed: 4, failed: 1 });
        assert_eq!(Counts::default().at_end(Runner::Plain, true), Counts::ONE_PASSED);
    }
}
