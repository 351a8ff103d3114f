//! No expression runs for ever, nests without end or fills memory, and none makes the evaluator panic.

mod common;

use common::{aws, evaluate, fails, gives};
use jsonata::{Binding, Dialect, ErrorKind, Expression, Limits};
use proptest::prelude::*;

fn kind(text: &str) -> ErrorKind {
    aws(text).expect_err("an error").kind
}

#[test]
fn recursion_without_end_overflows_the_stack_of_aws() {
    let text = "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.";
    assert_eq!(fails(aws("($f := function($n) { 1 + $f($n) }; $f(1))")), text);
    assert_eq!(kind(&vec!["1"; 200].join("+")), ErrorKind::StackOverflow);
    assert_eq!(aws(&vec!["1"; 90].join("+")), gives("90"));
}

#[test]
fn a_tail_recursive_loop_without_end_goes_over_the_budget() {
    let error = aws("($f := function($n) { $f($n + 1) }; $f(1))").unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::OverBudget, "the expression needs more than 5000000 steps")
    );
}

#[test]
fn a_small_budget_is_kept_and_told_apart() {
    let limits = Limits { steps: 50, ..Limits::step_functions() };
    let run = |text| evaluate(text, Dialect::StepFunctions, None, &[], &limits);
    assert_eq!(run("1 + 1"), gives("2"));
    assert_eq!(run("$sum($map([1..40], function($n) { $n * 2 }))").unwrap_err().kind, ErrorKind::OverBudget);
}

#[test]
fn ranges_are_refused_before_they_are_made() {
    let text = "Expression evaluation memory limit exceeded: Check for excessive memory usage";
    assert_eq!(fails(aws("[1..873783] ~> $count()")), text);
    assert_eq!(aws("[1..873782] ~> $count()"), gives("873782"));
    assert_eq!(kind("[1..1e15]"), ErrorKind::Memory);
    assert_eq!(kind("($n := 9999999; $sum([-1 .. $n]))"), ErrorKind::Memory);
    assert_eq!(kind("$range(0, 1e12, 1)"), ErrorKind::Memory);
    assert_eq!(aws("$count($range(1, 200000, 1))"), gives("200000"));
    assert_eq!(kind("$count($range(1, 500000, 1))"), ErrorKind::Memory);
}

#[test]
fn watched_ranges_are_still_ranges() {
    assert_eq!(aws("[1..3, 5 .. 6]"), gives("[1,2,3,5,6]"));
    assert_eq!(aws("[3..1]"), gives("[]"));
    assert_eq!(aws("[1..1]"), gives("[1]"));
    assert_eq!(aws("[-2..$count([1..$count([1..2])])]"), gives("[-2,-1,0,1,2]"));
    assert_eq!(aws("[[1..2][1]..[3..4][0]]"), gives("[2,3]"));
    assert_eq!(aws("$map([1..2], function($n) { [$n..$n + 1] })"), gives("[[1,2],[2,3]]"));
    assert_eq!(aws("[$absent..3]"), gives("[]"));
    let error = aws("'\u{1F600}' & [ 'a' .. 3 ]").unwrap_err();
    assert_eq!(error.code.as_deref(), Some("T2003"));
    assert_eq!((error.position, error.token.as_deref()), (Some(15), Some("..")));
}

#[test]
fn strings_that_double_meet_the_bound_of_aws() {
    let doubled = |n: u32| {
        format!("($p := function($s, $n) {{ $n = 0 ? $s : $p($s & $s, $n - 1) }}; $length($p('x', {n})))")
    };
    assert_eq!(aws(&doubled(22)), gives("4194304"));
    assert_eq!(kind(&doubled(23)), ErrorKind::Memory);
}

#[test]
fn patterns_that_backtrack_without_end_go_over_the_budget() {
    let text = format!("$match('{}!', /(a+)+$/)", "a".repeat(40));
    assert_eq!(kind(&text), ErrorKind::OverBudget);
}

#[test]
fn copies_of_large_values_meet_the_bound_on_memory() {
    let copies = vec!["[$reverse($x)]"; 2_000].join(",");
    assert_eq!(kind(&format!("($x := [1..800000]; [{copies}])")), ErrorKind::Memory);
    let strings = vec!["[$s & 'a']"; 2_000].join(",");
    assert_eq!(kind(&format!("($s := $pad('x', 4000000); [{strings}])")), ErrorKind::Memory);
}

#[test]
fn what_makes_much_of_little_meets_a_bound_before_it_is_made() {
    for text in [
        "[1..200000].{'a': $, 'b': $}",
        "$replace($pad('', 50000, 'x'), 'x', $pad('', 1000, 'y'))",
        "$replace($pad('', 10000, 'x'), /x/, $pad('', 1000, 'y'))",
        "($r := $replace; $r($pad('', 50000, 'x'), 'x', $pad('', 1000, 'y')))",
        "$pad('', 50000, 'x') ~> $replace('x', $pad('', 1000, 'y'))",
    ] {
        assert_eq!(kind(text), ErrorKind::Memory, "{text}");
    }
    for text in [
        "$split($pad('', 3000000, 'x'), '')",
        "$parse('[' & $pad('', 3000000, '1,') & '1]')",
        "$spread([1..50000].{'a': 1})",
        "[1..300000]{$string($): $}",
        "$match($pad('', 600000, 'y'), /y/)",
        "$split($pad('', 16000, 'y') & $pad('', 16000, 'y'), /y/)",
    ] {
        assert!(matches!(kind(text), ErrorKind::OverBudget | ErrorKind::Memory), "{text}");
    }
}

