//! `cargo xtask`: what a developer and CI run.
//!
//! Here: reading the command line. Each command is a module of its own; `steps` holds the pieces
//! that `check` and `test` share, so that both run the very same things.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

mod bench;
mod check;
mod console;
mod counts;
mod fuzz;
mod golden;
mod kill;
mod models;
mod protocols;
mod simulate;
mod steps;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <command>

  check [--quick]              what CI runs, ending at the first failure; --quick leaves out what takes long
  test                         what CI runs, to its end, with totals over everything
  console                      builds the web console and renews the committed copy of it
  tidy                         the house rules: floors, module docs, dead links, leftovers
  bench [--quick] [--json FILE] rates, latencies and costs through HTTP, beside an empty handler
  bench scale [--executions N] very many executions that wait for a task token
  bench expressions            JSONata evaluations beside npm's jsonata on node
  bench startup [--rounds N]   start-up and idle memory beside the same binary without the service models
  bench console [EXECUTIONS]   the console's bytes and times in a browser, beside its goals
  kill [--rounds N] [--seed S] the release binary under kill -9 at random moments
  simulate [--hours N | --seeds A..B | --seed N [--shrink]]
                               the engine, its disk and its clock under seeds; half an hour unless told
  zoo                          which planted bug the simulator finds, at which seed, by which promise
  fuzz [--seconds N] [--seed S] [TARGET...]
                               inputs that nobody meant: no panic, no second of work, no 64 MiB
  golden                       a data directory as this version leaves it, for the tests of later ones
  models [--check]             AWS service models from the pinned botocore; --check only compares
  protocols                    every operation of every AWS service, compared with botocore";

const HALF_AN_HOUR: [&str; 2] = ["--hours", "0.5"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// True when everything asked for held.
fn run(arguments: &[String]) -> Result<bool> {
    let workspace = Workspace::find()?;
    let (command, options) = arguments.split_first().context(USAGE)?;
    match (command.as_str(), options) {
        ("check", []) => check::run(&workspace, check::Scope::Everything),
        ("check", [quick]) if quick == "--quick" => check::run(&workspace, check::Scope::Everyday),
        ("test", []) => test::run(&workspace),
        ("console", []) => console::run(&workspace),
        ("tidy", []) => tidy::run(&workspace),
        ("bench", options) => bench::run(&workspace, options),
        ("golden", []) => golden::run(&workspace),
        ("kill", options) => kill::run(&workspace, &kill::Plan::parse(options)?),
        ("models", []) => models::run(&workspace, models::Purpose::Write),
        ("models", [check]) if check == "--check" => models::run(&workspace, models::Purpose::Check),
        ("protocols", []) => protocols::run(&workspace),
        ("simulate", []) => {
            simulate::run(&workspace, simulate::Build::Release, &HALF_AN_HOUR.map(String::from))
        }
        ("simulate", options) => simulate::run(&workspace, simulate::Build::Release, options),
        ("zoo", []) => simulate::run(&workspace, simulate::Build::Test, &["--zoo".to_owned()]),
        ("fuzz", options) => fuzz::run(&workspace, &fuzz::Plan::parse(options)?),
        ("help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => bail!("`{}` is not a command of xtask\n\n{USAGE}", arguments.join(" ")),
    }
}
