use super::*;

const NOW: i64 = 1_700_000_000_000;

fn owner(account: &str) -> Owner {
    Owner { partition: "aws".into(), region: "us-east-1".into(), account: account.into() }
}

fn tokens() -> PageTokens {
    PageTokens::new([7; 32])
}

fn open(owner: &Owner, operation: &'static str, query: &[&str], token: &str, now_ms: i64) -> Option<Vec<u8>> {
    let opened = tokens().open(&Listing { owner, operation, query }, token, now_ms);
    if let Err(error) = &opened {
        assert_eq!(error.to_string(), "Invalid Token: 'Invalid token'");
    }
    opened.ok()
}

fn issued() -> String {
    let owner = owner("123456789012");
    let listing = Listing { owner: &owner, operation: "ListExecutions", query: &["arn:m", "RUNNING"] };
    tokens().issue(&listing, b"place", NOW)
}

#[test]
fn token_opens_for_the_same_listing() {
    let mine = owner("123456789012");
    let opened = open(&mine, "ListExecutions", &["arn:m", "RUNNING"], &issued(), NOW + 1);
    assert_eq!(opened.as_deref(), Some(&b"place"[..]));
}

#[test]
fn token_is_bound_to_caller_operation_and_query() {
    let (mine, other) = (owner("123456789012"), owner("999999999999"));
    let token = issued();
    assert_eq!(open(&other, "ListExecutions", &["arn:m", "RUNNING"], &token, NOW), None);
    assert_eq!(open(&mine, "ListActivities", &["arn:m", "RUNNING"], &token, NOW), None);
    assert_eq!(open(&mine, "ListExecutions", &["arn:m", ""], &token, NOW), None);
    assert_eq!(open(&mine, "ListExecutions", &["arn:mR", "UNNING"], &token, NOW), None);
    assert_eq!(open(&mine, "ListExecutions", &["arn:m"], &token, NOW), None);
}

#[test]
fn token_expires_after_a_day() {
    let mine = owner("123456789012");
    let query = ["arn:m", "RUNNING"];
    let day = 24 * 3_600 * 1_000;
    assert!(open(&mine, "ListExecutions", &query, &issued(), NOW + day).is_some());
    assert!(open(&mine, "ListExecutions", &query, &issued(), NOW + day + 1).is_none());
}

#[test]
fn changed_truncated_and_made_up_tokens_are_refused() {
    let mine = owner("123456789012");
    let query = ["arn:m", "RUNNING"];
    let token = issued();
    for place in 0..token.len() {
        let mut forged = token.clone().into_bytes();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(open(&mine, "ListExecutions", &query, &forged, NOW), None, "{forged}");
        assert_eq!(open(&mine, "ListExecutions", &query, &token[..place], NOW), None);
    }
    for made_up in ["", "InvalidToken", "AAAA", "žžž", &"x".repeat(3_096)] {
        assert_eq!(open(&mine, "ListExecutions", &query, made_up, NOW), None, "{made_up}");
    }
}

#[test]
fn key_of_another_server_opens_nothing() {
    let mine = owner("123456789012");
    let listing = Listing { owner: &mine, operation: "ListExecutions", query: &["arn:m", "RUNNING"] };
    assert_eq!(PageTokens::new([8; 32]).open(&listing, &issued(), NOW), Err(ApiError::InvalidToken));
}

#[test]
fn longest_name_makes_a_token_that_fits_the_model() {
    let mine = owner("123456789012");
    let listing = Listing { owner: &mine, operation: "ListStateMachines", query: &[] };
    let name = "\u{1f600}".repeat(80);
    let token = tokens().issue(&listing, name.as_bytes(), NOW);
    assert!(token.len() <= 1_024);
    assert_eq!(tokens().open_name(&listing, Some(&token), NOW), Ok(Some(name)));
}

#[test]
fn listing_position_survives_its_bytes() {
    let position = ListingPosition { started_ms: NOW, execution: Uid([9; 16]) };
    assert_eq!(listing_position(&listing_position_bytes(position)), Ok(position));
    assert_eq!(listing_position(b"short"), Err(ApiError::InvalidToken));
}
