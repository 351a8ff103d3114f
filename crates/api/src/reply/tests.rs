use std::collections::HashSet;

use super::*;

#[test]
fn request_ids_have_the_form_of_a_uuid_of_version_4_and_differ() {
    let ids = RequestIds::new(7);
    let mut seen = HashSet::new();
    for _ in 0..1_000 {
        let text = String::from_utf8(ids.draw().text().to_vec()).unwrap();
        let parts: Vec<&str> = text.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{text}");
        assert!(parts[2].starts_with('4'));
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']));
        assert!(seen.insert(text));
    }
}

#[test]
fn every_answer_carries_request_id_and_content_type() {
    let ids = RequestIds::new(7);
    for result in [Ok(Reply::empty()), Err(ApiError::InvalidToken)] {
        let response = respond(result, ids.draw());
        assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
        assert_eq!(response.headers()["x-amzn-requestid"].len(), 36);
    }
}

#[test]
fn connection_is_closed_after_a_body_that_was_not_read_whole() {
    let ids = RequestIds::new(7);
    let response = respond(Err(ApiError::BodyTooLarge(1)), ids.draw());
    assert_eq!(response.headers()["connection"], "close");
}
