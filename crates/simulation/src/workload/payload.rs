//! Inputs of executions and outputs of workers, as JSON text.

use serde_json::{Value, json};

use crate::random::Random;

/// What machines look at: `n` for choices, `loop` to count in, `items` to iterate over.
pub fn input(random: &mut Random, pad_bytes: usize) -> String {
    let mut input = item(random, 0);
    if pad_bytes > 0 {
        input["pad"] = json!("x".repeat(pad_bytes));
    }
    input.to_string()
}

fn item(random: &mut Random, depth: usize) -> Value {
    let items = if depth < 2 { random.below(4 - depth) } else { 0 };
    let items: Vec<Value> = (0..items).map(|_| item(random, depth + 1)).collect();
    let mut rounds = json!({});
    // Now and then more rounds than an execution may do in one turn.
    let count = if depth == 0 && random.percent(12) { random.between(15, 40) } else { random.between(0, 3) };
    for _ in 0..count {
        rounds = json!({ "more": rounds });
    }
    json!({ "n": random.below(10), "loop": rounds, "items": items })
}

pub fn output(random: &mut Random) -> String {
    match random.below(4) {
        0 => json!({ "done": random.below(100) }).to_string(),
        1 => "null".to_owned(),
        2 => json!({ "text": "y".repeat(random.below(300)) }).to_string(),
        _ => json!([random.below(100)]).to_string(),
    }
}
