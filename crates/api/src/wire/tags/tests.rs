use super::*;
use crate::wire::read::read;

#[derive(serde::Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    tags: Option<TagShapes<'a>>,
}

fn check(tags: &str) -> Result<Vec<(String, String)>, String> {
    let body = format!(r#"{{"tags":{tags}}}"#);
    let request: Request<'_> = read(body.as_bytes()).unwrap();
    let mut constraints = Constraints::default();
    check_tags(&mut constraints, request.tags.as_ref());
    constraints.finish().map_err(|error| error.to_string())?;
    let tags = read_tags(request.tags.as_ref(), "arn:r", 50).map_err(|error| error.to_string())?;
    Ok(tags.iter().map(|tag| (tag.key.to_string(), tag.value.to_string())).collect())
}

#[test]
fn last_of_equal_keys_counts() {
    let tags = check(r#"[{"key":"a","value":"1"},{"key":"b"},{"key":"a","value":"2"}]"#).unwrap();
    assert_eq!(tags, [("b".into(), String::new()), ("a".into(), "2".into())]);
}

#[test]
fn constraints_name_the_member_by_its_place() {
    assert_eq!(
        check(r#"[{"key":"a"},{"key":""}]"#).unwrap_err(),
        "1 validation error detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: \
         Member must have length greater than or equal to 1"
    );
    assert!(check(r#"[{"value":"v"}]"#).unwrap_err().contains("Value null at 'tags.1.member.key'"));
}

#[test]
fn reserved_prefix_and_odd_characters_are_refused() {
    assert!(check(r#"[{"key":"AWS:x"}]"#).unwrap_err().contains("reserved prefix"));
    assert!(check(r#"[{"key":"a#"}]"#).unwrap_err().contains("Tag key 'a#'"));
    assert!(check(r#"[{"key":"a","value":"<v>"}]"#).unwrap_err().contains("Tag value '<v>'"));
    assert!(check(r#"[{"key":"Straße_.:/=+-@ 1","value":""}]"#).is_ok());
}

#[test]
fn a_word_about_calls_in_doubt_that_means_nothing_is_refused() {
    assert!(check(r#"[{"key":"stairway:in-doubt","value":"call-again"}]"#).is_ok());
    assert_eq!(
        check(r#"[{"key":"stairway:in-doubt","value":"retry"}]"#).unwrap_err(),
        "Tag 'stairway:in-doubt' must be 'call-again' or 'fail', found 'retry'"
    );
}

#[test]
fn fifty_tags_fit_and_fifty_one_do_not() {
    let tags = |count: usize| {
        let tags: Vec<String> = (0..count).map(|index| format!(r#"{{"key":"k{index}"}}"#)).collect();
        format!("[{}]", tags.join(","))
    };
    assert_eq!(check(&tags(50)).unwrap().len(), 50);
    assert_eq!(check(&tags(51)).unwrap_err(), "Too Many Tags: 'arn:r' would have more tags than it can");
}
