use super::*;

fn owner() -> Owner {
    Owner { partition: "aws".into(), region: "us-east-1".into(), account: "123456789012".into() }
}

#[track_caller]
fn check_matches(pattern: &str, asked: &str, expected: bool) {
    let function = Pattern::parse(asked).unwrap().resolve(owner());
    assert_eq!(Pattern::parse(pattern).unwrap().matches(&function), expected, "{pattern} and {asked}");
}

#[test]
fn a_name_and_its_arns_mean_one_function() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:pay";
    for asked in
        ["pay", "123456789012:function:pay", "us-east-1:123456789012:function:pay", "function:pay", arn]
    {
        assert_eq!(Pattern::parse(asked).unwrap().resolve(owner()).arn(), arn);
        check_matches("pay", asked, true);
        check_matches(arn, asked, true);
    }
}

#[test]
fn what_a_pattern_says_must_be_so() {
    check_matches("pay:prod", "pay", false);
    check_matches("pay:prod", "pay:prod", true);
    check_matches("pay", "pay:prod", true);
    check_matches("pay:$LATEST", "pay", true);
    check_matches("999999999999:function:pay", "pay", false);
    check_matches("arn:aws:lambda:eu-west-1:123456789012:function:pay", "pay", false);
    check_matches("pay", "arn:aws:lambda:eu-west-1:999999999999:function:pay", true);
    check_matches("pay", "pays", false);
}

#[test]
fn the_pattern_that_says_most_weighs_most() {
    let weight = |pattern: &str| Pattern::parse(pattern).unwrap().weight();
    assert!(weight("pay:prod") > weight("us-east-1:123456789012:function:pay"));
    assert!(weight("us-east-1:123456789012:function:pay") > weight("123456789012:function:pay"));
    assert!(weight("123456789012:function:pay") > weight("pay"));
}

#[test]
fn a_version_runs_itself_and_an_alias_the_latest() {
    let version = |asked: &str| Pattern::parse(asked).unwrap().resolve(owner()).version().to_owned();
    assert_eq!([version("pay"), version("pay:7"), version("pay:prod")], ["$LATEST", "7", "$LATEST"]);
}

#[test]
fn other_texts_are_no_names() {
    for text in [
        "",
        "pay card",
        "pay:",
        "pay:a:b",
        "pay:$OLDEST",
        "12345:function:pay",
        "arn:aws:lambda:us-east-1:123456789012:pay",
        "arn:aws:states:us-east-1:123456789012:function:pay",
        "arn:gcp:lambda:us-east-1:123456789012:function:pay",
        "arn:aws:lambda:us-east-1:123456789012:function:",
    ] {
        assert_eq!(Pattern::parse(text), None, "{text}");
    }
    assert!(Pattern::parse(&"x".repeat(65)).is_none());
    assert_eq!(Pattern::parse("function").unwrap().name(), "function");
}

#[test]
fn a_pattern_is_shown_as_it_was_written() {
    for text in [
        "pay",
        "pay:prod",
        "123456789012:function:pay",
        "us-east-1:123456789012:function:pay:7",
        "arn:aws:lambda:us-east-1:123456789012:function:pay",
    ] {
        assert_eq!(Pattern::parse(text).unwrap().to_string(), text);
    }
}
