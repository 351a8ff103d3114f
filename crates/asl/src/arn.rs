//! ARNs of state machines, executions and activities, and the names in them.
//!
//! Here: the kinds that this engine knows, read strictly and written back the same. Executions of Express
//! state machines have a form of their own.
//! A qualified ARN (version, alias, Distributed Map label) is told apart from a plain one, so that a
//! caller can look the qualifier up or refuse it clearly.

use std::sync::Arc;

/// Partition, region and account: whose resources these are.
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Owner {
    pub partition: Arc<str>,
    pub region: Arc<str>,
    pub account: Arc<str>,
}

/// `arn:<partition>:states:<region>:<account>:stateMachine:<name>`
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct StateMachineArn {
    pub owner: Owner,
    pub name: Arc<str>,
}

/// `arn:<partition>:states:<region>:<account>:execution:<state machine>:<name>`, or of an Express execution
/// `...:express:<state machine>:<name>:<uuid>`
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct ExecutionArn {
    pub owner: Owner,
    pub state_machine: Arc<str>,
    pub name: Arc<str>,
    /// Of Express executions: many may have one name.
    pub express: Option<Uuid>,
}

/// What tells Express executions of one name apart. Written as UUIDs are, in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Uuid(pub u128);

/// `arn:<partition>:states:<region>:<account>:activity:<name>`
#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct ActivityArn {
    pub owner: Owner,
    pub name: Arc<str>,
}

/// What follows the name in a state machine ARN.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Qualifier {
    /// `:3`
    Version(u64),
    /// `:PROD`
    Alias(Arc<str>),
    /// `/label`: the child workflow of a Distributed Map.
    Label(Arc<str>),
}

/// Why a text is not the ARN that was asked for. `Display` gives the text that AWS puts between the
/// quotes of `Invalid Arn: '...'`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArnError {
    /// Does not start with `arn:`.
    Prefix(String),
    /// An ARN of Step Functions, of another kind.
    ResourceType(String),
    /// A state machine ARN with a qualifier, where a plain one was asked for.
    Qualified(String),
    /// Starts like an ARN and is none of ours.
    Malformed(String),
}

impl std::fmt::Display for ArnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ArnError::Prefix(arn) => write!(f, "Invalid ARN prefix: {arn}"),
            ArnError::ResourceType(kind) => write!(f, "Resource type not valid in this context: {kind}"),
            ArnError::Qualified(arn) => write!(f, "Qualified ARN not valid in this context: {arn}"),
            ArnError::Malformed(arn) => write!(f, "Invalid ARN: {arn}"),
        }
    }
}

impl std::error::Error for ArnError {}

impl StateMachineArn {
    /// Reads a plain or qualified state machine ARN.
    pub fn parse_qualified(text: &str) -> Result<(StateMachineArn, Option<Qualifier>), ArnError> {
        let (owner, resource) = split(text, "stateMachine")?;
        let (name, suffix) = match resource.split_once(':') {
            Some((name, suffix)) => (name, Some(suffix)),
            None => (resource, None),
        };
        let (name, label) = match name.split_once('/') {
            Some((name, label)) => (name, Some(label)),
            None => (name, None),
        };
        let malformed = || ArnError::Malformed(text.to_owned());
        let qualifier = match (label, suffix) {
            (None, None) => None,
            (Some(label), None) if !label.is_empty() => Some(Qualifier::Label(label.into())),
            (None, Some(version))
                if !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Some(Qualifier::Version(version.parse().map_err(|_| malformed())?))
            }
            (None, Some(alias)) if alias.len() <= NAME_CHARS_MAX && is_alias(alias) => {
                Some(Qualifier::Alias(alias.into()))
            }
            _ => return Err(malformed()),
        };
        check_name(name).map_err(|_| malformed())?;
        Ok((StateMachineArn { owner, name: name.into() }, qualifier))
    }
}

impl std::str::FromStr for StateMachineArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        match StateMachineArn::parse_qualified(text)? {
            (arn, None) => Ok(arn),
            (_, Some(_)) => Err(ArnError::Qualified(text.to_owned())),
        }
    }
}

impl std::str::FromStr for ExecutionArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let (owner, state_machine, name, express) = match split(text, "execution") {
            Ok((owner, resource)) => {
                let (state_machine, name) = resource.split_once(':').ok_or_else(malformed)?;
                (owner, state_machine, name, None)
            }
            Err(refused @ ArnError::ResourceType(_)) => {
                // A kind of its own, and none that AWS takes: what is no ARN of ours is refused as AWS does.
                let (owner, resource) = split(text, "express").map_err(|_| refused.clone())?;
                let (state_machine, rest) = resource.split_once(':').ok_or_else(|| refused.clone())?;
                let (name, uuid) = rest.split_once(':').ok_or_else(|| refused.clone())?;
                (owner, state_machine, name, Some(Uuid::read(uuid).ok_or(refused)?))
            }
            Err(error) => return Err(error),
        };
        // Child executions of a Distributed Map carry its label: `machine/label:uuid`.
        let machine_name = state_machine.split_once('/').map_or(state_machine, |(machine, _)| machine);
        check_name(machine_name).map_err(|_| malformed())?;
        check_name(name).map_err(|_| malformed())?;
        Ok(ExecutionArn { owner, state_machine: state_machine.into(), name: name.into(), express })
    }
}

impl Uuid {
    fn read(text: &str) -> Option<Uuid> {
        let is_well_formed = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        let digits = |text: &str| u128::from_str_radix(&text.replace('-', ""), 16).ok();
        if is_well_formed { digits(text).map(Uuid) } else { None }
    }
}

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let places = (0..36).filter(|at| !matches!(at, 8 | 13 | 18 | 23));
        for (digit, at) in places.enumerate() {
            text[at] = HEX[(self.0 >> (124 - 4 * digit)) as usize & 0xf];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| std::fmt::Error)?)
    }
}

