//! `stairway-bench-expressions FILE`: evaluates the expressions of a file as a state does, and says how long.
//!
//! A line `<expression> <evaluations>` is answered with the nanoseconds that they took together, `compile
//! <expression> <times>` with those of compiling, `value <expression>` with the value as JSON. Every
//! evaluation begins with the text of the input, read as far as the expression reaches.
//! Not here: who asks (`cargo xtask bench expressions`), and npm's jsonata (`bench/expressions`).
#![expect(clippy::print_stdout, reason = "answers go to the program that asks")]

use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use jsonata::{Binding, Dialect, Evaluation, Expression, Limits, Surroundings};
use serde_json::Value;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: stairway-bench-expressions FILE")?;
    let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let input: Arc<str> = file["input"].to_string().into();
    let texts = file["expressions"].as_array().context("expected a list of expressions")?;
    let texts: Vec<&str> = texts.iter().filter_map(|expression| expression["text"].as_str()).collect();
    let compiled = texts.iter().map(|text| compile(text)).collect::<Result<Vec<Expression>>>()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let at = |number: &str| -> Result<usize> { Ok(number.parse()?) };
        match words[..] {
            ["value", expression] => println!("{}", evaluate(&compiled[at(expression)?], &input)?),
            ["compile", expression, times] => {
                let (text, began) = (texts[at(expression)?], Instant::now());
                for _ in 0..at(times)? {
                    compile(text)?;
                }
                println!("{}", began.elapsed().as_nanos());
            }
            [expression, times] => {
                let (expression, began) = (&compiled[at(expression)?], Instant::now());
                for _ in 0..at(times)? {
                    evaluate(expression, &input)?;
                }
                println!("{}", began.elapsed().as_nanos());
            }
            _ => bail!("expected `<expression> <evaluations>`, found `{line}`"),
        }
    }
    Ok(())
}

fn compile(text: &str) -> Result<Expression> {
    Ok(Expression::parse(text, Dialect::StepFunctions)?)
}

fn evaluate(expression: &Expression, input: &Arc<str>) -> Result<String> {
    let states = Binding::object([("input", Binding::prepare(input.clone()))]);
    let mut surroundings = Surroundings { now_millis: 1_700_000_000_000, chance: &mut || 4 };
    let limits = Limits::step_functions();
    match expression.evaluate(None, &[("states", states)], &limits, &mut surroundings)? {
        Evaluation::Json(value) => Ok(value),
        other => bail!("expected a value, found {other:?}"),
    }
}