#[test]
fn a_watched_replacement_is_still_a_replacement() {
    assert_eq!(aws("$replace('a-b-c', '-', '+')"), gives("\"a+b+c\""));
    assert_eq!(aws("$replace('a-b-c', '-', '+', 1)"), gives("\"a+b-c\""));
    assert_eq!(aws("$replace('abc', /(b)(c)/, '$2$1')"), gives("\"acb\""));
    assert_eq!(aws("$replace('abc', /b/, function($m) { '<' & $m.match & '>' })"), gives("\"a<b>c\""));
    assert_eq!(aws("'abc' ~> $replace('b', 'x')"), gives("\"axc\""));
    assert_eq!(aws("['ab', 'cb'].$replace('b', 'x')"), gives("[\"ax\",\"cx\"]"));
    assert_eq!(aws("$map(['ab', 'cb'], $replace(?, 'b', 'x'))"), gives("[\"ax\",\"cx\"]"));
    assert_eq!(aws("$replace($absent, 'b', 'x')"), Ok(jsonata::Evaluation::Undefined));
    let error = aws("$replace('a', '', 'x')").unwrap_err();
    assert_eq!((error.code.as_deref(), error.token.as_deref()), (Some("D3010"), Some("replace")));
    let text = "$replace('a', 1, 'b')";
    assert_eq!(aws(text), common::official(text));
}

#[test]
fn an_expression_that_is_too_long_is_refused() {
    let error = aws(&"1 ".repeat(40_000)).unwrap_err();
    assert_eq!(error.to_string(), "expected an expression of at most 65536 bytes, found 80000");
}

#[test]
fn comparing_each_with_each_is_bounded() {
    assert_eq!(aws("$count($distinct([1..10000]))"), gives("10000"));
    let error = aws("$distinct([1..10001])").unwrap_err();
    assert_eq!(
        (error.kind, error.to_string().as_str()),
        (ErrorKind::OverBudget, "the expression needs more than 10000 items")
    );
}

#[test]
fn items_beyond_the_quick_attempt_have_the_same_value() {
    assert_eq!(aws("$sum([1..5000])"), gives("12502500"));
    assert_eq!(aws("$count($distinct([1..5000]))"), gives("5000"));
    assert_eq!(aws("$length($join([1..5000].$string()))"), gives("18893"));
}

#[test]
fn nesting_brackets_are_an_error_and_no_crash() {
    for text in ["(".repeat(100_000), "[".repeat(100_000), "-".repeat(100_000), "{'a':".repeat(50_000)] {
        assert!(Expression::parse(&text, Dialect::StepFunctions).is_err());
    }
    let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    assert!(aws(&nested(3_000)).is_err());
    assert_eq!(common::with("$count($x)", &[("x", Binding::prepare(nested(1_000)))]), gives("1"));
    let error = fails(common::with("$count($x)", &[("x", Binding::prepare(nested(1_001)))]));
    assert_eq!(error, "$x: expected JSON of at most 1000 levels, found more");
    assert_eq!(
        fails(aws("$parse('{\"a\": }')")),
        "D3137: $parse: expected JSON, found expected value at line 1 column 7"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        let _ = aws(&text);
    }

    #[test]
    fn no_soup_of_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(WORDS), 0..14)) {
        let text = words.concat();
        let limits = Limits { steps: 20_000, worked_bytes: 1 << 20, ..Limits::step_functions() };
        let states = Binding::prepare("{\"input\": {\"a\": [1, {\"b\": \"x\"}, [2]], \"b\": {\"c\": null}}}");
        let _ = evaluate(&text, Dialect::StepFunctions, None, &[("states", states)], &limits);
        if let Ok(expression) = Expression::parse(&text, Dialect::Official) {
            for path in expression.references().states {
                prop_assert!(text[path.span].starts_with('$'));
            }
        }
    }

    #[test]
    fn both_attempts_agree(words in prop::collection::vec(prop::sample::select(WORDS), 1..10)) {
        // A variable named like a function keeps the quick attempt from cutting what it reads.
        let text = words.concat();
        let states = || Binding::prepare("{\"input\": {\"a\": [1, {\"b\": \"x\"}, [2]], \"b\": {\"c\": null}}}");
        let limits = Limits { steps: 20_000, ..Limits::step_functions() };
        let cut = evaluate(&text, Dialect::StepFunctions, None, &[("states", states())], &limits);
        let whole = [("states", states()), ("spread", Binding::prepare("0"))];
        let whole = evaluate(&text, Dialect::StepFunctions, None, &whole, &limits);
        prop_assert_eq!(cut, whole);
    }
}

const WORDS: &[&str] = &[
    "$states",
    ".input",
    ".a",
    ".b",
    ".c",
    "a",
    "b",
    "$",
    "$$",
    "%",
    "*",
    "**",
    "[",
    "]",
    "[0]",
    "[-1]",
    "[]",
    "(",
    ")",
    "{",
    "}",
    ":",
    ",",
    ";",
    "?",
    "..",
    "1",
    "2",
    "-",
    "+",
    "/",
    "&",
    "=",
    " and ",
    " in ",
    "~>",
    "|",
    "^(",
    "@$v",
    "#$i",
    "$v",
    "$i",
    ":=",
    "'x'",
    "\"y\"",
    "null",
    "true",
    "/x/",
    "function($v){",
    "$sum(",
    "$map(",
    "$count(",
    "$string(",
    "$lookup(",
    "$merge(",
    "$keys(",
    "$distinct(",
    "$sort(",
    "$each(",
    "$split(",
    "$match(",
    "$replace(",
    "$range(",
    "$partition(",
    "$parse(",
    "$eval(",
    "?:",
    "??",
    ".",
    "\u{1F600}",
];
