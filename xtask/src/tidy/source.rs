//! Rules about the text of one file: module docs, leftovers, machine paths, purity of the lower floors.

use super::Finding;

/// Above this a file is reported, not refused: tables may be long.
pub(super) const LONG_FILE_LINES: usize = 500;

/// Crates that decide and never do: no files, no network, no threads, no environment.
const PURE: &[&str] = &["crates/jsonata/", "crates/asl/", "crates/execution/", "crates/store/"];

/// What reaches outside, in the words of Rust.
const REACHES_OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::env",
    "tokio::",
    "SystemTime",
    "Instant::now",
];

/// Rust that says "not finished". Written in halves, so that this file does not find itself.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("dbg", "!("),
    concat!("#[ig", "nore"),
];

/// Folders of somebody's machine.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/tmp/", "target"),
];

pub(super) fn is_code(file: &str) -> bool {
    [".rs", ".py", ".sh", ".ts"].iter().any(|extension| file.ends_with(extension))
}

pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The name of a `tests.rs` and the file beside it say enough.
    if file.ends_with(".rs") && !file.ends_with("/tests.rs") && !text.starts_with("//! ") {
        let message = "expected a `//!` doc at the head of the file, saying what lives here".to_owned();
        findings.push(Finding { file: file.to_owned(), line: None, message });
    }
    let pure = file.ends_with(".rs") && PURE.iter().any(|room| file.starts_with(room)) && !is_test_file(file);
    let mut in_tests = false;
    for (index, line) in text.lines().enumerate() {
        in_tests |= line.trim_start().starts_with("#[cfg(test)]");
        let mut found = |message: String| {
            findings.push(Finding { file: file.to_owned(), line: Some(index + 1), message });
        };
        if let Some(path) = MACHINE_PATHS.iter().find(|path| line.contains(**path)) {
            found(format!("a path of somebody's machine: `{path}`"));
        }
        if is_code(file)
            && let Some(word) = UNFINISHED.iter().find(|word| contains_word(line, word))
        {
            found(format!("`{word}` does not belong into what is finished"));
        }
        let code = line.split("//").next().unwrap_or_default();
        if pure
            && !in_tests
            && let Some(word) = REACHES_OUTSIDE.iter().find(|word| code.contains(**word))
        {
            found(format!("`{word}` on a pure floor: it decides, others do"));
        }
    }
    findings
}

fn is_test_file(file: &str) -> bool {
    // `store` keeps the suite that every store must pass in `conformance`.
    file.ends_with("/tests.rs")
        || ["/tests/", "/benches/", "/conformance/"].iter().any(|part| file.contains(part))
}

/// Whether the word stands in the line, not as a part of a longer name.
fn contains_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let closed = word.ends_with(|c: char| !is_name(c)) || word.starts_with('#');
        !before.is_some_and(is_name) && (closed || !after.is_some_and(is_name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_findings(file: &str, text: &str, expected: &[(Option<usize>, &str)]) {
        let findings = check(file, text);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, (line, part)) in findings.iter().zip(expected) {
            assert_eq!(finding.line, *line);
            assert!(finding.message.contains(part), "{finding}");
        }
    }

    #[test]
    fn every_rust_file_begins_with_its_doc() {
        check_findings("crates/api/src/a.rs", "//! What lives here.\n", &[]);
        check_findings("crates/api/src/a.rs", "// What lives here.\n", &[(None, "`//!` doc")]);
        check_findings("crates/api/src/a.rs", "", &[(None, "`//!` doc")]);
        check_findings("crates/api/src/a/tests.rs", "use super::*;\n", &[]);
        check_findings("docs/a.md", "Words.\n", &[]);
    }

    #[test]
    fn leftovers_are_found_in_code_only() {
        let word = UNFINISHED[0];
        check_findings("tests/a.py", &format!("# {word}: later\n"), &[(Some(1), word)]);
        check_findings("docs/a.md", &format!("No {word} without an issue.\n"), &[]);
        check_findings("tests/a.py", &format!("MAS{word}N = 1\n"), &[]);
        check_findings("x.rs", &format!("//! A.\n{}1)\n", UNFINISHED[4]), &[(Some(2), UNFINISHED[4])]);
        check_findings("x.rs", &format!("//! A.\n{}]\n", UNFINISHED[5]), &[(Some(2), UNFINISHED[5])]);
        check_findings(
            "x.rs",
            &format!("//! A.\n{} = \"slow\"]\n", UNFINISHED[5]),
            &[(Some(2), UNFINISHED[5])],
        );
    }

    #[test]
    fn machine_paths_are_found_in_every_text() {
        check_findings("docs/a.md", &format!("See {}main.\n", MACHINE_PATHS[0]), &[(Some(1), "machine")]);
    }

    #[test]
    fn pure_floors_do_not_reach_outside_but_their_tests_may() {
        let text = "//! A.\nuse std::fs;\n";
        check_findings("crates/asl/src/a.rs", text, &[(Some(2), "std::fs")]);
        check_findings("crates/engine/src/a.rs", text, &[]);
        check_findings("crates/asl/src/a/tests.rs", text, &[]);
        check_findings("crates/asl/src/a.rs", "//! A.\n#[cfg(test)]\nmod tests { use std::fs; }\n", &[]);
        check_findings("crates/asl/src/a.rs", "//! A.\n// std::fs is for others.\n", &[]);
    }
}
