//! The tables `[logs]` and `[events]` of the settings.
//!
//! ```toml
//! [logs]
//! cloudwatch = true                 # else where the environment names an endpoint
//! file = "logs/executions.jsonl"
//! level = "ERROR"                   # in the file, of machines that log nothing themselves
//!
//! [events]
//! event_bus = "default"
//! webhook = "https://example.com/hooks/stairway"
//! file = "status-changes.jsonl"
//! ```
//!
//! Not here: the file around them (`cli`).
//! INVARIANT: settings that were read can be used; every number in them is within its bounds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use execution::LogLevel;
use http::{HeaderName, HeaderValue, Uri};
use serde::Deserialize;

/// LIMIT: machines whose versions and aliases are counted in the metrics.
pub const PUBLISHED_MAX: usize = 2_000;
/// What a file may grow to before it is set aside, and how many are kept with it.
const FILE_MEGABYTES: u64 = 16;
const FILES: usize = 8;
/// LIMIT: a gigabyte each, a hundred of them.
const FILE_MEGABYTES_MAX: u64 = 1_024;
const FILES_MAX: usize = 100;
/// As AWS names itself. EventBridge in AWS keeps the beginning `aws.` to itself.
const SOURCE: &str = "aws.states";

#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "LogsTable")]
pub struct LogsSettings {
    /// Whether records go to CloudWatch Logs; none: where the environment names an endpoint.
    pub(crate) cloudwatch: Option<bool>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) rotation: Rotation,
    /// What the file has of machines whose own level is lower.
    pub(crate) level: LogLevel,
    pub(crate) include_execution_data: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "EventsTable")]
pub struct EventsSettings {
    /// Name or ARN.
    pub(crate) event_bus: Option<String>,
    pub(crate) source: String,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) file: Option<PathBuf>,
    pub(crate) rotation: Rotation,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Webhook {
    pub(crate) url: Uri,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

/// How large a file may become, and how many there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rotation {
    pub(crate) bytes_max: u64,
    pub(crate) files_max: usize,
}

impl Default for Rotation {
    fn default() -> Rotation {
        Rotation { bytes_max: FILE_MEGABYTES << 20, files_max: FILES }
    }
}

impl LogsSettings {
    /// Paths count from this folder.
    pub fn relative_to(self, folder: &Path) -> LogsSettings {
        LogsSettings { file: self.file.map(|file| folder.join(file)), ..self }
    }
}

