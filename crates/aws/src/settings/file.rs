//! The shared files of all AWS tools: sections, `key = value`, and one level of indented keys below a key.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SettingsFault;

/// LIMIT: a shared file; the largest that people keep are a few hundred kilobytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `[default]`, `[profile name]`, `[services name]`.
    Config,
    /// `[name]`.
    Credentials,
}

#[derive(Clone, Default)]
pub(super) struct File {
    profiles: BTreeMap<String, Profile>,
    services: BTreeMap<String, Profile>,
}

/// One section. Keys are in lower case.
#[derive(Clone, Default)]
pub struct Profile {
    values: BTreeMap<String, String>,
    nested: BTreeMap<String, BTreeMap<String, String>>,
}

impl Profile {
    /// A value that is there and not empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A value below a key: `endpoint_url` below `s3 =`.
    pub(crate) fn nested(&self, key: &str, below: &str) -> Option<&str> {
        self.nested.get(key)?.get(below).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn overridden_by(&self, other: &Profile) -> Profile {
        let mut merged = self.clone();
        merged.values.extend(other.values.clone());
        merged.nested.extend(other.nested.clone());
        merged
    }
}

impl File {
    /// A file that is not there is an empty one.
    pub(super) fn read(path: Option<PathBuf>, format: Format) -> Result<File, SettingsFault> {
        let Some(path) = path else { return Ok(File::default()) };
        let text = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() && metadata.len() > FILE_BYTES_MAX => {
                Err(io::Error::other(format!("it has more than {FILE_BYTES_MAX} bytes")))
            }
            Ok(_) => fs::read_to_string(&path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(File::default()),
            Err(error) => Err(error),
        };
        let text = text.map_err(|error| SettingsFault::Read { path: path.clone(), error })?;
        File::parse(&text, format, &path)
    }

    pub(super) fn parse(text: &str, format: Format, path: &Path) -> Result<File, SettingsFault> {
        let mut file = File::default();
        let mut ignored = Profile::default();
        let mut section: Option<Section> = None;
        let mut key: Option<String> = None;
        for (index, raw) in text.lines().enumerate() {
            let fault =
                |expected| SettingsFault::Malformed { path: path.to_owned(), line: index + 1, expected };
            let line = without_comment(raw);
            if line.trim().is_empty() {
                continue;
            }
            if let Some(head) = line.trim().strip_prefix('[') {
                let head = head.strip_suffix(']').ok_or(fault("a section name in brackets"))?;
                section = Some(Section::of(head.trim(), format));
                key = None;
                continue;
            }
            let open = section.as_ref().ok_or(fault("a section before the first value"))?;
            let profile = file.section(open).unwrap_or(&mut ignored);
            let (name, value) = line.split_once('=').ok_or(fault("key = value"))?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
            if raw.starts_with([' ', '\t']) {
                let parent = key.clone().ok_or(fault("a key above an indented one"))?;
                profile.nested.entry(parent).or_default().insert(name, value);
            } else {
                key = Some(name.clone());
                profile.values.insert(name, value);
            }
        }
        Ok(file)
    }

    pub(super) fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    pub(super) fn into_profiles(self) -> impl Iterator<Item = (String, Profile)> {
        self.profiles.into_iter()
    }

    pub(super) fn services(&self, name: &str) -> Option<&Profile> {
        self.services.get(name)
    }

    fn section(&mut self, section: &Section) -> Option<&mut Profile> {
        match section {
            Section::Profile(name) => Some(self.profiles.entry(name.clone()).or_default()),
            Section::Services(name) => Some(self.services.entry(name.clone()).or_default()),
            Section::Other => None,
        }
    }
}

enum Section {
    Profile(String),
    Services(String),
    /// Sections that say nothing to us: `[plugins]`, `[sso-session name]`.
    Other,
}

impl Section {
    fn of(head: &str, format: Format) -> Section {
        let unquoted = |name: &str| name.trim().trim_matches(['"', '\'']).to_owned();
        match (format, head.split_once([' ', '\t'])) {
            (Format::Credentials, _) => Section::Profile(unquoted(head)),
            (Format::Config, None) if head == "default" => Section::Profile("default".to_owned()),
            (Format::Config, Some(("profile", name))) => Section::Profile(unquoted(name)),
            (Format::Config, Some(("services", name))) => Section::Services(unquoted(name)),
            (Format::Config, _) => Section::Other,
        }
    }
}

/// `#` and `;` begin a comment at the start of a line and after a space.
fn without_comment(line: &str) -> &str {
    if line.starts_with(['#', ';']) {
        return "";
    }
    let ends = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| line.find(mark));
    &line[..ends.min().unwrap_or(line.len())]
}
