use http::Uri;

use super::proxy::Proxies;
use super::target::Target;
use super::tls;
use crate::environment::Environment;

fn target(uri: &str) -> Target {
    Target::of(&uri.parse::<Uri>().unwrap()).unwrap()
}

#[test]
fn a_target_is_scheme_host_and_port() {
    for (uri, authority, host) in [
        ("https://a.example/x?y", "a.example:443", "a.example"),
        ("http://a.example", "a.example:80", "a.example"),
        ("http://a.example:8080/", "a.example:8080", "a.example:8080"),
        ("https://[::1]:4566/", "[::1]:4566", "[::1]:4566"),
        ("https://a.example:443/", "a.example:443", "a.example"),
    ] {
        assert_eq!(target(uri).authority(), authority);
        assert_eq!(target(uri).host_header().unwrap(), host);
    }
    for uri in ["/path", "ftp://a.example/", "a.example"] {
        assert!(Target::of(&uri.parse().unwrap()).is_err(), "{uri}");
    }
}

#[track_caller]
fn check_proxied(variables: &[(&str, &str)], uri: &str, expected: Option<&str>) {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment { variables: variables.collect(), home: None };
    let proxy = Proxies::from_environment(&environment).for_target(&target(uri)).unwrap();
    assert_eq!(proxy.map(|proxy| proxy.target.authority()).as_deref(), expected, "{uri}");
}

#[test]
fn the_proxy_of_the_scheme_serves() {
    let variables =
        &[("HTTPS_PROXY", "http://one:1"), ("http_proxy", "two:2"), ("HTTP_PROXY", "http://three:3")];
    check_proxied(variables, "https://a.example/", Some("one:1"));
    check_proxied(variables, "http://a.example/", Some("two:2"));
    check_proxied(&[], "https://a.example/", None);
}

#[test]
fn spared_hosts_are_asked_directly() {
    let variables =
        &[("https_proxy", "http://one:1"), ("no_proxy", "a.example, .b.example,*.c.example,d.example:8443")];
    for (uri, spared) in [
        ("https://a.example/", true),
        ("https://x.a.example/", true),
        ("https://xa.example/", false),
        ("https://x.b.example/", true),
        ("https://x.c.example/", true),
        ("https://d.example/", false),
        ("https://d.example:8443/", true),
        ("https://localhost/", true),
        ("https://127.0.0.1/", true),
        ("https://169.254.170.23/", true),
        ("https://[fd00:ec2::254]/", true),
    ] {
        check_proxied(variables, uri, (!spared).then_some("one:1"));
    }
    check_proxied(&[("https_proxy", "one:1"), ("no_proxy", "*")], "https://a.example/", None);
}

#[test]
fn the_password_of_a_proxy_is_not_shown() {
    let environment = Environment::from([("https_proxy", "http://me:pass%21@one:1")]);
    let proxies = Proxies::from_environment(&environment);
    assert!(!format!("{proxies:?} {environment:?}").contains("pass"));
    let authorization = proxies.for_target(&target("https://a.example/")).unwrap().unwrap().authorization;
    assert_eq!(authorization.as_ref().unwrap().to_str().unwrap(), "Basic bWU6cGFzcyE=");
    assert!(!format!("{authorization:?}").contains("bWU6"));
    let environment = Environment::from([("https_proxy", "https://me:pass@one:1")]);
    let refused = Proxies::from_environment(&environment).for_target(&target("https://a.example/"));
    let message = refused.err().unwrap().to_string();
    assert_eq!(message, "expected a proxy like http://host:port: found one that wants TLS to itself");
}

#[test]
fn a_bundle_without_certificates_is_refused() {
    for pem in [&b""[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(tls::connector(Some(pem)).is_err());
    }
    assert!(tls::connector(None).is_ok());
}
