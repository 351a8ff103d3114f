//! The table of promises against the tests: who is named there exists, and who has a number is named there.

use std::collections::BTreeSet;

/// Where the table stands.
pub(super) const FILE: &str = "docs/internals/promises.md";

/// Names of tests that carry the number of a promise.
pub(super) fn tests_in(text: &str) -> Vec<String> {
    let name_of = |line: &str| {
        let name = line.trim_start().strip_prefix("fn ")?.split('(').next()?.to_owned();
        number_of(&name).map(|_| name)
    };
    text.lines().filter_map(name_of).collect()
}

/// `i7_...` is about I7.
fn number_of(name: &str) -> Option<u32> {
    name.strip_prefix('i')?.split_once('_')?.0.parse().ok()
}

/// What does not fit: a line of the table where there is one, and what is wrong.
pub(super) fn check(table: &str, tests: &BTreeSet<String>) -> Vec<(Option<usize>, String)> {
    let mut findings = Vec::new();
    let mut listed = BTreeSet::new();
    for (at, line) in table.lines().enumerate().filter(|(_, line)| line.starts_with("| I")) {
        let promise = line.split('|').nth(1).unwrap_or_default().trim();
        let names: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            findings.push((Some(at + 1), format!("{promise} has no test")));
        }
        for name in names {
            if number_of(name).map(|number| format!("I{number}")).as_deref() != Some(promise) {
                findings.push((Some(at + 1), format!("`{name}` is not named after {promise}")));
            }
            if !tests.contains(name) {
                findings.push((Some(at + 1), format!("no test is called `{name}`")));
            }
            listed.insert(name.to_owned());
        }
    }
    for name in tests.difference(&listed) {
        findings.push((None, format!("the test `{name}` is not in the table")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| promise | tests |\n| --- | --- |\n| I7 | `i7_one`, `i7_two` |\n";

    fn check_table(table: &str, tests: &[&str], expected: &[&str]) {
        let tests = tests.iter().map(|test| (*test).to_owned()).collect();
        let found: Vec<String> = check(table, &tests).into_iter().map(|(_, what)| what).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn table_and_tests_must_name_each_other() {
        check_table(TABLE, &["i7_one", "i7_two"], &[]);
        check_table(TABLE, &["i7_one"], &["no test is called `i7_two`"]);
        check_table(TABLE, &["i7_one", "i7_two", "i8_x"], &["the test `i8_x` is not in the table"]);
        check_table("| I8 | `i7_one` |", &["i7_one"], &["`i7_one` is not named after I8"]);
        check_table("| I8 | none |", &[], &["I8 has no test"]);
    }

    #[test]
    fn only_functions_with_a_number_are_tests_of_promises() {
        let text = "fn i1_acked() {\n    fn i22_x() {}\nfn index() {}\nfn i_am() {}\nlet i1_acked = 1;";
        assert_eq!(tests_in(text), ["i1_acked", "i22_x"]);
    }
}
