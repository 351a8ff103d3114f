//! Which function is meant: names and ARNs as the Lambda API takes them, and the patterns that the
//! configuration answers them with.
//!
//! Not here: what a function is (`config`).
//! INVARIANT: a name and its partial and full ARN mean the same function.

use std::fmt;

use serde::Deserialize;

/// LIMIT: characters of a function's name (Lambda API: 64; the model takes 140 with an ARN around it).
const NAME_CHARS_MAX: usize = 64;
/// LIMIT: characters of a version or an alias (Lambda API, `Qualifier`).
const QUALIFIER_CHARS_MAX: usize = 128;

/// Whose function is meant where its name does not say: account and region of the caller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    pub partition: String,
    pub region: String,
    pub account: String,
}

/// A name, a partial ARN or a full ARN; what it does not say matches everything.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    partition: Option<String>,
    region: Option<String>,
    account: Option<String>,
    name: String,
    qualifier: Option<String>,
}

/// One function, nothing left open but the qualifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FunctionName {
    owner: Owner,
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

impl Pattern {
    /// None when the text is no name that the Lambda API would take.
    pub(crate) fn parse(text: &str) -> Option<Pattern> {
        let parts: Vec<&str> = text.split(':').collect();
        let (place, rest) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", rest @ ..] => {
                ([Some(*partition), Some(*region), Some(*account)], rest)
            }
            [region, account, "function", rest @ ..] => ([None, Some(*region), Some(*account)], rest),
            [account, "function", rest @ ..] if !rest.is_empty() => ([None, None, Some(*account)], rest),
            ["function", rest @ ..] if !rest.is_empty() => ([None; 3], rest),
            rest => ([None; 3], rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let [partition, region, account] = place;
        let is_right = is_name(name)
            && partition.is_none_or(|partition| is_word(partition) && partition.starts_with("aws"))
            && region.is_none_or(is_word)
            && account.is_none_or(|it| it.len() == 12 && it.bytes().all(|byte| byte.is_ascii_digit()))
            && qualifier.is_none_or(is_qualifier);
        let owned = |part: Option<&str>| part.map(str::to_owned);
        is_right.then(|| Pattern {
            partition: owned(partition),
            region: owned(region),
            account: owned(account),
            name: name.to_owned(),
            qualifier: owned(qualifier),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn matches(&self, function: &FunctionName) -> bool {
        let fits = |part: &Option<String>, found: &str| part.as_deref().is_none_or(|part| part == found);
        self.name == function.name
            && fits(&self.partition, &function.owner.partition)
            && fits(&self.region, &function.owner.region)
            && fits(&self.account, &function.owner.account)
            && fits(&self.qualifier, function.qualifier())
    }

    /// Of several that match, the greatest is meant: a version or an alias says more than an account, and
    /// an account more than a region.
    pub(crate) fn weight(&self) -> impl Ord + use<> {
        (self.qualifier.is_some(), self.account.is_some(), self.region.is_some(), self.partition.is_some())
    }

    pub(crate) fn resolve(self, owner: Owner) -> FunctionName {
        let owner = Owner {
            partition: self.partition.unwrap_or(owner.partition),
            region: self.region.unwrap_or(owner.region),
            account: self.account.unwrap_or(owner.account),
        };
        FunctionName { owner, name: self.name, qualifier: self.qualifier }
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        Pattern::parse(&text).ok_or_else(|| {
            format!(
                "expected a function's name (`charge-card`, `charge-card:prod`) or its ARN, found `{text}`"
            )
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = [&self.region, &self.account].map(|part| part.as_deref());
        match (self.partition.as_deref(), place) {
            (Some(partition), [region, account]) => {
                let (region, account) = (region.unwrap_or_default(), account.unwrap_or_default());
                write!(f, "arn:{partition}:lambda:{region}:{account}:function:{}", self.name)?;
            }
            (None, [Some(region), account]) => {
                write!(f, "{region}:{}:function:{}", account.unwrap_or_default(), self.name)?;
            }
            (None, [None, Some(account)]) => write!(f, "{account}:function:{}", self.name)?,
            (None, [None, None]) => f.write_str(&self.name)?,
        }
        self.qualifier.as_ref().map_or(Ok(()), |qualifier| write!(f, ":{qualifier}"))
    }
}

impl FunctionName {
    /// The version or alias that is asked for.
    pub(crate) fn qualifier(&self) -> &str {
        self.qualifier.as_deref().unwrap_or("$LATEST")
    }

    /// The version that runs: an alias leads to the only code there is.
    pub(crate) fn version(&self) -> &str {
        match self.qualifier() {
            version if version.bytes().all(|byte| byte.is_ascii_digit()) => version,
            _ => "$LATEST",
        }
    }

    pub(crate) fn region(&self) -> &str {
        &self.owner.region
    }

    /// As it was asked for: with a qualifier where one was given.
    pub(crate) fn arn(&self) -> String {
        let qualifier = self.qualifier.as_ref().map(|it| format!(":{it}")).unwrap_or_default();
        self.unqualified_arn() + &qualifier
    }

    /// As errors name it: always with a qualifier.
    pub(crate) fn qualified_arn(&self) -> String {
        format!("{}:{}", self.unqualified_arn(), self.qualifier())
    }

    fn unqualified_arn(&self) -> String {
        let Owner { partition, region, account } = &self.owner;
        format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.name)
    }
}

pub(crate) fn is_qualifier(text: &str) -> bool {
    text == "$LATEST" || (text.len() <= QUALIFIER_CHARS_MAX && is_word(text))
}

fn is_name(text: &str) -> bool {
    text.len() <= NAME_CHARS_MAX && is_word(text)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
