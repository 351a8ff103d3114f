use super::*;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect()
}

fn browser() -> HeaderMap {
    headers(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")])
}

#[track_caller]
fn check_wanted(path: &str, headers: &HeaderMap, expected: Option<Wanted>) {
    assert_eq!(wanted(&Method::GET, path, headers), expected, "{path}");
}

#[test]
fn a_browser_is_led_to_the_console() {
    check_wanted("/", &browser(), Some(Wanted::Redirect));
    check_wanted("/console", &browser(), Some(Wanted::Redirect));
    check_wanted("/", &headers(&[("accept", "*/*")]), None);
    check_wanted("/", &headers(&[]), None);
}

#[test]
fn every_page_of_the_console_begins_with_the_same_file() {
    let page = || Some(Wanted::File(console_assets::page()));
    check_wanted("/console/", &headers(&[]), page());
    check_wanted("/console/machines/a.b/executions", &browser(), page());
    check_wanted("/console/executions/arn%3Aaws%3Astates", &browser(), page());
    check_wanted("/console/assets/nothing.js", &headers(&[("accept", "*/*")]), None);
    check_wanted("/consoles", &browser(), None);
}

#[test]
fn only_looking_is_served() {
    assert_eq!(wanted(&Method::POST, "/console/", &browser()), None);
    assert_eq!(wanted(&Method::DELETE, "/console/", &browser()), None);
    assert!(wanted(&Method::HEAD, "/console/", &browser()).is_some());
}

#[test]
fn a_page_is_kept_to_itself() {
    let response = respond(Wanted::File(console_assets::page()), &headers(&[]));
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"));
    assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let page = console_assets::page();
    let asked = |etag: String| {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::try_from(etag).unwrap());
        respond(Wanted::File(page), &headers).status()
    };
    assert_eq!(asked(page.etag.to_owned()), StatusCode::NOT_MODIFIED);
    assert_eq!(asked(format!("\"other\", W/{}", page.etag)), StatusCode::NOT_MODIFIED);
    assert_eq!(asked("\"other\"".to_owned()), StatusCode::OK);
}