impl EventsSettings {
    /// Paths count from this folder.
    pub fn relative_to(self, folder: &Path) -> EventsSettings {
        EventsSettings { file: self.file.map(|file| folder.join(file)), ..self }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogsTable {
    cloudwatch: Option<bool>,
    file: Option<PathBuf>,
    file_megabytes: Option<u64>,
    files: Option<usize>,
    level: Option<String>,
    #[serde(default)]
    include_execution_data: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventsTable {
    event_bus: Option<String>,
    source: Option<String>,
    webhook: Option<String>,
    #[serde(default)]
    webhook_headers: BTreeMap<String, String>,
    file: Option<PathBuf>,
    file_megabytes: Option<u64>,
    files: Option<usize>,
}

impl TryFrom<LogsTable> for LogsSettings {
    type Error = String;

    fn try_from(table: LogsTable) -> Result<LogsSettings, String> {
        let level = table.level.as_deref().unwrap_or("OFF");
        Ok(LogsSettings {
            cloudwatch: table.cloudwatch,
            file: table.file,
            rotation: rotation(table.file_megabytes, table.files)?,
            level: LogLevel::from_name(level)
                .ok_or_else(|| format!("expected `level` to be OFF, FATAL, ERROR or ALL, found `{level}`"))?,
            include_execution_data: table.include_execution_data,
        })
    }
}

impl TryFrom<EventsTable> for EventsSettings {
    type Error = String;

    fn try_from(table: EventsTable) -> Result<EventsSettings, String> {
        let url = table.webhook.map(|url| webhook_url(&url)).transpose()?;
        if url.is_none() && !table.webhook_headers.is_empty() {
            return Err("expected `webhook` beside `webhook_headers`, found none".to_owned());
        }
        let headers = table.webhook_headers.iter().map(|(name, value)| header(name, value));
        let headers = headers.collect::<Result<Vec<_>, String>>()?;
        Ok(EventsSettings {
            event_bus: table.event_bus,
            source: table.source.unwrap_or_else(|| SOURCE.to_owned()),
            webhook: url.map(|url| Webhook { url, headers }),
            file: table.file,
            rotation: rotation(table.file_megabytes, table.files)?,
        })
    }
}

fn rotation(megabytes: Option<u64>, files: Option<usize>) -> Result<Rotation, String> {
    let megabytes = megabytes.unwrap_or(FILE_MEGABYTES);
    if !(1..=FILE_MEGABYTES_MAX).contains(&megabytes) {
        return Err(format!("expected `file_megabytes` to be 1 to {FILE_MEGABYTES_MAX}, found {megabytes}"));
    }
    let files = files.unwrap_or(FILES);
    if !(1..=FILES_MAX).contains(&files) {
        return Err(format!("expected `files` to be 1 to {FILES_MAX}, found {files}"));
    }
    Ok(Rotation { bytes_max: megabytes << 20, files_max: files })
}

fn webhook_url(text: &str) -> Result<Uri, String> {
    let refused = || format!("expected `webhook` to be an http or https address, found `{text}`");
    let url: Uri = text.parse().map_err(|_| refused())?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if is_http && url.host().is_some() { Ok(url) } else { Err(refused()) }
}

/// The value may be a secret: it is not shown.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let refused =
        || format!("expected the name and the value of an HTTP header in `webhook_headers`, found `{name}`");
    let mut value = HeaderValue::try_from(value).map_err(|_| refused())?;
    value.set_sensitive(true);
    Ok((HeaderName::try_from(name).map_err(|_| refused())?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(text: &str) -> Result<LogsSettings, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    fn events(text: &str) -> Result<EventsSettings, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(logs("").unwrap(), LogsSettings::default());
        let mine = logs("file = 'l'\nfiles = 3\nlevel = 'ERROR'").unwrap().relative_to(Path::new("at"));
        assert_eq!(mine.file, Some(PathBuf::from("at/l")));
        assert_eq!(mine.rotation, Rotation { bytes_max: 16 << 20, files_max: 3 });
        assert_eq!(mine.level, LogLevel::Error);
        assert_eq!(events("event_bus = 'b'").unwrap().source, "aws.states");
    }

    #[test]
    fn what_cannot_be_used_is_refused_in_words() {
        let refused = |text: &str| logs(text).unwrap_err();
        assert_eq!(
            refused("level = 'WARN'"),
            "expected `level` to be OFF, FATAL, ERROR or ALL, found `WARN`"
        );
        assert_eq!(refused("files = 0"), "expected `files` to be 1 to 100, found 0");
        assert_eq!(refused("file_megabytes = 2000"), "expected `file_megabytes` to be 1 to 1024, found 2000");
        assert!(refused("path = 'x'").starts_with("unknown field `path`"));
        let refused = |text: &str| events(text).unwrap_err();
        let expected = "expected `webhook` to be an http or https address, found `ftp://x/`";
        assert_eq!(refused("webhook = 'ftp://x/'"), expected);
        let expected = "expected `webhook` beside `webhook_headers`, found none";
        assert_eq!(refused("webhook_headers = { a = 'b' }"), expected);
        let secret = refused("webhook = 'http://x/'\nwebhook_headers = { 'a b' = 'secret' }");
        assert!(secret.ends_with("found `a b`") && !secret.contains("secret"), "{secret}");
    }
}
