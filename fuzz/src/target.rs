//! What is fed, and what each input becomes there.
//!
//! An input is text. Where something is evaluated, the expression comes first, then a line of `---`, then
//! the JSON that it looks at. INVARIANT: an answer names its kind and nothing of the input's data, so that
//! answers of one kind are equal.

mod definition;
mod expression;
mod request;

use anyhow::{Result, bail};

use self::request::Door;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Target {
    /// A definition is read and checked.
    Definition,
    /// A path is read and evaluated as in a state.
    JsonPath,
    /// A call of an intrinsic function, likewise.
    Intrinsic,
    /// A JSONata expression is read and evaluated within the limits of a state.
    Jsonata,
    /// A request of the API, until the engine is asked.
    Request,
}

impl Target {
    pub const ALL: [Target; 5] =
        [Target::Definition, Target::JsonPath, Target::Intrinsic, Target::Jsonata, Target::Request];

    pub fn name(self) -> &'static str {
        match self {
            Target::Definition => "definition",
            Target::JsonPath => "jsonpath",
            Target::Intrinsic => "intrinsic",
            Target::Jsonata => "jsonata",
            Target::Request => "request",
        }
    }

    pub fn named(name: &str) -> Result<Target> {
        match Target::ALL.into_iter().find(|target| target.name() == name) {
            Some(target) => Ok(target),
            None => {
                let names: Vec<&str> = Target::ALL.iter().map(|target| target.name()).collect();
                bail!("expected a target of {}, found `{name}`", names.join(", "))
            }
        }
    }

    /// What this target needs to be fed, made once.
    pub fn open(self) -> Result<Feeder> {
        Ok(match self {
            Target::Definition => Feeder::Definition,
            Target::JsonPath => Feeder::JsonPath,
            Target::Intrinsic => Feeder::Intrinsic,
            Target::Jsonata => Feeder::Jsonata,
            Target::Request => Feeder::Request(Box::new(Door::open()?)),
        })
    }
}

/// A target that is ready for inputs.
pub enum Feeder {
    Definition,
    JsonPath,
    Intrinsic,
    Jsonata,
    Request(Box<Door>),
}

impl Feeder {
    /// Takes an input and says what came of it.
    pub fn feed(&self, input: &[u8]) -> String {
        let text = String::from_utf8_lossy(input);
        match self {
            Feeder::Definition => definition::feed(&text),
            Feeder::JsonPath => expression::feed_path(&text),
            Feeder::Intrinsic => expression::feed_intrinsic(&text),
            Feeder::Jsonata => expression::feed_jsonata(&text),
            Feeder::Request(door) => door.feed(input),
        }
    }
}

/// A message without what it quotes and counts, so that messages of one kind are equal.
fn kind_of(message: &str) -> String {
    let mut kind = String::new();
    let mut quote = None;
    for character in message.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '0'..='9') => {}
            (None, _) if kind.len() >= 60 => break,
            (None, _) => kind.push(character),
        }
    }
    kind
}
