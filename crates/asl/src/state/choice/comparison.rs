//! The 39 comparison operators. Values of another type than the operator's never match.

use std::cmp::Ordering;

use crate::definition::report::Report;
use crate::definition::section::Section;
use crate::json::Value;
use crate::query::jsonpath::Path;
use crate::query::{Budget, Interrupted};
use crate::time::parse_rfc3339;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    String(Relation),
    Numeric(Relation),
    Timestamp(Relation),
    BooleanEquals,
    StringMatches,
    IsNull,
    IsPresent,
    IsNumeric,
    IsString,
    IsBoolean,
    IsTimestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Debug)]
pub(super) enum Operand {
    Literal(Value),
    Path(Path),
}

impl Comparison {
    /// The operator of this name, and whether its operand is a path.
    pub(super) fn named(name: &str) -> Option<(Comparison, bool)> {
        let plain = match name {
            "StringMatches" => Some(Comparison::StringMatches),
            "IsNull" => Some(Comparison::IsNull),
            "IsPresent" => Some(Comparison::IsPresent),
            "IsNumeric" => Some(Comparison::IsNumeric),
            "IsString" => Some(Comparison::IsString),
            "IsBoolean" => Some(Comparison::IsBoolean),
            "IsTimestamp" => Some(Comparison::IsTimestamp),
            _ => None,
        };
        if let Some(comparison) = plain {
            return Some((comparison, false));
        }
        let (base, takes_path) = match name.strip_suffix("Path") {
            Some(base) => (base, true),
            None => (name, false),
        };
        let comparison = if base == "BooleanEquals" {
            Comparison::BooleanEquals
        } else if let Some(relation) = base.strip_prefix("String") {
            Comparison::String(Relation::named(relation)?)
        } else if let Some(relation) = base.strip_prefix("Numeric") {
            Comparison::Numeric(Relation::named(relation)?)
        } else {
            Comparison::Timestamp(Relation::named(base.strip_prefix("Timestamp")?)?)
        };
        Some((comparison, takes_path))
    }

    /// Whether `value` stands in this relation to `operand`.
    pub(super) fn holds(self, value: &Value, operand: &Value, budget: &Budget) -> Result<bool, Interrupted> {
        let is_as_asked = |is_so: bool| *operand == Value::Bool(is_so);
        Ok(match self {
            Comparison::String(relation) => match (value, operand) {
                (Value::String(a), Value::String(b)) => {
                    budget.spend(a.len().min(b.len()) as u64 / 64)?;
                    relation.accepts(java_order(a, b))
                }
                _ => false,
            },
            Comparison::Numeric(relation) => match (value, operand) {
                (Value::Number(a), Value::Number(b)) => relation.accepts(a.cmp(b)),
                _ => false,
            },
            Comparison::Timestamp(relation) => {
                let moment = |value: &Value| value.as_str().and_then(parse_rfc3339);
                moment(value).zip(moment(operand)).is_some_and(|(a, b)| relation.accepts(a.cmp(&b)))
            }
            Comparison::BooleanEquals => match (value, operand) {
                (Value::Bool(a), Value::Bool(b)) => a == b,
                _ => false,
            },
            Comparison::StringMatches => match (value, operand) {
                (Value::String(text), Value::String(pattern)) => {
                    // The work of the worst case: each star tried at each character.
                    let stars = pattern.matches('*').count() as u64;
                    budget.spend(text.len() as u64 * (1 + stars) / 64)?;
                    matches_pattern(text, pattern)
                }
                _ => false,
            },
            Comparison::IsNull => is_as_asked(matches!(value, Value::Null)),
            Comparison::IsPresent => is_as_asked(true),
            Comparison::IsNumeric => is_as_asked(matches!(value, Value::Number(_))),
            Comparison::IsString => is_as_asked(matches!(value, Value::String(_))),
            Comparison::IsBoolean => is_as_asked(matches!(value, Value::Bool(_))),
            Comparison::IsTimestamp => is_as_asked(value.as_str().and_then(parse_rfc3339).is_some()),
        })
    }

    /// What is wrong with a literal operand, in the words of the checker; none if it fits.
    fn refusal(self, literal: &Value) -> Option<&'static str> {
        let (fits, finding) = match self {
            Comparison::String(_) | Comparison::StringMatches => {
                (matches!(literal, Value::String(_)), "Expected value of type String")
            }
            Comparison::Numeric(_) => (matches!(literal, Value::Number(_)), "Expected value of type Number"),
            Comparison::Timestamp(_) => (
                literal.as_str().and_then(parse_rfc3339).is_some(),
                "String does not match RFC3339 timestamp",
            ),
            Comparison::BooleanEquals
            | Comparison::IsNull
            | Comparison::IsPresent
            | Comparison::IsNumeric
            | Comparison::IsString
            | Comparison::IsBoolean
            | Comparison::IsTimestamp => {
                (matches!(literal, Value::Bool(_)), "Expected value of type Boolean")
            }
        };
        (!fits).then_some(finding)
    }
}

impl Relation {
    fn named(name: &str) -> Option<Relation> {
        Some(match name {
            "Equals" => Relation::Equals,
            "LessThan" => Relation::LessThan,
            "GreaterThan" => Relation::GreaterThan,
            "LessThanEquals" => Relation::LessThanEquals,
            "GreaterThanEquals" => Relation::GreaterThanEquals,
            _ => return None,
        })
    }

    fn accepts(self, order: Ordering) -> bool {
        match self {
            Relation::Equals => order.is_eq(),
            Relation::LessThan => order.is_lt(),
            Relation::GreaterThan => order.is_gt(),
            Relation::LessThanEquals => order.is_le(),
            Relation::GreaterThanEquals => order.is_ge(),
        }
    }
}

impl Operand {
    pub(super) fn read(
        section: &Section<'_>,
        name: &str,
        comparison: Comparison,
        takes_path: bool,
        report: &mut Report<'_>,
    ) -> Option<Operand> {
        if takes_path {
            return section.path(name, report).map(Operand::Path);
        }
        let (node, place) = section.field(name)?;
        let literal = node.to_value();
        match comparison.refusal(&literal) {
            None => Some(Operand::Literal(literal)),
            Some(finding) => {
                report.schema(finding.into(), &place);
                None
            }
        }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Operand::Literal(Value::Bool(true)))
    }
}

/// Java's order of strings: by UTF-16 units.
pub(crate) fn java_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// `*` stands for any run of characters; `\*` and `\\` for themselves.
pub(super) fn matches_pattern(text: &str, pattern: &str) -> bool {
    // Literal pieces between the stars: the first is a prefix, the last a suffix, the others follow one another.
    let mut pieces = vec![String::new()];
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let piece = pieces.last_mut().expect("there is always a last piece");
        match character {
            '*' => pieces.push(String::new()),
            '\\' => piece.push(characters.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\')),
            other => piece.push(other),
        }
    }
    let (first, rest) = pieces.split_first().expect("there is always a first piece");
    let Some((last, middle)) = rest.split_last() else { return text == first };
    let Some(mut remaining) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match remaining.find(piece.as_str()) {
            Some(at) => remaining = &remaining[at + piece.len()..],
            None => return false,
        }
    }
    remaining.ends_with(last.as_str())
}
