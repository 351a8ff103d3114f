//! What Step Functions' JSONata gives, where it was measured on AWS or is documented.

mod common;

use common::{aws, fails, gives, official, undefined};
use jsonata::{Binding, Dialect, Evaluation, Expression};

#[test]
fn the_six_functions_answer_as_measured_on_aws() {
    assert_eq!(aws("$parse('{\"a\":1}').a"), gives("1"));
    assert_eq!(aws("$partition([1,2,3,4], 2)"), gives("[[1,2],[3,4]]"));
    assert_eq!(aws("$partition([1,2,3,4,5], 2.9)"), gives("[[1,2],[3,4],[5]]"));
    assert_eq!(aws("$range(0, 6, 2)"), gives("[0,2,4,6]"));
    assert_eq!(aws("$range(0, 10, 3)"), gives("[0,3,6,9]"));
    assert_eq!(aws("$range(1, 9, 9)"), gives("1"));
    assert_eq!(aws("$range(5, 1, -2)"), gives("[5,3,1]"));
    assert_eq!(aws("$hash('input', 'SHA-1')"), gives("\"140f86aae51ab9e1cda9b4254fe98a74eb54c1a1\""));
    assert_eq!(aws("$random(42)"), gives("0.7275636800328681"));
}

#[test]
fn every_hash_has_its_length() {
    let lengths = aws("['MD5','SHA-1','SHA-256','SHA-384','SHA-512'].$length($hash('x', $))");
    assert_eq!(lengths, gives("[32,40,64,96,128]"));
}

#[test]
fn chance_comes_from_the_caller_alone() {
    let once = aws("[$random(), $random(), $uuid()]");
    assert_eq!(once, aws("[$random(), $random(), $uuid()]"));
    assert_eq!(aws("$random() = $random()"), gives("false"));
    assert_eq!(
        aws("$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).index"),
        gives("0")
    );
    assert_eq!(aws("$random() < 1 and $random() >= 0"), gives("true"));
}

#[test]
fn the_moment_comes_from_the_caller_alone() {
    assert_eq!(aws("$millis()"), gives("1700000000000"));
    assert_eq!(aws("$now()"), gives("\"2023-11-14T22:13:20.000Z\""));
}

#[test]
fn eval_is_not_a_function() {
    assert_eq!(fails(aws("$eval('1+1')")), "T1006: Attempted to invoke a non-function");
    assert_eq!(fails(aws("$randomSeeded(1)")), "T1006: Attempted to invoke a non-function");
    assert_eq!(official("$eval('1+1')"), gives("2"));
}

#[test]
fn operators_of_later_jsonata_are_syntax_errors() {
    let error = Expression::parse("$a ?: 1", Dialect::StepFunctions).err().unwrap();
    assert_eq!(error.to_string(), "S0211: The symbol \":\" cannot be used as a unary operator");
    assert_eq!(error.position, Some(5));
    let error = Expression::parse("($x := $a ?? 1; $b ?: 2)", Dialect::StepFunctions).err().unwrap();
    assert_eq!(error.to_string(), "S0211: The symbol \"?\" cannot be used as a unary operator");
    assert_eq!(official("null ?? 1"), gives("null"));
    assert_eq!(official("0 ?: 1"), gives("1"));
}

#[test]
fn nothing_null_and_functions_are_told_apart() {
    assert_eq!(aws("$states.input.absent"), undefined());
    assert_eq!(aws("$lookup($states.input, 'none')"), gives("null"));
    assert_eq!(aws("$states.input.none"), gives("null"));
    assert_eq!(aws("$sum"), Ok(Evaluation::Function));
    assert_eq!(aws("function($x) { $x }"), Ok(Evaluation::Function));
    assert_eq!(aws("[$sum]"), gives("[null]"));
}