impl std::str::FromStr for ActivityArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let (owner, name) = split(text, "activity")?;
        check_name(name).map_err(|_| ArnError::Malformed(text.to_owned()))?;
        Ok(ActivityArn { owner, name: name.into() })
    }
}

impl std::fmt::Display for Owner {
    /// The front of every ARN of this owner: `arn:<partition>:states:<region>:<account>`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "arn:{}:states:{}:{}", self.partition, self.region, self.account)
    }
}

impl std::fmt::Display for StateMachineArn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:stateMachine:{}", self.owner, self.name)
    }
}

impl std::fmt::Display for ExecutionArn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.express {
            None => write!(f, "{}:execution:{}:{}", self.owner, self.state_machine, self.name),
            Some(uuid) => write!(f, "{}:express:{}:{}:{uuid}", self.owner, self.state_machine, self.name),
        }
    }
}

impl std::fmt::Display for ActivityArn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:activity:{}", self.owner, self.name)
    }
}

/// Why a name is refused; AWS only says that it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameError {
    Empty,
    TooLong,
    /// White space, a control character, or one of the reserved characters.
    Character(char),
}

/// LIMIT: characters of a state machine, execution or activity name (section 1.0, Names).
pub const NAME_CHARS_MAX: usize = 80;

/// The rule for names of state machines, executions and activities.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    match name.chars().find(|&character| !is_allowed_in_name(character)) {
        Some(character) => Err(NameError::Character(character)),
        None => Ok(()),
    }
}

fn is_allowed_in_name(character: char) -> bool {
    const RESERVED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";
    let is_noncharacter = matches!(character, '\u{fffe}' | '\u{ffff}' | '\u{10ffff}');
    !(character.is_whitespace() || character.is_control() || is_noncharacter || RESERVED.contains(character))
}

/// The characters of an alias's name: nothing that could be read as a version's number.
pub fn is_alias(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    text.bytes().all(allowed) && text.bytes().any(|byte| !byte.is_ascii_digit())
}

/// Owner and resource part of an ARN of kind `kind`.
fn split<'t>(text: &'t str, kind: &str) -> Result<(Owner, &'t str), ArnError> {
    let rest = text.strip_prefix("arn:").ok_or_else(|| ArnError::Prefix(text.to_owned()))?;
    let malformed = || ArnError::Malformed(text.to_owned());
    let mut parts = rest.splitn(6, ':');
    let mut next = || parts.next().ok_or_else(malformed);
    let (partition, service, region, account) = (next()?, next()?, next()?, next()?);
    let found_kind = next()?;
    if service != "states" || partition.is_empty() {
        return Err(malformed());
    }
    if found_kind != kind {
        return Err(ArnError::ResourceType(found_kind.to_owned()));
    }
    let resource = parts.next().ok_or_else(malformed)?;
    Ok((Owner { partition: partition.into(), region: region.into(), account: account.into() }, resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_written_as_they_were_read() {
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
        assert_eq!(machine.parse::<StateMachineArn>().unwrap().to_string(), machine);
        let execution = "arn:aws:states:us-east-1:123456789012:execution:orders:run-1";
        assert_eq!(execution.parse::<ExecutionArn>().unwrap().to_string(), execution);
        let express =
            "arn:aws:states:us-east-1:123456789012:express:orders:run-1:01932c07-209a-7a11-8000-00c0ffee0001";
        assert_eq!(express.parse::<ExecutionArn>().unwrap().to_string(), express);
        let activity = "arn:aws-cn:states:cn-north-1:123456789012:activity:pack";
        assert_eq!(activity.parse::<ActivityArn>().unwrap().to_string(), activity);
    }

    #[test]
    fn wrong_arns_are_refused_in_awss_words() {
        let error = |text: &str| text.parse::<ExecutionArn>().unwrap_err().to_string();
        assert_eq!(error("invalid_state_machine_arn"), "Invalid ARN prefix: invalid_state_machine_arn");
        assert_eq!(
            error("arn:aws:states:r:1:express:m:e:u"),
            "Resource type not valid in this context: express"
        );
        assert_eq!(error("arn:aws:states:r:1:express:m"), "Resource type not valid in this context: express");
        assert!(error("arn:aws:s3:::bucket").starts_with("Invalid ARN"));
    }

    #[test]
    fn qualifiers_are_told_apart() {
        let qualifier = |suffix: &str| {
            StateMachineArn::parse_qualified(&format!("arn:aws:states:r:1:stateMachine:m{suffix}"))
                .map(|(_, q)| q)
        };
        assert_eq!(qualifier(""), Ok(None));
        assert_eq!(qualifier(":12"), Ok(Some(Qualifier::Version(12))));
        assert_eq!(qualifier(":PROD"), Ok(Some(Qualifier::Alias("PROD".into()))));
        assert_eq!(qualifier("/map"), Ok(Some(Qualifier::Label("map".into()))));
        assert!(qualifier(":").is_err());
        assert!(qualifier(":a:b").is_err());
    }

    #[test]
    fn names_follow_the_rule() {
        assert_eq!(check_name("ordre-é_1.2"), Ok(()));
        assert_eq!(check_name("a b"), Err(NameError::Character(' ')));
        assert_eq!(check_name("a/b"), Err(NameError::Character('/')));
        assert_eq!(check_name(""), Err(NameError::Empty));
        assert_eq!(check_name(&"x".repeat(81)), Err(NameError::TooLong));
    }
}
