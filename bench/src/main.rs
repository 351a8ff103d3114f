//! `stairway-bench`: how fast a `stairway serve` is, measured from outside, through HTTP.
//!
//! Here: the command line. `run` measures a server beside an empty handler in interleaved rounds and is what
//! `cargo xtask bench` starts; `handler` is that empty handler, a process of its own, and so is the slow `sink`.
//! `startup` measures how a server starts and rests, `scale` very many executions that wait, `overload` ten times
//! the load that it can carry, `flat` its memory while executions come and go.
//! Not here: anything of the server. It is a process that is started, loaded and looked at.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

mod clients;
mod connection;
mod cpus;
mod device;
mod empty_handler;
mod flat;
mod histogram;
mod load;
mod machines;
mod overload;
mod perf;
mod plan;
mod process;
mod report;
mod request;
mod rounds;
mod scale;
mod slow_sink;
mod startup;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use flat::Flat;
use overload::Overload;
use plan::{Plan, Subject};
use scale::Scale;

/// The allocator of the server, so that the empty handler has no other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
usage: stairway-bench run --server BINARY [--quick] [--rounds N] [--http-threads N]
                          [--only one|polled|ten|activity|map|express|express-ten|sinks] [--json FILE]
       stairway-bench scale --server BINARY [--executions N] [--completed N]
       stairway-bench overload --server BINARY [--seconds N]
       stairway-bench flat --server BINARY [--seconds N]
       stairway-bench handler --threads N
       stairway-bench sink
       stairway-bench startup --server BINARY --models FILE [--rounds N]";

/// Starts of each side.
const STARTS: usize = 31;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("stairway-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// True when every bar was reached.
fn run(arguments: &[String]) -> Result<bool> {
    match arguments {
        [mode, options @ ..] if mode == "run" => measure(options),
        [mode, options @ ..] if mode == "scale" => measure_scale(options),
        [mode, server, binary] if mode == "overload" && server == "--server" => {
            Overload { seconds: 60 }.measure(binary.as_ref())
        }
        [mode, server, binary, seconds, count]
            if mode == "overload" && server == "--server" && seconds == "--seconds" =>
        {
            Overload { seconds: number(count)?.max(1) as u64 }.measure(binary.as_ref())
        }
        [mode, server, binary] if mode == "flat" && server == "--server" => {
            Flat { seconds: 240 }.measure(binary.as_ref())
        }
        [mode, server, binary, seconds, count]
            if mode == "flat" && server == "--server" && seconds == "--seconds" =>
        {
            Flat { seconds: number(count)?.max(8) as u64 }.measure(binary.as_ref())
        }
        [mode, flag, threads] if mode == "handler" && flag == "--threads" => {
            empty_handler::serve(number(threads)?)?;
            Ok(true)
        }
        [mode] if mode == "sink" => {
            slow_sink::serve()?;
            Ok(true)
        }
        [mode, options @ ..] if mode == "startup" => measure_startup(options),
        _ => bail!("{USAGE}"),
    }
}

fn measure_startup(options: &[String]) -> Result<bool> {
    match options {
        [server, binary, models, file, rest @ ..] if server == "--server" && models == "--models" => {
            let rounds = match rest {
                [] => STARTS,
                [rounds, count] if rounds == "--rounds" => number(count)?.max(1),
                _ => bail!("{USAGE}"),
            };
            startup::measure(binary.as_ref(), file.as_ref(), rounds)
        }
        _ => bail!("{USAGE}"),
    }
}

fn measure(options: &[String]) -> Result<bool> {
    let (mut rounds, mut http_threads, mut only) = (None, None, None);
    let (mut server, mut json, mut quick) = (None, None, false);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let mut value = || options.next().with_context(|| format!("`{option}` needs a value"));
        match option.as_str() {
            "--quick" => quick = true,
            "--server" => server = Some(PathBuf::from(value()?)),
            "--json" => json = Some(PathBuf::from(value()?)),
            "--rounds" => rounds = Some(number(value()?)?),
            "--only" => {
                let name = value()?;
                let subject = Subject::named(name);
                only = Some(
                    subject.with_context(|| format!("expected what `--only` measures, found `{name}`"))?,
                );
            }
            "--http-threads" => http_threads = Some(number(value()?)?),
            other => bail!("expected an option of `run`, found `{other}`\n\n{USAGE}"),
        }
    }
    let server = server.with_context(|| format!("`--server` is missing\n\n{USAGE}"))?;
    let mut plan = if quick { Plan::quick() } else { Plan::full() };
    plan.rounds = rounds.unwrap_or(plan.rounds).max(1);
    (plan.http_threads, plan.only) = (http_threads, only);
    let results = rounds::measure(&server, &plan)?;
    println!("{}", report::text(&results, &plan));
    if let Some(file) = json {
        std::fs::write(&file, format!("{:#}\n", report::json(&results, &plan)))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(results.faults.is_empty() && report::bars(&results, &plan).iter().all(|bar| bar.holds()))
}

fn measure_scale(options: &[String]) -> Result<bool> {
    let mut scale = Scale { executions: 1_000_000, completed: 10_000 };
    let mut server = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let value = options.next().with_context(|| format!("`{option}` needs a value"))?;
        match option.as_str() {
            "--server" => server = Some(PathBuf::from(value)),
            "--executions" => scale.executions = number(value)?,
            "--completed" => scale.completed = number(value)?,
            other => bail!("expected an option of `scale`, found `{other}`\n\n{USAGE}"),
        }
    }
    scale.measure(&server.with_context(|| format!("`--server` is missing\n\n{USAGE}"))?)
}

fn number(text: &str) -> Result<usize> {
    text.parse().with_context(|| format!("expected a number, found `{text}`"))
}
