use proptest::prelude::*;

use super::reference_path::ReferencePath;
use super::*;
use crate::json::{Document, Value};
use crate::query::Budget;

fn value(text: &str) -> Value {
    Document::parse(text).unwrap().value().clone()
}

/// What a path gives as one value, or the text about what is missing.
fn check(path: &str, input: &str) -> String {
    let path = Path::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    match path.select(&value(input), &Budget::new(1_000_000)).unwrap().into_value() {
        Ok(value) => value.to_json(),
        Err(missing) => missing,
    }
}

const STORE: &str =
    r#"{"a":[{"n":1,"t":"x"},{"n":2,"t":"y","u":null},{"n":3}],"odd name":{"b":[10,20,30,40]},"k-1":true}"#;

#[test]
fn definite_paths_give_the_value_itself() {
    assert_eq!(check("$", "[1]"), "[1]");
    assert_eq!(check("$.a[0].n", STORE), "1");
    assert_eq!(check("$.a[-1].n", STORE), "3");
    assert_eq!(check("$['odd name'][\"b\"][1]", STORE), "20");
    assert_eq!(check("$.k-1", STORE), "true");
    assert_eq!(check("$.[0]", "[7]"), "7");
    assert_eq!(check(r"$.a\.b", r#"{"a.b":1}"#), "1");
    assert_eq!(check(r#"$['Test\""Name"']"#, r#"{"Test\\\"\"Name\"":1}"#), "1");
    assert_eq!(check("$['a','k-1','z']", r#"{"a":1,"k-1":2}"#), r#"{"a":1,"k-1":2}"#);
}

#[test]
fn indefinite_paths_give_arrays() {
    assert_eq!(check("$.a[*].n", STORE), "[1,2,3]");
    assert_eq!(check("$.a[0,2].n", STORE), "[1,3]");
    assert_eq!(check("$..n", STORE), "[1,2,3]");
    assert_eq!(check("$['odd name'].b[1:3]", STORE), "[20,30]");
    assert_eq!(check("$['odd name'].b[-2:]", STORE), "[30,40]");
    assert_eq!(check("$['odd name'].b[:-3]", STORE), "[10]");
    assert_eq!(check("$['odd name'].b[::-2]", STORE), "[40,20]");
    assert_eq!(check("$.a[*]['n','t']", STORE), r#"[{"n":1,"t":"x"},{"n":2,"t":"y"},{"n":3}]"#);
    assert_eq!(check("$.nothing.at[*].all", STORE), "[]");
    assert_eq!(check("$[*]", "{}"), "[]");
}

#[test]
fn filters_choose_items() {
    for (filter, found) in [
        ("@.n == 2", "[2]"),
        ("@.n != 2", "[1,3]"),
        ("@.n > .5 && @.n < 1.5", "[1]"),
        ("@.n < -.5", "[]"),
        ("@.n>=2 && @.t", "[2]"),
        ("@.n == 1 || (@.n == 3)", "[1,3]"),
        ("!@.t", "[3]"),
        ("!(@.t == 'x')", "[2,3]"),
        ("@.u", "[2]"),
        ("@.t in ['x', \"y\"]", "[1,2]"),
        ("@.n nin [1]", "[2,3]"),
        ("@.t =~ /X|Z/i", "[1]"),
        ("@.t =~ /./", "[1,2]"),
        ("@['t'] == 'y'", "[2]"),
        ("'x' == @.t", "[1]"),
        ("@.n == $.a[1].n", "[2]"),
        ("@.n == '2'", "[2]"),
        ("@.t < 'y'", "[1]"),
        ("@.n == -1", "[]"),
    ] {
        assert_eq!(check(&format!("$.a[?({filter})].n"), STORE), found, "{filter}");
    }
    // On an object Jayway's filter tests the object itself.
    assert_eq!(check("$.o[?(@.x == 1)]", r#"{"o":{"x":1}}"#), r#"[{"x":1}]"#);
    assert_eq!(check("$.a[?(@.n == 1)][0]", r#"{"a":[{"n":1}]}"#), "[]");
}

#[test]
fn missing_values_are_named_as_jayway_names_them() {
    assert_eq!(check("$.no.such.result.path", "{}"), "Missing property in path $['no']");
    assert_eq!(check("$.a.b", r#"{"a":{}}"#), "No results for path: $['a']['b']");
    assert_eq!(check("$.a[7]", r#"{"a":[1]}"#), "No results for path: $['a'][7]");
}

#[test]
fn texts_that_are_no_paths_are_refused() {
    for text in [
        "",
        "a",
        "$.",
        "$a.",
        "$..",
        "$.a b",
        "$.length()",
        "$.a[",
        "$.a[]",
        "$.a['b]",
        "$.a[1",
        "$.a[b]",
        "$[?(@.a ==)]",
        "$[?(1)]",
        "$[?(@.a =~ /(/)]",
        "$.a[99999999999999999999]",
    ] {
        assert!(Path::parse(text).is_err(), "{text}");
    }
    assert!(Path::parse(&format!("${}", ".a".repeat(201))).is_err());
    assert!(Path::parse(&format!("$[?({}@.a{})]", "(".repeat(10_000), ")".repeat(10_000))).is_err());
}

#[test]
fn work_is_paid_for() {
    let many = value(&format!("{:?}", (0..10_000).collect::<Vec<i64>>()));
    let left_over =
        |path: &str, units: u64| Path::parse(path).unwrap().select(&many, &Budget::new(units)).is_ok();
    assert!(left_over("$[5]", 10));
    for path in ["$[*]", "$..*", "$[?(@ > 3)]", "$[0:9000]"] {
        assert!(!left_over(path, 1_000) && left_over(path, 100_000), "{path}");
    }
}

fn write(path: &str, target: &str, written: &str) -> Option<String> {
    let path = ReferencePath::parse(path).unwrap();
    path.write(&value(target), value(written)).ok().map(|whole| whole.to_json())
}

#[test]
fn writing_makes_objects_but_no_items() {
    assert_eq!(write("$.a", "{}", "1").as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(write("$.a.b.c", r#"{"a":{"x":0}}"#, "1").as_deref(), Some(r#"{"a":{"x":0,"b":{"c":1}}}"#));
    assert_eq!(write("$[1].p", r#"[{},{"id":7}]"#, "1").as_deref(), Some(r#"[{},{"id":7,"p":1}]"#));
    assert_eq!(write("$.a[0]", r#"{"a":[1,2]}"#, "9").as_deref(), Some(r#"{"a":[9,2]}"#));
    for (path, target) in
        [("$.a[2]", r#"{"a":[1,2]}"#), ("$.a.b", r#"{"a":1}"#), ("$.a", "[]"), ("$[0]", "{}")]
    {
        assert_eq!(write(path, target, "1"), None, "{path} {target}");
    }
    for path in ["$.a[*]", "$..a", "$$.a", "$.a[0:1]", "$v.a"] {
        assert!(ReferencePath::parse(path).is_err(), "{path}");
    }
}

#[test]
fn writing_leaves_the_original_as_it_was() {
    let target = value(r#"{"a":{"b":1}}"#);
    let path = ReferencePath::parse("$.a.b").unwrap();
    assert_eq!(path.write(&target, Value::Null).unwrap().to_json(), r#"{"a":{"b":null}}"#);
    assert_eq!(target.to_json(), r#"{"a":{"b":1}}"#);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        names in proptest::collection::vec("[a-z]{1,2}|[ .'\\\\\"\\[\\]é]{1,3}", 1..5),
        start in proptest::collection::vec("[a-z]", 0..3),
    ) {
        let escaped = names.iter().map(|name| name.replace('\\', "\\\\").replace('\'', "\\'"));
        let text: String = escaped.map(|name| format!("['{name}']")).collect();
        let text = format!("${text}");
        let start: crate::json::Object = start.iter().map(|name| (name.as_str().into(), Value::empty_object())).collect();
        let written = Value::from("written");
        let path = ReferencePath::parse(&text).unwrap();
        let whole = path.write(&Value::Object(start.into()), written.clone()).unwrap();
        let read = Path::parse(&text).unwrap().select(&whole, &Budget::new(1_000)).unwrap();
        prop_assert_eq!(read.into_value(), Ok(written));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[$@.\\[\\]'\"?()*:,0-9a-c=<>!&| ~/-]{0,40}") {
        if let Ok(path) = Path::parse(&format!("${text}")) {
            let _ = path.select(&value(STORE), &Budget::new(10_000));
        }
    }
}

/// The RFC 9535 suite: where Jayway's dialect differs, the reason stands in the table.
mod compliance {
    use super::*;

    /// Beginnings of the names of cases on which the dialects differ, by reason.
    const DIFFERENT: &[(&str, &[&str])] = &[
        (
            "functions in paths are refused, as AWS refuses them",
            &[
                "functions, ",
                "whitespace, functions, ",
                "filter, equals, special nothing",
                "filter, equals, empty node list and special nothing",
            ],
        ),
        (
            "a filter on an object tests the object itself, not its members",
            &[
                "filter, existence, without segments",
                "filter, absolute existence, without segments",
                "filter, object data",
                "filter, name segment on primitive, selects nothing",
            ],
        ),
        (
            "one bracket holds selectors of one kind; several names at the end give one object",
            &[
                "basic, multiple selectors, ",
                "basic, descendant segment, multiple selectors",
                "basic, descendant segment, object traversal, multiple selectors",
                "filter, multiple selectors",
                "filter, followed by child segment that selects multiple elements",
                "filter, non-singular existence, multiple",
                "whitespace, selectors, space between selector and comma",
                "whitespace, selectors, newline between selector and comma",
                "whitespace, selectors, tab between selector and comma",
                "whitespace, selectors, return between selector and comma",
                "whitespace, selectors, space between comma and selector",
                "whitespace, selectors, newline between comma and selector",
                "whitespace, selectors, tab between comma and selector",
                "whitespace, selectors, return between comma and selector",
            ],
        ),
        (
            "a number may begin with its point, as in Java",
            &[
                "filter, equals number, invalid no int digit",
                "filter, equals number, invalid minus no int digit",
            ],
        ),
        (
            "a number equals a string that reads as that number",
            &[
                "filter, equals numeric string",
                "filter, not-equals numeric string",
                "filter, equals number",
                "filter, not-equals number",
            ],
        ),
        (
            "only numbers and strings have an order",
            &["filter, less than or equal to ", "filter, greater than or equal to "],
        ),
        (
            "two paths that lead nowhere are not equal",
            &[
                "filter, equals, empty node list and empty node list",
                "filter, equals, absent from index selector equals absent from name selector",
            ],
        ),
        (
            "paths with many values may be compared, as arrays",
            &[
                "filter, non-singular query in comparison",
                "filter, relative non-singular query",
                "filter, absolute non-singular query",
            ],
        ),
        (
            "a name after a dot has any characters but blanks, dots and brackets",
            &["basic, name shorthand, symbol", "basic, name shorthand, number"],
        ),
        (
            "in quotes a backslash only escapes the quote and itself; other characters stand for themselves",
            &["name selector, double quotes, ", "name selector, single quotes, "],
        ),
        ("indexes have 64 bits and may have leading zeros", &["index selector, ", "slice selector, "]),
        (
            "no blanks between the steps of a path",
            &[
                "whitespace, selectors, space between root and ",
                "whitespace, selectors, newline between root and ",
                "whitespace, selectors, tab between root and ",
                "whitespace, selectors, return between root and ",
                "whitespace, selectors, space between bracket and bracket",
                "whitespace, selectors, newline between bracket and bracket",
                "whitespace, selectors, tab between bracket and bracket",
                "whitespace, selectors, return between bracket and bracket",
            ],
        ),
    ];

    /// How many cases pass: more is welcome, fewer is a regression that a reason must not hide.
    const PASSED_AT_LEAST: usize = 383;

    #[test]
    fn cases_on_which_jayway_and_the_rfc_agree_pass() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jsonpath-suite/cts.json");
        let Ok(text) = std::fs::read_to_string(file) else {
            println!("jsonpath suite: not run, ../shared/jsonpath-suite is not here");
            return;
        };
        let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
        let cases = suite["tests"].as_array().unwrap();
        let (mut passed, mut different, mut wrong) = (0, [0; DIFFERENT.len()], Vec::new());
        for case in cases {
            let name = case["name"].as_str().unwrap();
            let reason =
                DIFFERENT.iter().position(|(_, starts)| starts.iter().any(|start| name.starts_with(start)));
            match reason {
                _ if passes(case) => passed += 1,
                Some(reason) => different[reason] += 1,
                None => wrong.push(format!("{name}: {}", case["selector"])),
            }
        }
        println!("jsonpath suite: {passed} of {} pass; by reason differ:", cases.len());
        for ((reason, _), count) in DIFFERENT.iter().zip(different) {
            println!("  {count:3} {reason}");
        }
        assert!(wrong.is_empty(), "{} fail:\n{}", wrong.len(), wrong.join("\n"));
        assert!(passed >= PASSED_AT_LEAST, "only {passed} pass");
        assert!(different.iter().all(|count| *count > 0), "a reason without a case");
    }

    fn passes(case: &serde_json::Value) -> bool {
        let path = Path::parse(case["selector"].as_str().unwrap());
        if case["invalid_selector"] == true {
            return path.is_err();
        }
        let Ok(path) = path else { return false };
        let found = path.select(&value(&case["document"].to_string()), &Budget::new(1_000_000)).unwrap();
        let nodes = match found {
            Match::One(value) => Value::Array(Arc::new(vec![value])),
            Match::Many(values) => Value::Array(Arc::new(values)),
            Match::Missing(_) => Value::Array(Arc::default()),
        };
        let single = std::slice::from_ref(&case["result"]);
        let accepted = case["results"].as_array().map_or(single, Vec::as_slice);
        accepted.iter().any(|result| value(&result.to_string()) == nodes)
    }
}