#[test]
fn numbers_look_as_javascript_prints_them() {
    assert_eq!(aws("1e20"), gives("100000000000000000000"));
    assert_eq!(aws("$string(1e20)"), gives("\"100000000000000000000\""));
    assert_eq!(aws("1e21"), gives("1e+21"));
    assert_eq!(aws("4 / 2"), gives("2"));
    assert_eq!(aws("9007199254740992 + 2"), gives("9007199254740994"));
    assert_eq!(aws("0.1 + 0.2"), gives("0.30000000000000004"));
    assert_eq!(aws("1e-7"), gives("1e-7"));
    assert_eq!(aws("-0"), gives("0"));
    assert_eq!(fails(aws("$number('a1')")), "D3030: Unable to cast value to a number: \"a1\"");
    assert_eq!(
        fails(aws("$formatBase(10, 1)")),
        "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 1"
    );
}

#[test]
fn what_is_only_passed_on_stays_as_it_came() {
    assert_eq!(aws("$states.input.exact"), gives("[1.0,1.10,12345678901234567890,\"a \\u0041\"]"));
    assert_eq!(aws("$states.input.items"), gives("[{\"price\":4},{\"price\":12}]"));
    assert_eq!(aws("$states.input.one"), gives("[7]"));
    assert_eq!(aws("$states.input.empty"), gives("[]"));
    assert_eq!(aws("$states.input.items.price"), gives("[4,12]"));
    assert_eq!(aws("$states.input.one.price"), undefined());
}

#[test]
fn bindings_are_assembled_and_shared() {
    let states =
        Binding::object([("input", Binding::prepare("{ \"a\": 1 }")), ("context", Binding::prepare("{}"))]);
    let bindings = [("states", states), ("x", Binding::prepare("[1, 2]"))];
    assert_eq!(common::with("$states", &bindings), gives("{\"input\":{\"a\":1},\"context\":{}}"));
    assert_eq!(common::with("$states.input.a + $sum($x)", &bindings), gives("4"));
}

#[test]
fn expressions_and_bindings_go_to_other_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Expression>();
    is_shared::<Binding>();
}

#[test]
fn a_variable_named_like_a_function_is_the_variable() {
    let bindings = [("count", Binding::prepare("{\"n\": [1, 2]}")), ("sum", Binding::prepare("5"))];
    assert_eq!(common::with("$count.n[1] + $sum", &bindings), gives("7"));
}

#[test]
fn references_outside_of_paths_are_found() {
    let of = |text: &str| {
        let expression = Expression::parse(text, Dialect::StepFunctions).unwrap();
        expression.references().top_level.into_iter().map(|reference| reference.name).collect::<Vec<_>>()
    };
    assert_eq!(of("phone"), ["phone"]);
    assert_eq!(of("phone.number[type = 'home']"), ["phone"]);
    assert_eq!(of("$"), ["$"]);
    assert_eq!(of("$$"), ["$$"]);
    assert_eq!(of("$$.a & $.b"), ["$$", "$"]);
    assert_eq!(of("{'a': b, c: [d]}"), ["b", "c", "d"]);
    assert_eq!(of("$map($states.input.xs, function($v) { $v.n + n })"), ["n"]);
    assert_eq!(of("$states.input.items[price > 3 and $.id != $$.id].{'a': b}"), [] as [&str; 0]);
    assert_eq!(of("$states.input.items^(price){id: $sum(n)}"), [] as [&str; 0]);
    assert_eq!(of("$states.input ~> |items|{'x': price}, ['y']|"), [] as [&str; 0]);
}

#[test]
fn variables_and_paths_of_states_are_found() {
    let text = "($x := $states.input.order.id; $f := function($y) { $y + $z }; $f($x) & $states.result[0].a & $count($w#$i[$i = 1]) & $states)";
    let references = Expression::parse(text, Dialect::StepFunctions).unwrap().references();
    let variables: Vec<_> = references.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(variables, ["z", "w"]);
    let paths: Vec<_> = references.states.iter().map(|path| path.names.join(".")).collect();
    assert_eq!(paths, ["input.order.id", "result.a", ""]);
    assert_eq!(&text[references.states[0].span.clone()], "$states");
}
