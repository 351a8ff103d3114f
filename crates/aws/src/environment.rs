//! The environment of a call as a value: variables and the home folder.
//!
//! The command line passes the real one; tests pass what they mean. Nothing else here reads the process's.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Default)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
    /// Where `~/.aws` is looked for.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// The value of a variable; one that is set to nothing counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    /// Names only: values hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .finish()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Environment {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Environment { variables: variables.map(owned).into(), home: None }
    }
}
