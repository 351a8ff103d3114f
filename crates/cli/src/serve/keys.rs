//! The file of `--access-keys`: the format of `~/.aws/credentials`, so that one file serves both ends.
//!
//! ```ini
//! [alice]
//! aws_access_key_id = AKIAALICE
//! aws_secret_access_key = ...
//! aws_account_id = 123456789012      # whose resources; without it what the id says, or the default account
//! aws_session_token = ...            # of a temporary key, with its end:
//! expiration = 2026-12-31T00:00:00Z
//! ```
//!
//! What else AWS's tools keep in such a section is passed over.

use std::path::Path;
use std::time::SystemTime;

use api::{AccessKey, SecretKey};
use aws::settings::{Profile, credentials_file};
use jiff::Timestamp;

use crate::say::UsageError;

/// At least one key; no id twice.
pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<Vec<AccessKey>, UsageError> {
    let wrong = |why: String| UsageError(format!("cannot use the access keys `{}`: {why}", path.display()));
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("expected UTF-8".to_owned()))?;
    let sections = credentials_file(text, path).map_err(|error| UsageError(error.to_string()))?;
    let mut keys: Vec<AccessKey> = Vec::with_capacity(sections.len());
    for (name, section) in &sections {
        let key = key_of(section).map_err(|why| wrong(format!("[{name}]: {why}")))?;
        if keys.iter().any(|known| known.id == key.id) {
            return Err(wrong(format!(
                "[{name}]: expected each aws_access_key_id once, found `{}` again",
                key.id
            )));
        }
        keys.push(key);
    }
    match keys.is_empty() {
        true => Err(wrong("expected a section like [name] with a key, found none".to_owned())),
        false => Ok(keys),
    }
}

fn key_of(section: &Profile) -> Result<AccessKey, String> {
    let value = |name: &str| section.get(name);
    let required = |name: &str| value(name).ok_or_else(|| format!("expected {name}, found none"));
    let id = required("aws_access_key_id")?;
    // In a signature the id stands between slashes and commas.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if id.len() > 128 || !id.bytes().all(fits) {
        return Err(format!("expected aws_access_key_id to be letters, digits, - . _, found `{id}`"));
    }
    let secret = required("aws_secret_access_key")?;
    Ok(AccessKey {
        id: id.to_owned(),
        secret: SecretKey::new(secret),
        session_token: value("aws_session_token").map(str::to_owned),
        expires: value("expiration").map(time).transpose()?,
        account: value("aws_account_id").map(account).transpose()?,
    })
}

fn account(text: &str) -> Result<String, String> {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected aws_account_id to be 12 digits, found `{text}`")),
    }
}

fn time(text: &str) -> Result<SystemTime, String> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| format!("expected expiration to be like 2026-12-31T00:00:00Z, found `{text}`"))?;
    Ok(time.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Vec<AccessKey>, String> {
        parse(text.as_bytes(), Path::new("FILE")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_credentials_file_is_a_file_of_access_keys() {
        let keys = check(
            "# both ends\n[alice]\naws_access_key_id = AKIAALICE\naws_secret_access_key = s/e+c=\nregion = x\n\
             aws_account_id = 123456789012\n[job]\naws_access_key_id=ASIAJOB\naws_secret_access_key=s\n\
             aws_session_token = to/ken==\nexpiration = 2026-12-31T00:00:00Z\n",
        );
        let [alice, job] = &keys.unwrap()[..] else { panic!("there are two keys") };
        assert_eq!((alice.id.as_str(), alice.account.as_deref()), ("AKIAALICE", Some("123456789012")));
        assert_eq!((&alice.session_token, alice.expires), (&None, None));
        assert_eq!((job.session_token.as_deref(), job.account.as_deref()), (Some("to/ken=="), None));
        assert_eq!(job.expires, Some("2026-12-31T00:00:00Z".parse::<Timestamp>().unwrap().into()));
    }

    #[test]
    fn what_is_no_key_is_told_with_its_section() {
        let refused = |text: &str| check(text).err().unwrap();
        let id = "[a]\naws_access_key_id = A\n";
        for (text, why) in [
            ("", "expected a section like [name] with a key, found none"),
            ("[a]\n", "expected a section like [name] with a key, found none"),
            ("[a]\naws_secret_access_key = s", "[a]: expected aws_access_key_id, found none"),
            (id, "[a]: expected aws_secret_access_key, found none"),
            (
                "[a]\naws_access_key_id = A/B\naws_secret_access_key = s",
                "[a]: expected aws_access_key_id to be letters, digits, - . _, found `A/B`",
            ),
            (
                &format!("{id}aws_secret_access_key = s\naws_account_id = 1"),
                "[a]: expected aws_account_id to be 12 digits, found `1`",
            ),
            (
                &format!("{id}aws_secret_access_key = s\nexpiration = soon"),
                "[a]: expected expiration to be like 2026-12-31T00:00:00Z, found `soon`",
            ),
            (
                &format!(
                    "{id}aws_secret_access_key = s\n[b]\naws_access_key_id = A\naws_secret_access_key = t"
                ),
                "[b]: expected each aws_access_key_id once, found `A` again",
            ),
        ] {
            assert_eq!(refused(text), format!("cannot use the access keys `FILE`: {why}"));
        }
        assert_eq!(refused("[a]\nkey\n"), "FILE line 2: expected key = value");
    }
}
