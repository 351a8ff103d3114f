//! The one executable: `serve` plugs all rooms together, `run` does so in memory for one execution,
//! `history` and `why` ask a running server, `backup` and `doctor` look after its data, `eval` tries an expression,
//! `check` judges definitions and `diagram` draws them.
//!
//! Here: the command line, and what an error means for the exit code. Not here: any behaviour of Step
//! Functions.
//! INVARIANT: this crate alone reads arguments, environment and settings.

mod check;
mod client;
mod command;
mod definition_file;
mod doctor;
mod duration;
mod event;
mod given;
mod local_functions;
mod outside;
mod progress;
mod run;
mod say;
mod serve;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use say::{EXIT_FAILED, EXIT_NEWER_DATA, EXIT_USAGE, UsageError};
use store::Fault;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Run AWS Step Functions workflows on your own machine
///
/// Stairway reads definitions in the Amazon States Language, runs them durably, and speaks
/// the AWS Step Functions API: the aws command and the AWS SDKs work with it unmodified,
/// with its address as their endpoint URL.
#[derive(clap::Parser)]
#[command(name = "stairway", version, verbatim_doc_comment, arg_required_else_help = false)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Run(command::run::Run),
    Check(command::check::Check),
    Diagram(command::diagram::Diagram),
    Serve(serve::Serve),
    History(command::history::History),
    Why(command::why::Why),
    Backup(command::backup::Backup),
    Doctor(command::doctor::Doctor),
    #[command(subcommand)]
    Eval(command::eval::Eval),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => return not_parsed(&told),
    };
    let ended = match arguments.command {
        Command::Run(arguments) => command::run::run(arguments),
        Command::Check(arguments) => command::check::check(arguments),
        Command::Diagram(arguments) => command::diagram::diagram(&arguments),
        Command::Serve(flags) => serve::serve(flags),
        Command::History(arguments) => command::history::history(arguments),
        Command::Why(arguments) => command::why::why(&arguments),
        Command::Backup(arguments) => command::backup::backup(arguments),
        Command::Doctor(arguments) => command::doctor::doctor(&arguments),
        Command::Eval(language) => command::eval::eval(language),
    };
    ended.unwrap_or_else(|error| {
        say::line(&format!("stairway: {}", say::one_line(&error)));
        let is_newer = matches!(error.downcast_ref(), Some(Fault::Newer { .. }));
        match (error.is::<UsageError>(), is_newer) {
            (true, _) => ExitCode::from(EXIT_USAGE),
            (false, true) => ExitCode::from(EXIT_NEWER_DATA),
            (false, false) => ExitCode::from(EXIT_FAILED),
        }
    })
}

/// Help and version as clap writes them, on stdout; everything else is a mistake in one line.
fn not_parsed(told: &clap::Error) -> ExitCode {
    if matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Whoever closed stdout does not want the help any more.
        let _ = told.print();
        return ExitCode::SUCCESS;
    }
    say::line(&format!("stairway: {} (see stairway --help)", mistake(&told.to_string())));
    ExitCode::from(EXIT_USAGE)
}

/// What clap says of a mistake, without its usage lines: `error: A\n\n  tip: B\n\nUsage: ...`.
fn mistake(told: &str) -> String {
    let told = told.split("\n\nUsage:").next().unwrap_or(told);
    let told = told.split("\n\nFor more information").next().unwrap_or(told);
    let parts = told.trim_start_matches("error: ").split("\n\n").map(|part| {
        part.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    });
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let told = Arguments::try_parse_from([&["stairway"], arguments].concat()).err().unwrap();
        mistake(&told.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_mistake_in_the_arguments_is_one_line() {
        assert_eq!(refused(&["run"]), "the following required arguments were not provided: <FILE>");
        assert_eq!(
            refused(&["run", "a.json", "--inptu", "1"]),
            "unexpected argument '--inptu' found; tip: a similar argument exists: '--input'"
        );
        assert_eq!(
            refused(&["rum"]),
            "unrecognized subcommand 'rum'; tip: a similar subcommand exists: 'run'"
        );
        assert!(refused(&[]).starts_with("'stairway' requires a subcommand but one was not provided"));
    }
}
