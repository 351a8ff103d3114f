use std::net::Ipv4Addr;

use super::*;

const AT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7));

fn check(headers: &[(&'static str, &str)]) -> Result<(), ApiError> {
    let guard = Guard::new(&["Flows.example.com".to_owned()]);
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    guard.check(&map, &Uri::from_static("/"), AT)
}

#[test]
fn own_names_and_addresses_are_answered() {
    for host in [
        "localhost",
        "localhost:8083",
        "LocalHost:8083",
        "sync-localhost:8083",
        "states.localhost",
        "127.0.0.1:8083",
        "127.9.9.9",
        "[::1]:8083",
        "[::ffff:127.0.0.1]:1",
        "10.0.0.7:8083",
        "flows.example.com",
        "sync-flows.example.com:443",
    ] {
        assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
    }
}

#[test]
fn foreign_and_broken_hosts_are_refused() {
    for host in [
        "evil.example",
        "evil.example:8083",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.8",
        "[::2]",
        "::1",
        "[::1",
        "[::1]evil",
        "localhost:port",
        "user@localhost",
        "",
    ] {
        assert_eq!(check(&[("host", host)]), Err(ApiError::ForeignHost), "{host}");
    }
}

#[test]
fn absent_and_repeated_hosts_are_refused() {
    assert_eq!(check(&[]), Err(ApiError::ForeignHost));
    assert_eq!(check(&[("host", "localhost"), ("host", "localhost")]), Err(ApiError::ForeignHost));
}

#[test]
fn authority_of_the_target_must_be_ours_too() {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("localhost"));
    let uri = Uri::from_static("http://evil.example/");
    assert_eq!(Guard::new(&[]).check(&headers, &uri, AT), Err(ApiError::ForeignHost));
}

#[test]
fn page_of_this_server_is_let_in() {
    let same =
        [("host", "localhost:8083"), ("origin", "http://localhost:8083"), ("sec-fetch-site", "same-origin")];
    assert_eq!(check(&same), Ok(()));
}

#[test]
fn pages_of_other_origins_are_refused() {
    for origin in ["http://evil.example", "http://localhost:3000", "null", "", "file://", "localhost:8083"] {
        let headers = [("host", "localhost:8083"), ("origin", origin)];
        assert_eq!(check(&headers), Err(ApiError::ForeignOrigin), "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        let headers = [("host", "localhost:8083"), ("sec-fetch-site", site)];
        assert_eq!(check(&headers), Err(ApiError::ForeignOrigin), "{site}");
    }
}
