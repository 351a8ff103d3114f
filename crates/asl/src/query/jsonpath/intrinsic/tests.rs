use proptest::prelude::*;

use super::java_random::JavaRandom;
use super::*;
use crate::json::{Document, Value};
use crate::query::testing::with_scope;
use crate::query::{Budget, Interrupted, Scope, View};

/// What a call gives for an input: its JSON, or `error name: cause` without the words before the reason.
fn check(call: &str, input: &str) -> String {
    let parsed = Call::parse(call).unwrap_or_else(|error| panic!("{call}: {error}"));
    with_scope(input, |scope| match parsed.evaluate(View { scope, input: scope.input }) {
        Ok(value) => value.to_json(),
        Err(Interrupted::Failed(failure)) => {
            let intro = format!("The function '{call}' had the following error: ");
            let reason = failure.cause.strip_prefix(&intro).expect("a cause names the call");
            format!("{}: {reason}", failure.error)
        }
        Err(Interrupted::OverBudget) => "over budget".into(),
    })
}

fn refusal(call: &str) -> String {
    Call::parse(call).expect_err("should not parse").to_string()
}

/// Each row: the call's arguments, the input, what the function gives.
fn table(function: &str, rows: &[(&str, &str, &str)]) {
    for (arguments, input, result) in rows {
        let call = format!("States.{function}({arguments})");
        assert_eq!(check(&call, input), *result, "{call} of {input}");
    }
}

