//! Names of members and errors as the AWS SDK for Java forms them, with a capital in front.
//!
//! INVARIANT: within one structure of any model, no two members get the same name.

use crate::model::{Place, Shape};

/// What Java does not let a method be called, in order; there the SDK appends `Value`.
const RESERVED: &[&str] = &[
    "abstract",
    "assert",
    "boolean",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "equals",
    "extends",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "getClass",
    "goto",
    "hashCode",
    "if",
    "implements",
    "import",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "notify",
    "notifyAll",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "short",
    "static",
    "strictfp",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "toString",
    "transient",
    "true",
    "try",
    "void",
    "volatile",
    "wait",
    "while",
];

/// Which names the members of a structure have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Naming {
    Java,
    /// A DynamoDB attribute that is not within another one keeps the names of the API: `BOOL`, `SS`.
    /// Within another it has Java's: `Bool`, `Ss`, and `Nul`. Odd, but so AWS does (aws-sdk-js issue 4294).
    Own,
}

/// The naming of a structure, given the structure around it.
pub(super) fn naming(shape: Shape<'_>, is_within_attribute: bool) -> Naming {
    if is_attribute(shape) && !is_within_attribute { Naming::Own } else { Naming::Java }
}

/// DynamoDB's attribute value.
pub(super) fn is_attribute(shape: Shape<'_>) -> bool {
    shape.member("BOOL").is_some() && shape.member("NULL").is_some() && shape.member("SS").is_some()
}

pub(super) fn member_name(member: Place<'_>, naming: Naming) -> String {
    match (naming, member.name()) {
        (Naming::Own, name) => name.to_owned(),
        // The one name that the SDK for Java changes by hand.
        (Naming::Java, "NULL") => "Nul".to_owned(),
        (Naming::Java, name) => java_name(name),
    }
}

/// The member that is meant. DynamoDB's own names are taken everywhere, as AWS takes them.
///
/// Every name of every input comes through here, so none is put together to be compared.
pub(super) fn find_member<'a>(shape: Shape<'a>, name: &str) -> Option<Place<'a>> {
    let by_name = shape.members().find(|member| match member.name() {
        "NULL" => name == "Nul",
        own => is_java_name(own, name),
    });
    by_name.or_else(|| shape.member(name).filter(|_| is_attribute(shape)))
}

/// Whether Java has this name for the member of that one.
fn is_java_name(own: &str, name: &str) -> bool {
    let is_spelt = |text: &str| letters(own).eq(text.chars());
    match name.strip_suffix("Value") {
        Some(base) if is_spelt(base) => is_reserved(own),
        _ => is_spelt(name) && !is_reserved(own),
    }
}

/// `DBInstanceArn` is `DbInstanceArn`, `equals` is `EqualsValue`.
fn java_name(name: &str) -> String {
    let suffix = if is_reserved(name) { "Value" } else { "" };
    letters(name).chain(suffix.chars()).collect()
}

/// The letters of Java's name with a capital in front.
fn letters(name: &str) -> impl Iterator<Item = char> {
    let mut letters = uncapitalised(name);
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters)
}

fn is_reserved(name: &str) -> bool {
    RESERVED.binary_search_by(|word| word.chars().cmp(uncapitalised(name))).is_ok()
}

/// In lower case as far as the first word goes: capitals in a row are one word, but for the last before
/// a small letter.
fn uncapitalised(name: &str) -> impl Iterator<Item = char> {
    let mut rest = name.chars().skip(1).peekable();
    let mut end = 1;
    while rest.next().is_some_and(char::is_uppercase) && !rest.peek().is_some_and(|c| c.is_lowercase()) {
        end += 1;
    }
    let lower = name.chars().take(end).flat_map(char::to_lowercase);
    lower.chain(name.chars().skip(end))
}

/// The class of an error: `DBInstanceNotFoundFault` is `DbInstanceNotFoundException`.
pub(super) fn exception_name(name: &str) -> String {
    let base = name.strip_suffix("Fault").or_else(|| name.strip_suffix("Exception")).unwrap_or(name);
    format!("{}Exception", words(base).iter().map(|word| title_case(word)).collect::<String>())
}

/// The words of a name: they begin at a capital after a small letter, at the last of several capitals
/// before a small letter, and at a letter after a digit.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, character) in characters.iter().copied().enumerate() {
        let before = index.checked_sub(1).map(|index| characters[index]);
        let after = characters.get(index + 1);
        let begins = match before {
            None => false,
            Some(before) if before.is_lowercase() => {
                character.is_uppercase() && after.is_some_and(|c| c.is_alphanumeric())
            }
            Some(before) if before.is_uppercase() => {
                character.is_uppercase() && after.is_some_and(|c| c.is_lowercase())
            }
            Some(before) => before.is_ascii_digit() && character.is_alphabetic(),
        };
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            words.last_mut().expect("there is always one word").push(character);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn title_case(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters.flat_map(char::to_lowercase)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_have_the_names_of_the_sdk_for_java() {
        let cases = [
            ("DBInstanceIdentifier", "DbInstanceIdentifier"),
            ("SNSTopicArn", "SnsTopicArn"),
            ("stateMachineArn", "StateMachineArn"),
            ("ETag", "ETag"),
            ("ChecksumCRC32", "ChecksumCRC32"),
            ("SSECustomerAlgorithm", "SseCustomerAlgorithm"),
            ("ARN", "Arn"),
            ("dBName", "DbName"),
            ("equals", "EqualsValue"),
            ("Return", "ReturnValue"),
        ];
        for (name, expected) in cases {
            assert_eq!(java_name(name), expected);
            assert!(is_java_name(name, expected), "{name}");
        }
        assert!(!is_java_name("equals", "Equals"));
        assert!(!is_java_name("Key", "KeyValue"));
        assert!(is_java_name("KeyValue", "KeyValue"));
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn errors_end_in_exception_whatever_the_model_calls_them() {
        let cases = [
            ("NoSuchKey", "NoSuchKeyException"),
            ("ResourceNotFoundException", "ResourceNotFoundException"),
            ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
            ("KMSInvalidStateException", "KmsInvalidStateException"),
            ("InvalidToken", "InvalidTokenException"),
            ("EC2ThrottledException", "Ec2ThrottledException"),
            ("InternalServerError", "InternalServerErrorException"),
        ];
        for (name, expected) in cases {
            assert_eq!(exception_name(name), expected);
        }
    }
}
