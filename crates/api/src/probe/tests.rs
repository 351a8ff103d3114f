use super::*;

fn check(method: &Method, path: &str) -> Option<Probe> {
    Probe::wanted(method, path)
}

#[test]
fn probes_are_asked_for_with_get_and_head() {
    assert_eq!(check(&Method::GET, "/health"), Some(Probe::Health));
    assert_eq!(check(&Method::HEAD, "/ready"), Some(Probe::Ready));
    assert_eq!(check(&Method::POST, "/health"), None);
    assert_eq!(check(&Method::GET, "/health/"), None);
}

#[test]
fn a_server_that_ends_is_alive_and_not_ready() {
    let status = |probe: Probe, is_serving| probe.respond(is_serving).status().as_u16();
    assert_eq!([status(Probe::Health, true), status(Probe::Health, false)], [200, 200]);
    assert_eq!([status(Probe::Ready, true), status(Probe::Ready, false)], [200, 503]);
}
