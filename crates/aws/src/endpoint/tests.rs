use serde_json::json;

use super::functions::Function;
use super::*;
use crate::environment::Environment;
use crate::settings::Settings;

fn partitions() -> Partitions {
    let partition = |id: &str, pattern: &str, suffix: &str| {
        json!({
            "id": id, "regionRegex": pattern, "regions": { format!("{id}-global"): {} },
            "outputs": {
                "dnsSuffix": suffix, "dualStackDnsSuffix": "api.aws", "implicitGlobalRegion": "us-east-1",
                "supportsFIPS": true, "supportsDualStack": false,
            },
        })
    };
    let both = json!({ "partitions": [
        partition("aws", r"^(us|eu)\-\w+\-\d+$", "amazonaws.com"),
        partition("aws-cn", r"^cn\-\w+\-\d+$", "amazonaws.com.cn"),
    ]});
    Partitions::parse(&both).unwrap()
}

fn rules() -> RuleSet {
    let rules = json!({
        "parameters": {
            "Region": { "type": "string", "builtIn": "AWS::Region", "required": true },
            "UseFIPS": { "type": "boolean", "builtIn": "AWS::UseFIPS", "default": false },
            "Endpoint": { "type": "string", "builtIn": "SDK::Endpoint" },
            "Name": { "type": "string" },
        },
        "rules": [
            {
                "type": "endpoint",
                "conditions": [{ "fn": "isSet", "argv": [{ "ref": "Endpoint" }] }],
                "endpoint": { "url": { "ref": "Endpoint" } },
            },
            {
                "type": "error",
                "conditions": [{ "fn": "stringEquals", "argv": [{ "ref": "Region" }, "cn-shut-1"] }],
                "error": "shut in {Region}",
            },
            {
                "type": "tree",
                "conditions": [
                    { "fn": "aws.partition", "argv": [{ "ref": "Region" }], "assign": "P" },
                    { "fn": "isSet", "argv": [{ "ref": "Name" }] },
                ],
                "rules": [{
                    "type": "endpoint",
                    "conditions": [],
                    "endpoint": {
                        "url": "https://{Name}.{P#dnsSuffix}/{{x}}",
                        "headers": { "x-region": ["{Region}"] },
                        "properties": { "authSchemes": [
                            { "name": "sigv4", "signingRegion": "{P#implicitGlobalRegion}", "disableDoubleEncoding": true },
                        ]},
                    },
                }],
            },
        ],
    });
    RuleSet::parse(&rules).unwrap()
}

fn context(region: &str) -> EndpointContext<'_> {
    EndpointContext { region, ..EndpointContext::default() }
}

#[test]
fn the_first_rule_that_holds_says_the_endpoint() {
    let input = BTreeMap::from([("Name".to_owned(), Value::from("a"))]);
    let found = resolve(&rules(), &context("cn-north-1"), &input, &partitions()).unwrap();
    assert_eq!(found.url, "https://a.amazonaws.com.cn/{x}");
    assert_eq!(found.headers, [("x-region".to_owned(), "cn-north-1".to_owned())]);
    assert_eq!(found.auth_schemes.len(), 1);
    assert_eq!(found.auth_schemes[0].signing_region.as_deref(), Some("us-east-1"));
    assert!(found.auth_schemes[0].disable_double_encoding);
    let configured = EndpointContext { configured: Some("http://localhost:1"), ..context("us-east-1") };
    assert_eq!(resolve(&rules(), &configured, &input, &partitions()).unwrap().url, "http://localhost:1");
}

#[track_caller]
fn check_fault(region: &str, expected: &str) {
    let fault = resolve(&rules(), &context(region), &BTreeMap::new(), &partitions()).unwrap_err();
    assert_eq!(fault.to_string(), expected);
}

#[test]
fn what_no_rule_allows_is_refused() {
    check_fault("cn-shut-1", "shut in cn-shut-1");
    check_fault("us-east-1", "no rule of the service says where it is");
    // A region becomes a part of a host: it must not be able to become another host.
    for region in ["", "evil.example/", "a.b", "us-east-1#", "-us"] {
        check_fault(region, &format!("expected a region like us-east-1, found {region:?}"));
    }
    let fault = rules().evaluate(&BTreeMap::new(), &partitions()).unwrap_err();
    assert_eq!(fault, EndpointFault::Missing("Region".to_owned()));
}

#[track_caller]
fn check_function(name: &str, arguments: &[Value], expected: Value) {
    let function = Function::named(name).unwrap();
    assert_eq!(function.call(arguments, &partitions()).unwrap(), expected, "{name} {arguments:?}");
}

