use super::*;

fn check(text: &str) {
    let mut out = Vec::new();
    push_string(&mut out, text);
    let written = String::from_utf8(out).unwrap();
    assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text, "{written}");
    assert_eq!(written, serde_json::to_string(text).unwrap());
}

#[test]
fn every_character_at_every_place_of_a_word_is_written_as_serde_writes_it() {
    for character in (0u32..0x180).chain([0x2028, 0xffff, 0x1f600]).filter_map(char::from_u32) {
        for place in 0..17 {
            check(&format!("{}{character}{}", "a".repeat(place), "b".repeat(17 - place)));
        }
    }
}

#[test]
fn specials_in_a_row_are_each_escaped() {
    check("\"\"\"\\\\\n\n\r\t\u{8}\u{c}\u{0}\u{1f}\" \" ! # [ ] é\u{7f}");
    check("");
}
