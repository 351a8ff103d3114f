//! `credential_process`: a program of the operator that prints credentials.
//!
//! INVARIANT: no shell reads the command, and what the program says never becomes part of a message.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::{Credentials, CredentialsFault, answer};
use crate::environment::Environment;

const SOURCE: &str = "credential_process";
/// LIMIT: what the program may take; some ask a person or a remote service.
const RUN_MAX: Duration = Duration::from_secs(60);
/// LIMIT: what it may print.
const OUTPUT_BYTES_MAX: u64 = 64 << 10;

pub(super) async fn run(command: &str, environment: &Environment) -> Result<Credentials, CredentialsFault> {
    let failed = |message: String| CredentialsFault::Unreachable { source_name: SOURCE, message };
    let words = words(command).ok_or_else(|| failed("expected closed quotes in the command".to_owned()))?;
    let (program, arguments) = words.split_first().ok_or_else(|| failed("expected a command".to_owned()))?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(&environment.variables).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let stdout = child.stdout.take().expect("standard output is piped");
    let mut printed = Vec::new();
    let ended = timeout(RUN_MAX, async {
        stdout.take(OUTPUT_BYTES_MAX + 1).read_to_end(&mut printed).await?;
        // Whoever prints more finds nobody reading, and ends or is killed with the fault below.
        if printed.len() as u64 > OUTPUT_BYTES_MAX { Ok(None) } else { child.wait().await.map(Some) }
    });
    let ended = ended.await.map_err(|_| failed("it took too long".to_owned()))?;
    match ended.map_err(|error| failed(error.to_string()))? {
        None => Err(failed(format!("it printed more than {OUTPUT_BYTES_MAX} bytes"))),
        Some(status) if !status.success() => Err(failed(status.to_string())),
        Some(_) => read(&printed),
    }
}

fn read(printed: &[u8]) -> Result<Credentials, CredentialsFault> {
    let version = serde_json::from_slice::<Json>(printed).ok().and_then(|json| json["Version"].as_u64());
    if version != Some(1) {
        return Err(CredentialsFault::Answer { source_name: SOURCE, expected: "JSON of Version 1" });
    }
    answer::credentials(printed, "SessionToken", SOURCE)
}

/// The words of a command: spaces separate, quotes join, a backslash takes the next character as it is.
/// None where a quote stays open.
pub(super) fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(characters.next()?),
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
