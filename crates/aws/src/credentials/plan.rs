//! Where the standard chain gets its credentials from, decided from settings alone.
//!
//! Here: the order of the places, and what a profile says: keys, a process, a role on top of another
//! profile. No file but the settings is read, nothing is asked.

use std::time::{Duration, SystemTime};

use super::{Credentials, CredentialsFault};
use crate::environment::Environment;
use crate::settings::{Profile, Settings};

/// LIMIT: profiles that a role may lead through; AWS's own chaining ends far below.
const PROFILES_MAX: usize = 10;

/// What to do for credentials: begin with these, then assume these roles one after the other.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) base: Base,
    pub(super) roles: Vec<Role>,
}

#[derive(Debug)]
pub(super) enum Base {
    Known(Credentials),
    Process(String),
    WebIdentity(WebIdentity),
    Container,
    Instance,
}

/// A role to be assumed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Role {
    pub arn: String,
    pub session_name: String,
    pub external_id: Option<String>,
    pub duration: Option<Duration>,
}

/// A role to be assumed with a token that somebody else gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct WebIdentity {
    pub(super) role: Role,
    pub(super) token_file: String,
}

pub(super) fn standard(settings: &Settings, now: SystemTime) -> Result<Plan, CredentialsFault> {
    let environment = &settings.environment;
    let plain = |base| Plan { base, roles: Vec::new() };
    // A profile that was asked for in code or on a command line goes before what the shell happens to hold.
    if !settings.profile_is_named
        && let Some(credentials) = of_variables(environment)?
    {
        return Ok(plain(Base::Known(credentials)));
    }
    if let Some(plan) = of_profile(settings, now)? {
        return Ok(plan);
    }
    if let (Some(arn), Some(token_file)) =
        (environment.get("AWS_ROLE_ARN"), environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"))
    {
        let role = role(arn, environment.get("AWS_ROLE_SESSION_NAME"), now);
        return Ok(plain(Base::WebIdentity(WebIdentity { role, token_file: token_file.to_owned() })));
    }
    if in_container(environment) {
        return Ok(plain(Base::Container));
    }
    match on_instance(environment) {
        true => Ok(plain(Base::Instance)),
        false => Err(CredentialsFault::None),
    }
}

fn in_container(environment: &Environment) -> bool {
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
        .iter()
        .any(|name| environment.get(name).is_some())
}

fn on_instance(environment: &Environment) -> bool {
    !environment.get("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn of_variables(environment: &Environment) -> Result<Option<Credentials>, CredentialsFault> {
    let Some(id) = environment.get("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let secret = environment.get("AWS_SECRET_ACCESS_KEY");
    let secret = secret.ok_or_else(|| wrong("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"))?;
    let token = environment.get("AWS_SESSION_TOKEN").map(str::to_owned);
    let account_id = environment.get("AWS_ACCOUNT_ID").map(str::to_owned);
    Ok(Some(Credentials { account_id, ..Credentials::new(id, secret, token) }))
}

/// Follows `source_profile` to where credentials come from.
fn of_profile(settings: &Settings, now: SystemTime) -> Result<Option<Plan>, CredentialsFault> {
    let mut name = settings.profile_name().to_owned();
    let mut visited: Vec<String> = Vec::new();
    // From the role that is wanted down to the one that is assumed first.
    let mut roles = Vec::new();
    loop {
        let profile = match settings.profile_named(&name) {
            Some(profile) => profile,
            None if visited.is_empty() => return Ok(None),
            None => return Err(wrong(format!("there is no profile {name}, which is a source_profile"))),
        };
        // A profile whose source is itself uses its own keys; any other way round is a circle.
        let own = visited.last() == Some(&name);
        if !own && (visited.contains(&name) || visited.len() == PROFILES_MAX) {
            return Err(wrong(format!("the source_profile of {name} leads in a circle")));
        }
        let arn = profile.get("role_arn").filter(|_| !own);
        let Some(arn) = arn else {
            let base = keys_or_process(&name, &profile)?;
            return match base {
                None if visited.is_empty() => Ok(None),
                None => Err(wrong(format!("the profile {name} has no credentials for a role"))),
                Some(base) => Ok(Some(finished(base, roles))),
            };
        };
        if profile.get("mfa_serial").is_some() {
            return Err(wrong(format!(
                "the profile {name} wants a code of an MFA device: there is nobody to ask"
            )));
        }
        let role = Role {
            external_id: profile.get("external_id").map(str::to_owned),
            duration: duration(&name, &profile)?,
            ..role(arn, profile.get("role_session_name"), now)
        };
        if let Some(token_file) = profile.get("web_identity_token_file") {
            let identity = WebIdentity { role, token_file: token_file.to_owned() };
            return Ok(Some(finished(Base::WebIdentity(identity), roles)));
        }
        roles.push(role);
        match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(source), None) => {
                let source = source.to_owned();
                visited.push(std::mem::replace(&mut name, source));
            }
            (None, Some(source)) => {
                let base = credential_source(&name, source, &settings.environment)?;
                return Ok(Some(finished(base, roles)));
            }
            _ => {
                return Err(wrong(format!(
                    "expected either source_profile or credential_source beside the role_arn of the profile {name}"
                )));
            }
        }
    }
}

fn finished(base: Base, mut roles: Vec<Role>) -> Plan {
    roles.reverse();
    Plan { base, roles }
}

fn keys_or_process(name: &str, profile: &Profile) -> Result<Option<Base>, CredentialsFault> {
    if let Some(id) = profile.get("aws_access_key_id") {
        let secret = profile.get("aws_secret_access_key");
        let secret = secret.ok_or_else(|| {
            wrong(format!("the profile {name} has an aws_access_key_id and no secret beside it"))
        })?;
        let token = profile.get("aws_session_token").map(str::to_owned);
        let account_id = profile.get("aws_account_id").map(str::to_owned);
        return Ok(Some(Base::Known(Credentials { account_id, ..Credentials::new(id, secret, token) })));
    }
    if let Some(command) = profile.get("credential_process") {
        return Ok(Some(Base::Process(command.to_owned())));
    }
    let interactive = ["sso_session", "sso_start_url", "login_session"];
    if let Some(key) = interactive.iter().find(|key| profile.get(key).is_some()) {
        return Err(wrong(format!(
            "the profile {name} signs in with a browser ({key}), which is not supported here: use \
             credential_process = aws configure export-credentials --profile {name} in another profile"
        )));
    }
    Ok(None)
}

fn credential_source(name: &str, source: &str, environment: &Environment) -> Result<Base, CredentialsFault> {
    match source {
        "Environment" => {
            let credentials = of_variables(environment)?;
            credentials.map(Base::Known).ok_or_else(|| wrong("expected AWS_ACCESS_KEY_ID for a role"))
        }
        "EcsContainer" => Ok(Base::Container),
        "Ec2InstanceMetadata" => Ok(Base::Instance),
        other => Err(wrong(format!(
            "expected Environment, EcsContainer or Ec2InstanceMetadata as credential_source of the profile {name}, \
             found {other}"
        ))),
    }
}

fn duration(name: &str, profile: &Profile) -> Result<Option<Duration>, CredentialsFault> {
    let seconds = profile.get("duration_seconds").map(str::parse).transpose();
    let seconds =
        seconds.map_err(|_| wrong(format!("expected a number as duration_seconds of the profile {name}")))?;
    Ok(seconds.map(Duration::from_secs))
}

/// A session without a name is named for when it began, as the SDKs do.
fn role(arn: &str, session_name: Option<&str>, now: SystemTime) -> Role {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    Role {
        arn: arn.to_owned(),
        session_name: session_name.map_or_else(|| format!("stairway-{seconds}"), str::to_owned),
        external_id: None,
        duration: None,
    }
}

fn wrong(message: impl Into<String>) -> CredentialsFault {
    CredentialsFault::Configuration(message.into())
}
