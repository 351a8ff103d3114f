//! Texts with holes: `https://{Bucket}.s3.{Region}.{PartitionResult#dnsSuffix}`.

use super::rules::RuleFault;
use super::value::Value;

#[derive(Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Text(String),
    /// A variable, then attributes of it.
    Hole(Vec<String>),
}

impl Template {
    /// `{{` and `}}` stand for single braces.
    pub(super) fn parse(text: &str) -> Result<Template, RuleFault> {
        let fault = || RuleFault::expected("a closing brace");
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(escaped) = after.strip_prefix(brace) {
                literal.push_str(brace);
                rest = escaped;
                continue;
            }
            let (hole, after) = after.split_once('}').filter(|_| brace == "{").ok_or_else(fault)?;
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
            pieces.push(Piece::Hole(hole.split('#').map(str::to_owned).collect()));
            rest = after;
        }
        literal.push_str(rest);
        pieces.push(Piece::Text(literal));
        Ok(Template(pieces))
    }

    /// The text with its holes filled; None when a hole has nothing that can be written.
    pub(super) fn fill<'v>(&self, variable: impl Fn(&str) -> &'v Value) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Hole(path) => {
                    let (first, attributes) = path.split_first()?;
                    let value = attributes.iter().fold(variable(first), |value, name| value.attribute(name));
                    match value {
                        Value::Text(text) => filled.push_str(text),
                        Value::Bool(value) => filled.push_str(if *value { "true" } else { "false" }),
                        Value::Integer(value) => filled.push_str(&value.to_string()),
                        Value::List(_) | Value::Record(_) | Value::Unset => return None,
                    }
                }
            }
        }
        Some(filled)
    }
}
