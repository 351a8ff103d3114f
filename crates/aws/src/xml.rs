//! One element's text out of an XML answer.
//!
//! For answers whose elements of interest are unique and flat: errors, and those of STS. Whole answers
//! are read by `protocol`.

/// The text of the first element of this name, wherever it stands.
pub(crate) fn element(xml: &str, name: &str) -> Option<String> {
    let open = format!("<{name}>");
    let start = xml.find(&open)? + open.len();
    let length = xml[start..].find(&format!("</{name}>"))?;
    let text = xml[start..start + length].trim();
    // The ampersand last: what it makes must not be read again.
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    Some(marks.iter().fold(text.to_owned(), |text, (mark, plain)| text.replace(mark, plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_element_is_found_and_unescaped() {
        let xml = "<a><Code> Slow&amp;lt;Down </Code><Code>b</Code><Empty/></a>";
        assert_eq!(element(xml, "Code").as_deref(), Some("Slow&lt;Down"));
        assert_eq!(element(xml, "Empty"), None);
        assert_eq!(element("<Code>cut", "Code"), None);
    }
}