#[test]
fn format_fills_its_placeholders() {
    table(
        "Format",
        &[
            ("'Hello {}, {}!', $.a, 'you'", r#"{"a":"Ann"}"#, r#""Hello Ann, you!""#),
            ("'{}{}{}{}', null, true, 1.10, -7", "{}", r#""nulltrue1.10-7""#),
            (
                "'{}', $",
                r#"{"Arg1":1,"Arg2":[],"b":{"c":[1,"x",null]}}"#,
                r#""{Arg1=1, Arg2=[], b={c=[1, x, null]}}""#,
            ),
            ("'plain'", "{}", r#""plain""#),
            (r"'\{} \{\} {a} \'{}\' \\', 1", "{}", r#""{} {} {a} '1' \\""#),
            ("$.t, 5", r#"{"t":"<{}>\\"}"#, r#""<5>\\""#),
            ("$.t, 5", r#"{"t":"\\{}"}"#, r#""\\5""#),
            (
                "'{}'",
                "{}",
                "States.IntrinsicFailure: expected as many arguments as placeholders, found 0 and 1",
            ),
            (
                "'{}', 1, 2",
                "{}",
                "States.IntrinsicFailure: expected as many arguments as placeholders, found 2 and 1",
            ),
            ("1", "{}", "States.IntrinsicFailure: expected a string as argument 1, found a number"),
        ],
    );
}

#[test]
fn string_to_json_reads_as_jackson_does() {
    table(
        "StringToJson",
        &[
            ("''", "{}", "null"),
            (r"$", r#""  \n""#, "null"),
            ("'-0'", "{}", "0"),
            ("'[-0,{\"a\":-0},-0.0,\"-0\"]'", "{}", r#"[0,{"a":0},-0.0,"-0"]"#),
            ("'1.10'", "{}", "1.10"),
            ("'\"HelloWorld\"'", "{}", r#""HelloWorld""#),
            (r#"'{"a": [1, 2]}'"#, "{}", r#"{"a":[1,2]}"#),
            ("$", "5", "States.IntrinsicFailure: expected a string as argument 1, found a number"),
        ],
    );
    assert!(
        check("States.StringToJson('[1')", "{}")
            .starts_with("States.IntrinsicFailure: Unexpected end-of-input")
    );
}

#[test]
fn json_to_string_is_compact_and_keeps_quotes() {
    table(
        "JsonToString",
        &[
            ("$", "null", r#""null""#),
            ("$", r#""HelloWorld""#, r#""\"HelloWorld\"""#),
            ("$", "{ \"b\": [1.0, 2],  \"a\": {} }", r#""{\"b\":[1.0,2],\"a\":{}}""#),
            ("$$.Execution.Input", "{}", r#""{\"from\":\"execution\"}""#),
        ],
    );
}

#[test]
fn arrays_are_made_cut_and_read() {
    table(
        "Array",
        &[("", "{}", "[]"), ("1, 'a', null, $.x, false", r#"{"x":[2]}"#, r#"[1,"a",null,[2],false]"#)],
    );
    table(
        "ArrayPartition",
        &[
            ("$, 2", "[0,1,2]", "[[0,1],[2]]"),
            ("$, 4", "[0,1,2]", "[[0,1,2]]"),
            ("$, 1.5", "[0,1,2]", "[[0,1],[2]]"),
            ("$, 3", "[]", "[]"),
            ("$, 0", "[1]", "States.IntrinsicFailure: expected a chunk size above 0, found 0"),
            ("$, -1", "[1]", "States.IntrinsicFailure: expected a chunk size above 0, found -1"),
            ("$, 1", "{}", "States.IntrinsicFailure: expected an array as argument 1, found an object"),
        ],
    );
    table(
        "ArrayGetItem",
        &[
            ("$, 1", "[5,6]", "6"),
            ("$, 1.0", "[5,6]", "6"),
            ("$, 2", "[5,6]", "States.IntrinsicFailure: expected an index from 0 and below 2, found 2"),
            ("$, -1", "[5,6]", "States.IntrinsicFailure: expected an index from 0 and below 2, found -1"),
            ("$, 0.5", "[5,6]", "States.IntrinsicFailure: expected an index from 0 and below 2, found 0.5"),
        ],
    );
    table(
        "ArrayLength",
        &[
            ("$", "[]", "0"),
            ("$", "[[1,2],null]", "2"),
            ("$", "\"ab\"", "States.IntrinsicFailure: expected an array as argument 1, found a string"),
        ],
    );
}

#[test]
fn array_members_are_compared_as_values() {
    table(
        "ArrayContains",
        &[
            ("$, null", "[]", "false"),
            ("$.a, $.v", r#"{"a":[[1,2,3],2],"v":[1,2,3]}"#, "true"),
            ("$.a, $.v", r#"{"a":[{"1":2,"2":[]}],"v":{"2":[],"1":2}}"#, "true"),
            ("$.a, $.v", r#"{"a":[{"1":2,"2":[]}],"v":[]}"#, "false"),
            ("$, 1", "[1.0]", "true"),
            ("$, '1'", "[1]", "false"),
            ("$, 'a'", "[\"a\"]", "true"),
        ],
    );
    table(
        "ArrayUnique",
        &[
            ("$", "[3,1,3,2,1]", "[3,1,2]"),
            (
                "$",
                r#"[{"a":1,"b":2},{"b":2,"a":1.0},[1],[1],null,null,"null",0,-0]"#,
                r#"[{"a":1,"b":2},[1],null,"null",0]"#,
            ),
            ("$", "[]", "[]"),
        ],
    );
}

#[test]
fn ranges_include_their_end() {
    table(
        "ArrayRange",
        &[
            ("0, 9, 3", "{}", "[0,3,6,9]"),
            ("0, 10, 3", "{}", "[0,3,6,9]"),
            ("1, 9, 9", "{}", "[1]"),
            ("3, -3, -3", "{}", "[3,0,-3]"),
            ("1, 0, 1", "{}", "[]"),
            ("0.5, 2.4, 1.4", "{}", "[1,2]"),
            ("1, 2, 0", "{}", "States.IntrinsicFailure: expected a step other than 0"),
            (
                "1, 1001, 1",
                "{}",
                "States.IntrinsicFailure: expected a range of at most 1000 items, found 1001",
            ),
            (
                "-9223372036854775808, 9223372036854775807, 1",
                "{}",
                "States.IntrinsicFailure: expected a range of at most 1000 items, found 18446744073709551616",
            ),
        ],
    );
    assert!(check("States.ArrayRange(1, 1000, 1)", "{}").ends_with(",1000]"));
}

#[test]
fn base64_goes_both_ways() {
    table(
        "Base64Encode",
        &[
            ("''", "{}", r#""""#),
            ("'Data to encode'", "{}", r#""RGF0YSB0byBlbmNvZGU=""#),
            ("'ä€'", "{}", r#""w6Tigqw=""#),
            ("1", "{}", "States.IntrinsicFailure: expected a string as argument 1, found a number"),
        ],
    );
    table(
        "Base64Decode",
        &[
            ("''", "{}", r#""""#),
            ("'RGF0YSB0byBlbmNvZGU='", "{}", r#""Data to encode""#),
            ("'RGF0YSB0byBlbmNvZGU'", "{}", r#""Data to encode""#),
            ("'/w=='", "{}", "\"\u{fffd}\""),
            ("'a b'", "{}", "States.IntrinsicFailure: expected a string in Base64"),
        ],
    );
    let long = |count: usize| format!("\"{}\"", "A".repeat(count));
    assert!(check("States.Base64Encode($)", &long(10_000)).len() > 13_000);
    let refused = "States.IntrinsicFailure: expected at most 10000 characters";
    for call in ["States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"] {
        assert_eq!(check(call, &long(10_001)), refused, "{call}");
    }
}

#[test]
fn hashes_are_lower_case_hexadecimal() {
    table(
        "Hash",
        &[
            ("'abc', 'MD5'", "{}", r#""900150983cd24fb0d6963f7d28e17f72""#),
            ("'abc', 'SHA-1'", "{}", r#""a9993e364706816aba3e25717850c26c9cd0d89d""#),
            (
                "'abc', 'SHA-256'",
                "{}",
                r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#,
            ),
            (
                "'abc', 'SHA-384'",
                "{}",
                r#""cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7""#,
            ),
            (
                "'abc', 'SHA-512'",
                "{}",
                r#""ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f""#,
            ),
            ("$.j, $.a", r#"{"j":{ "a": 1 },"a":"MD5"}"#, r#""bb6cb5c68df4652941caf652a366f2d8""#),
            (
                "'a', 'SHA256'",
                "{}",
                "States.IntrinsicFailure: expected one of MD5, SHA-1, SHA-256, SHA-384, SHA-512, found SHA256",
            ),
        ],
    );
}

#[test]
fn json_merge_is_shallow_and_keeps_places() {
    table(
        "JsonMerge",
        &[
            (
                "$.a, $.b, false",
                r#"{"a":{"a":{"a1":1},"b":2,"d":3},"b":{"c":3,"a":{"a3":1},"d":4}}"#,
                r#"{"a":{"a3":1},"b":2,"d":4,"c":3}"#,
            ),
            (
                "$, $, true",
                "{}",
                "States.IntrinsicFailure: expected false as argument 3: only shallow merging is supported",
            ),
            ("$, null, false", "{}", "States.IntrinsicFailure: expected an object as argument 2, found null"),
        ],
    );
}

#[test]
fn sums_round_each_argument_half_up() {
    table(
        "MathAdd",
        &[
            ("1.5, 1.51", "{}", "4"),
            ("-1.5, 0", "{}", "-1"),
            ("-2.5, 0", "{}", "-2"),
            ("0.49999999999999994, 0", "{}", "0"),
            ("$.n, -1", r#"{"n":3}"#, "2"),
            ("2147483647, 0", "{}", "2147483647"),
            ("2147483647, 1", "{}", "States.IntrinsicFailure: expected a sum from -2147483648 to 2147483647"),
            (
                "2147483648, 0",
                "{}",
                "States.IntrinsicFailure: expected a number from -2147483648 to 2147483647 as argument 1, found 2147483648",
            ),
            ("'1', 1", "{}", "States.IntrinsicFailure: expected a number as argument 1, found a string"),
        ],
    );
}

#[test]
fn a_seed_draws_what_java_draws() {
    // Printed by OpenJDK 17: `nextInt`, and `ints` where the width is beyond it.
    for (seed, start, end, drawn) in [
        (42, 0, 100, vec![30, 63, 48, 84, 70]),
        (3, 0, 999, vec![239, 632, 816]),
        (7, 0, 1 << 30, vec![784582118, 685624582, 804414742, 10339022]),
        // Just above a power of two many draws are made again.
        (7, 0, (1 << 30) + 1, vec![20678044, 747989380, 1053566254, 755731200, 259278708, 542588911]),
        (7, -2_000_000_000, 2_000_000_000, vec![-1156638823, -1552468968, -1077308326, 41356089]),
        (-5, i32::MIN, i32::MAX, vec![1156638822, 1560933443, 1434915906]),
    ] {
        let mut random = JavaRandom::new(seed);
        let ours: Vec<i32> = drawn.iter().map(|_| random.between(start, end)).collect();
        assert_eq!(ours, drawn, "{seed}");
    }
    table(
        "MathRandom",
        &[
            ("0, 100, 42", "{}", "30"),
            ("0, 100, 41.5", "{}", "30"),
            ("0, 100, 0", "{}", "60"),
            ("7, 8", "{}", "7"),
            ("3, 3", "{}", "States.IntrinsicFailure: expected a start below the end, found 3 and 3"),
        ],
    );
}

proptest! {
    #[test]
    fn random_numbers_stay_below_their_end(start in any::<i32>(), width in 1..=u32::MAX, seed in any::<i64>()) {
        let end = i64::from(start).saturating_add(i64::from(width)).min(i64::from(i32::MAX));
        prop_assume!(i64::from(start) < end);
        for call in [format!("States.MathRandom({start}, {end})"), format!("States.MathRandom({start}, {end}, {seed})")] {
            let number: i64 = check(&call, "{}").parse().unwrap();
            prop_assert!((i64::from(start)..end).contains(&number), "{call}: {number}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "States\\.(Format|Array)\\(\\PC{0,40}") {
        if let Ok(call) = Call::parse(&text) {
            with_scope("{\"a\":[1]}", |scope| {
                let _ = call.evaluate(View { scope, input: scope.input });
            });
        }
    }
}

#[test]
fn split_takes_each_character_as_a_delimiter() {
    table(
        "StringSplit",
        &[
            ("$, ','", r#"", , ,""#, r#"[" "," "]"#),
            ("$, ','", r#"",,,,""#, "[]"),
            ("'This.is+a,test=string', '.+,='", "{}", r#"["This","is","a","test","string"]"#),
            ("'abc', ''", "{}", r#"["abc"]"#),
            ("'', ','", "{}", "[]"),
            ("'a😀b', '😀'", "{}", r#"["a","b"]"#),
        ],
    );
}

#[test]
fn unique_ids_are_of_version_four() {
    let ids = check("States.Array(States.UUID(), States.UUID())", "{}");
    let ids = Document::parse(&ids).unwrap();
    let ids: Vec<&str> = ids.value().as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(&id[14..15], "4", "{id}");
        assert!("89ab".contains(&id[19..20]), "{id}");
    }
}

#[test]
fn calls_nest_and_take_every_kind_of_path() {
    let input = r#"{"a":{"b c":["x-y","z"]},"n":[{"k":1,"s":"),'"},{"k":2}]}"#;
    for (call, result) in [
        (
            "States.ArrayGetItem(States.StringSplit($.a['b c'][0], '-'), States.MathAdd(States.ArrayLength($.n), -1))",
            "\"y\"",
        ),
        ("States.Array( $.n[?(@.k == 1 && @.s == '),\\'')].k , $$.State.Name )", "[[1],\"S\"]"),
        ("States.Array($.n[?(@.s =~ /[)],'/)].k)", "[[1]]"),
        ("States.ArrayLength($..k)\n", "2"),
        ("States.ArrayLength($.none[*].k)", "0"),
    ] {
        assert_eq!(check(call, input), result, "{call}");
    }
}

#[test]
fn a_path_that_leads_nowhere_is_a_runtime_error() {
    assert_eq!(
        check("States.Array(States.Format('{}', $.no.such))", r#"{"a": 1}"#),
        "States.Runtime: The JsonPath argument for the field '$.no.such' could not be found in the input '{\"a\":1}'"
    );
}

#[test]
fn what_is_no_call_says_where_and_why() {
    for (call, reason) in [
        ("States.format('{}', 1)", "expected an intrinsic function, found `States.format` at character 14"),
        ("States.UUID", "expected `(` at character 12"),
        ("States.UUID(1)", "expected 0 arguments for `States.UUID`, found 1 at character 15"),
        ("States.Format()", "expected at least 1 arguments for `States.Format`, found 0 at character 16"),
        (
            "States.MathRandom(1)",
            "expected 2 to 3 arguments for `States.MathRandom`, found 1 at character 21",
        ),
        ("States.Array(1) x", "expected nothing after the call at character 17"),
        ("States.Array(1 2)", "expected `,` at character 16"),
        ("States.Array('a)", "expected a closing `'` at character 17"),
        (r#"States.StringToJson('{\"a\":1}')"#, r"expected `'`, `{`, `}` or `\` after `\` at character 25"),
        ("States.Array(a)", "expected a string in single quotes, a number, a path or a call at character 14"),
        (
            "States.Array($.a[)",
            "expected a path (expected `'`, an index, `*` or `?` after `[` at character 5) at character 14",
        ),
    ] {
        assert_eq!(refusal(call), reason, "{call}");
    }
    let nested = |levels: usize| format!("{}1{}", "States.Array(".repeat(levels), ")".repeat(levels));
    assert!(Call::parse(&nested(10)).is_ok());
    assert!(refusal(&nested(11)).starts_with("expected at most 10 nested calls"));
    assert!(refusal(&nested(100_000)).starts_with("expected at most 10 nested calls"));
}

#[test]
fn results_do_not_outgrow_a_payload() {
    let large = format!("\"{}\"", "a".repeat(200_000));
    let refused = "States.IntrinsicFailure: expected a result of at most 262144 bytes";
    for call in
        ["States.Format('{}{}', $, $)", "States.Array($, $)", "States.JsonToString(States.Array($, $))"]
    {
        assert_eq!(check(call, &large), refused, "{call}");
    }
    let pieces = format!("\"{}\"", "a,".repeat(70_000));
    assert_eq!(check("States.StringSplit($, ',')", &pieces), refused);
    let items = format!("[{}1]", "1,".repeat(70_000));
    assert_eq!(check("States.ArrayPartition($, 1)", &items), refused);
    let quotes = format!("\"{}\"", "\\\"".repeat(100_000));
    assert_eq!(check("States.JsonToString($)", &quotes), refused);
    // Ten doublings of shared parts would be two hundred megabytes of text.
    let doubled = (0..10).fold("$".to_owned(), |inner, _| format!("States.Array({inner}, {inner})"));
    assert_eq!(check(&doubled, &large), refused);
}

#[test]
fn work_is_paid_for() {
    let many = format!("[{}1]", "1,".repeat(10_000));
    for call in [
        "States.ArrayUnique($)",
        "States.ArrayContains($, 2)",
        "States.ArrayPartition($, 3)",
        "States.Format('{}', $)",
    ] {
        let call = Call::parse(call).unwrap();
        let costs_more_than = |units: u64| {
            with_scope(&many, |scope| {
                scope.input.value();
                let scope = Scope { budget: &Budget::new(units), ..*scope };
                matches!(
                    call.evaluate(View { scope: &scope, input: scope.input }),
                    Err(Interrupted::OverBudget)
                )
            })
        };
        assert!(costs_more_than(100) && !costs_more_than(30_000), "{}", call.text());
    }
}
