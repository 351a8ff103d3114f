//! Settings as every AWS SDK reads them: variables first, then a profile of the shared files.
//!
//! Here: the profile in use and the plain settings: region, FIPS, dual-stack.
//! Not here: what a profile says of credentials (`credentials`) and of endpoints (`endpoint`).

mod file;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use file::Profile;
use file::{File, Format};

use crate::environment::Environment;

#[derive(Debug, Error)]
pub enum SettingsFault {
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: io::Error },
    #[error("{} line {line}: expected {expected}", path.display())]
    Malformed { path: PathBuf, line: usize, expected: &'static str },
    #[error("there is no profile {0}")]
    NoProfile(String),
}

/// The sections of a credentials file, by name.
pub fn credentials_file(text: &str, path: &Path) -> Result<Vec<(String, Profile)>, SettingsFault> {
    File::parse(text, Format::Credentials, path).map(|file| file.into_profiles().collect())
}

/// An environment together with the shared files that it names.
#[derive(Clone)]
pub struct Settings {
    pub(crate) environment: Environment,
    config: File,
    credentials: File,
    profile_name: String,
    /// The profile in use, empty where there is none.
    profile: Profile,
    /// The profile was asked for by name, not by default.
    pub(crate) profile_is_named: bool,
}

impl Settings {
    /// Reads the files. A profile that is named, here or by `AWS_PROFILE`, must exist.
    pub fn load(environment: Environment, profile: Option<&str>) -> Result<Settings, SettingsFault> {
        let at = |variable: &str, name: &str| match (environment.get(variable), &environment.home) {
            (Some(path), home) => Some(expanded(path, home.as_deref())),
            (None, Some(home)) => Some(home.join(".aws").join(name)),
            (None, None) => None,
        };
        let config = File::read(at("AWS_CONFIG_FILE", "config"), Format::Config)?;
        let credentials = File::read(at("AWS_SHARED_CREDENTIALS_FILE", "credentials"), Format::Credentials)?;
        let named = profile.or_else(|| environment.get("AWS_PROFILE")).map(str::to_owned);
        let mut settings = Settings {
            profile_is_named: profile.is_some(),
            profile_name: named.clone().unwrap_or_else(|| "default".to_owned()),
            profile: Profile::default(),
            environment,
            config,
            credentials,
        };
        match (settings.profile_named(&settings.profile_name), named) {
            (Some(profile), _) => settings.profile = profile,
            (None, Some(name)) => return Err(SettingsFault::NoProfile(name)),
            (None, None) => {}
        }
        Ok(settings)
    }

    /// The same settings from the files as they are now.
    pub(crate) fn reloaded(&self) -> Result<Settings, SettingsFault> {
        Settings::load(self.environment.clone(), self.profile_is_named.then_some(self.profile_name.as_str()))
    }

    pub(crate) fn profile_name(&self) -> &str {
        &self.profile_name
    }

    /// A profile of both files; what the credentials file says wins.
    pub(crate) fn profile_named(&self, name: &str) -> Option<Profile> {
        match (self.config.profile(name), self.credentials.profile(name)) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (Some(config), Some(credentials)) => Some(config.overridden_by(credentials)),
        }
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The section `[services name]`, which profiles share.
    pub(crate) fn services(&self, name: &str) -> Option<&Profile> {
        self.config.services(name)
    }

    pub fn region(&self) -> Option<String> {
        self.text(&["AWS_REGION", "AWS_DEFAULT_REGION"], "region")
    }

    pub fn use_fips(&self) -> bool {
        self.is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
    }

    pub fn use_dual_stack(&self) -> bool {
        self.is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")
    }

    /// How often a call is attempted, where somebody said so.
    pub fn attempts_max(&self) -> Option<u32> {
        self.text(&["AWS_MAX_ATTEMPTS"], "max_attempts")?.parse().ok().filter(|attempts| *attempts > 0)
    }

    pub(crate) fn is_on(&self, variable: &str, key: &str) -> bool {
        self.text(&[variable], key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn text(&self, variables: &[&str], key: &str) -> Option<String> {
        let variable = variables.iter().find_map(|name| self.environment.get(name));
        variable.map(str::to_owned).or_else(|| self.profile().get(key).map(str::to_owned))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("profile", &self.profile_name).finish_non_exhaustive()
    }
}

fn expanded(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests;