#[test]
fn functions_answer_as_specified() {
    use Value::{Bool, Integer, Text, Unset};
    let text = |text: &str| Value::from(text);
    for (value, start, stop, reverse, expected) in [
        ("abcdef", 0, 2, false, Some("ab")),
        ("abcdef", 0, 2, true, Some("ef")),
        ("abcdef", 2, 4, true, Some("cd")),
        ("ab", 0, 3, false, None),
        ("ab", 1, 1, false, None),
        ("äb", 0, 1, false, None),
        ("ab", -1, 1, false, None),
    ] {
        let arguments = [text(value), Integer(start), Integer(stop), Bool(reverse)];
        check_function("substring", &arguments, expected.map_or(Unset, Value::from));
    }
    for (label, subdomains, expected) in [
        ("a-1", false, true),
        ("a.b", false, false),
        ("a.b", true, true),
        ("a..b", true, false),
        ("-a", false, false),
        ("a_b", false, false),
        ("", false, false),
    ] {
        check_function("isValidHostLabel", &[text(label), Bool(subdomains)], Bool(expected));
    }
    for (bucket, expected) in [("abc", true), ("ab", false), ("Abc", false), ("10.0.0.1", false)] {
        check_function("aws.isVirtualHostableS3Bucket", &[text(bucket), Bool(true)], Bool(expected));
    }
    check_function("uriEncode", &[text("a b/~ü")], text("a%20b%2F~%C3%BC"));
    check_function("not", &[Bool(false)], Bool(true));
    check_function("isSet", &[Unset], Bool(false));
    check_function("aws.parseArn", &[text("arn:aws:s3")], Unset);
    check_function("aws.parseArn", &[text("arn:aws::r:1:x")], Unset);
    let Value::Record(arn) = Function::ParseArn.call(&[text("arn:aws:s3::1:a/b:c")], &partitions()).unwrap()
    else {
        panic!("expected the parts of an ARN")
    };
    assert_eq!(arn[4], ("resourceId", Value::List(vec![text("a"), text("b"), text("c")])));
    check_function("getAttr", &[Value::Record(arn), Text("resourceId[1]".to_owned())], text("b"));
    for (url, expected) in [
        ("https://a.example:8443/b", Some(["https", "a.example:8443", "/b", "/b/"])),
        ("http://a.example", Some(["http", "a.example", "", "/"])),
        ("https://a.example/?q", None),
        ("ftp://a.example", None),
        ("https://a.example:port", None),
    ] {
        let parsed = Function::ParseUrl.call(&[text(url)], &partitions()).unwrap();
        match expected {
            None => assert_eq!(parsed, Unset, "{url}"),
            Some(parts) => {
                for (name, part) in ["scheme", "authority", "path", "normalizedPath"].into_iter().zip(parts) {
                    assert_eq!(*parsed.attribute(name), text(part), "{url}");
                }
            }
        }
    }
    assert!(Function::BooleanEquals.call(&[text("true"), Bool(true)], &partitions()).is_err());
}

#[test]
fn rules_that_are_not_understood_are_refused_when_read() {
    let with_condition = |condition: serde_json::Value| {
        let rule = json!({ "type": "error", "error": "e", "conditions": [condition] });
        RuleSet::parse(&json!({ "parameters": {}, "rules": [rule] })).unwrap_err().to_string()
    };
    assert_eq!(
        with_condition(json!({ "fn": "launch", "argv": [] })),
        "expected a known function instead of launch in the endpoint rules"
    );
    assert_eq!(
        with_condition(json!({ "fn": "isSet", "argv": [] })),
        "expected 1 arguments of isSet in the endpoint rules"
    );
    assert_eq!(
        with_condition(json!({ "fn": "isSet", "argv": ["{open"] })),
        "expected a closing brace in the endpoint rules"
    );
}

#[track_caller]
fn check_configured(variables: &[(&str, &str)], config: &str, service_id: &str, expected: Option<&str>) {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment { variables: variables.collect(), home: Some(home.path().to_owned()) };
    let settings = Settings::load(environment, None).unwrap();
    assert_eq!(settings.endpoint_url(service_id).as_deref(), expected);
}

#[test]
fn the_nearest_configured_endpoint_wins() {
    let config = "[default]\nservices = local\nendpoint_url = http://profile\n\
                  [services local]\nsecrets_manager =\n  endpoint_url = http://section\n";
    let one = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://one");
    let all = ("AWS_ENDPOINT_URL", "http://all");
    check_configured(&[one, all], config, "Secrets Manager", Some("http://one"));
    check_configured(&[one, all], config, "SQS", Some("http://all"));
    check_configured(&[], config, "Secrets Manager", Some("http://section"));
    check_configured(&[], config, "SQS", Some("http://profile"));
    check_configured(&[], "", "SQS", None);
    check_configured(
        &[one, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
        config,
        "Secrets Manager",
        None,
    );
    let ignoring = format!("{config}[default]\nignore_configured_endpoint_urls = true\n");
    check_configured(&[one], &ignoring, "Secrets Manager", None);
}
