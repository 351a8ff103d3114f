//! Every bound of AWS's model, member by member: `spec/api.json`, read where it lies.
//!
//! For each operation that is served, each member of its request is sent absent, too short, too long, too
//! small, too large and out of its set; the answer must name the violation in AWS's words.

use std::path::Path;

use super::*;

/// Operation, member and bound that are not refused as the model says.
const EXCEPTIONS: &[[&str; 3]] = &[
    // An empty definition is a finding (recorded).
    ["ValidateStateMachineDefinition", "definition", "have length greater than or equal to 1"],
];

/// A request that breaks one bound, where it breaks it, and how AWS tells that.
struct Broken {
    body: Value,
    at: String,
    must: String,
}

pub(super) fn model() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/api.json");
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// The violations of a member; `wrap` puts a value for it into a request.
fn broken(member: &Value, at: &str, wrap: &dyn Fn(Value) -> Value, found: &mut Vec<Broken>) {
    let mut add = |value: Value, must: String| {
        found.push(Broken { body: wrap(value), at: at.to_owned(), must });
    };
    let (min, max) = (member["min"].as_i64(), member["max"].as_i64());
    match member["type"].as_str().unwrap() {
        "string" => {
            if let Some(set) = member["enum"].as_array() {
                let set: Vec<&str> = set.iter().map(|one| one.as_str().unwrap()).collect();
                add(json!("?"), format!("satisfy enum value set: [{}]", set.join(", ")));
                return;
            }
            if let Some(max) = max {
                let long = "a".repeat(usize::try_from(max).unwrap() + 1);
                add(json!(long), format!("have length less than or equal to {max}"));
            }
            if let Some(min) = min.filter(|min| *min > 0) {
                add(json!(""), format!("have length greater than or equal to {min}"));
            }
        }
        "integer" | "long" => {
            if let Some(max) = max {
                add(json!(max + 1), format!("have value less than or equal to {max}"));
            }
            if let Some(min) = min {
                add(json!(min - 1), format!("have value greater than or equal to {min}"));
            }
        }
        "structure" => broken_members(member, &format!("{at}."), wrap, found),
        "list" => {
            let in_list = |value: Value| wrap(json!([value]));
            let item = &member["item"];
            if item["type"] == "structure" {
                broken_members(item, &format!("{at}.1.member."), &in_list, found);
            } else {
                broken(item, &format!("{at}.1.member"), &in_list, found);
            }
        }
        _ => {}
    }
}

fn broken_members(shape: &Value, prefix: &str, wrap: &dyn Fn(Value) -> Value, found: &mut Vec<Broken>) {
    for name in shape["required"].as_array().unwrap() {
        let at = format!("{prefix}{}", name.as_str().unwrap());
        found.push(Broken { body: wrap(json!({})), at, must: "not be null".to_owned() });
    }
    for (name, member) in shape["members"].as_object().unwrap() {
        broken(member, &format!("{prefix}{name}"), &|value| wrap(json!({ name: value })), found);
    }
}

#[test]
fn every_bound_of_the_model_is_kept_in_aws_s_words() {
    let Some(model) = model() else {
        println!("bounds: the API model is not beside this folder, so it was not compared");
        return;
    };
    at_the_door(|door| async move {
        let (mut kept, mut differ) = (0, Vec::new());
        for (name, operation) in model["operations"].as_object().unwrap() {
            if door.text(name, "{}").await.status == 501 {
                continue;
            }
            let mut all = Vec::new();
            broken_members(&operation["input"], "", &|value| value, &mut all);
            for Broken { body, at, must } in all {
                let body = body.to_string();
                let answer = door.text(name, &body).await.body;
                let told = answer["message"].as_str().unwrap_or_default();
                let wanted = format!("at '{at}' failed to satisfy constraint: Member must {must}");
                let exempt = EXCEPTIONS.contains(&[name, &at, &must]);
                if answer["__type"] == "ValidationException" && told.contains(&wanted) {
                    kept += 1;
                } else if !exempt {
                    differ.push(format!("{name} {at}: {must}\n    {:.200}", answer.to_string()));
                }
            }
        }
        assert!(
            differ.is_empty(),
            "{kept} bounds are kept, {} are not:\n{}",
            differ.len(),
            differ.join("\n")
        );
        println!("bounds: {kept} are kept");
        assert!(kept > 150, "{kept}");
    });
}
