//! One text for all values that are equal, so that many comparisons cost one reading of each value.

use crate::json::Value;

/// Compact JSON with numbers in normal form and members in the order of their names.
pub(super) fn fingerprint(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_json()),
        Value::Number(number) => out.push_str(&number.normal_form()),
        Value::Array(items) => {
            out.push('[');
            for item in items.iter() {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, member) in members {
                out.push_str(&Value::String(name.clone()).to_json());
                out.push(':');
                write(member, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}
