//! `stairway run`: one execution from its definition to its end, in this process and in memory.
//!
//! Here: the story of a run, and what its end means for the exit code. The parts are in `run/`
//! (definition, input, machine, worker, what happens) and `progress/` (how it looks).
//! INVARIANT: stdout carries the output of a successful execution and nothing else.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use asl::Document;
use asl::definition::MachineType;
use engine::{
    Clock, Config, Definition, Engine, ExecutionDescription, ExecutionStatus, SkippingClock, StartExecution,
    StartExecutionError, SystemClock,
};
use integrations::{Integrations, KnownServices, Roles};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

use crate::definition_file;
use crate::run::show::{Happening, Show, Told};
use crate::run::worker::Worker;
use crate::run::{input, machine, show};
use crate::say::{self, EXIT_FAILED, EXIT_INTERRUPTED, UsageError};
use crate::{local_functions, outside, serve};

/// Run a definition to its end, in this process and in memory
///
/// Shows each state on stderr while it runs and writes the output of the execution to
/// stdout. The exit code is 0 when the execution SUCCEEDED, 1 when it ended otherwise,
/// 2 when the definition has errors or the command was not understood, and 130 after
/// Ctrl-C, which stops the execution.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = WORKER_HELP)]
pub(crate) struct Run {
    /// Definition in the Amazon States Language, as JSON or YAML
    file: PathBuf,
    /// Input of the execution: JSON, or the name of a file with JSON [default: {}]
    #[arg(long, value_name = "JSON|FILE", allow_hyphen_values = true)]
    input: Option<String>,
    /// Name of the execution [default: a new UUID]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Command that works on the definition's activities (see below)
    #[arg(long, value_name = "CMD")]
    worker: Option<String>,
    /// Settings as `stairway serve` reads them: their functions are used
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Run on virtual time: Wait states, retry delays and time-outs take no real time
    #[arg(long)]
    skip_waits: bool,
}

const WORKER_HELP: &str = "\
Workers:
  CMD is started with `sh -c`. For each task it gets one line of JSON on its stdin,
    {\"id\":\"1\",\"activity\":\"pay\",\"input\":{\"orderId\":7}}
  and answers with one line on its stdout, for several tasks in any order:
    {\"id\":\"1\",\"output\":{\"paid\":true}}
    {\"id\":\"1\",\"error\":\"NoFunds\",\"cause\":\"the card is empty\"}
  It has at most 16 open tasks of each activity. What it writes to its stderr is shown.
  When it ends, its open tasks fail with States.Timeout, as those of a lost worker do,
  and it is started again.";

pub(crate) fn run(arguments: Run) -> anyhow::Result<ExitCode> {
    let text = definition_file::read(&arguments.file)?;
    let definition = checked(&arguments.file, &text)?;
    let input = input::read(arguments.input.as_deref())?;
    let name = arguments.name.as_deref().map(checked_name).transpose()?;
    let functions = arguments.config.as_deref().map(serve::functions_of).transpose()?.unwrap_or_default();

    let (told, happenings) = unbounded_channel();
    let notes = told.clone();
    let functions = local_functions::start(functions, move |line| {
        // The receiver only goes when the run is over.
        let _ = notes.send(Happening::Note(line));
    })?;
    // The machine of a run has a role in name only.
    let integrations = outside::integrations(functions.clone(), Roles::Ignored)?;
    let engine = start_engine(arguments.skip_waits, told.clone(), integrations)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let plan = Plan { file: arguments.file, definition, input, name, worker: arguments.worker };
    let ended = LocalSet::new().block_on(&runtime, execute(&engine, plan, told, happenings));
    drop(runtime);
    engine.shutdown().context("the engine did not stop")?;
    local_functions::end(&functions)?;
    ended
}

struct Plan {
    file: PathBuf,
    definition: Definition,
    input: Document,
    name: Option<Arc<str>>,
    worker: Option<String>,
}

/// Prints every error; goes on only without any. Warnings are for `stairway check`.
fn checked(file: &Path, text: &str) -> Result<Definition, UsageError> {
    let parsed = asl::parse_for(text, MachineType::Standard, &KnownServices);
    let mut errors = 0;
    for finding in parsed.refusals() {
        errors += 1;
        let hint = finding.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        say::line(&say::clean(&format!("{}: error: {finding}{hint}", file.display())));
    }
    match parsed.machine {
        Some(machine) if errors == 0 => Ok(Definition { text: text.into(), machine: Arc::new(machine) }),
        _ => {
            let errors = match errors {
                1 => "1 error".to_owned(),
                errors => format!("{errors} errors"),
            };
            Err(UsageError(format!("the definition `{}` has {errors}", file.display())))
        }
    }
}

fn checked_name(name: &str) -> Result<Arc<str>, UsageError> {
    match asl::arn::check_name(name) {
        Ok(()) => Ok(name.into()),
        Err(_) => Err(UsageError(format!(
            "expected --name to be 1 to 80 characters without white space and <>{{}}[]?*\"#%\\^|~`$&,;:/, found `{name}`"
        ))),
    }
}

fn start_engine(
    skip_waits: bool,
    told: UnboundedSender<Happening>,
    integrations: Integrations,
) -> anyhow::Result<Engine> {
    let clock: Arc<dyn Clock> = match skip_waits {
        true => Arc::new(SkippingClock::default()),
        false => Arc::new(SystemClock::default()),
    };
    let config = Config {
        shards: 1,
        clock,
        observer: Some(Arc::new(Told(told))),
        runner: Some(Arc::new(integrations)),
        services: Arc::new(KnownServices),
        ..Config::default()
    };
    Engine::start(Arc::new(store::MemoryStore::default()), config).context("the engine did not start")
}

async fn execute(
    engine: &Engine,
    plan: Plan,
    told: UnboundedSender<Happening>,
    mut happenings: UnboundedReceiver<Happening>,
) -> anyhow::Result<ExitCode> {
    let client = engine.client();
    let (revision, activities) = machine::create(engine, &plan.file, plan.definition).await?;
    let start = StartExecution {
        revision,
        through: None,
        name: plan.name,
        input: plan.input,
        trace_header: None,
        mocks: None,
    };
    let started = client.start_execution(start).await.map_err(start_error)?;
    let execution = started.arn;

    let worker = plan.worker.map(|command| {
        let notes = told.clone();
        Worker::start(command, &activities, &client, move |note| {
            let _ = notes.send(Happening::Note(note));
        })
    });
    show::listen(&client, &execution, told)?;
    let mut show = Show::new(engine, worker.is_some());
    let ended = show.until_the_end(&client, &execution, &mut happenings).await;
    show.rest(&mut happenings).await;
    if let Some(worker) = worker {
        worker.close().await;
    }
    show.last_notes(&mut happenings);
    match ended? {
        (_, true) => {
            say::line("stopped by Ctrl-C");
            Ok(ExitCode::from(EXIT_INTERRUPTED))
        }
        (ended, false) => tell_end(&ended, show.failing_state().as_deref()),
    }
}

fn start_error(error: StartExecutionError) -> anyhow::Error {
    match error {
        StartExecutionError::AlreadyExists(_)
        | StartExecutionError::Deleting
        | StartExecutionError::LimitExceeded
        | StartExecutionError::Throttled
        | StartExecutionError::NoRoom
        | StartExecutionError::Unavailable => anyhow!("the engine could not start the execution"),
    }
}

/// The output on stdout, or the reason on stderr.
fn tell_end(ended: &ExecutionDescription, failing_state: Option<&str>) -> anyhow::Result<ExitCode> {
    if ended.status == ExecutionStatus::Succeeded {
        let output = ended.output.as_ref().map_or("null", Document::text);
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{output}").and_then(|()| stdout.flush()).context("cannot write the output")?;
        return Ok(ExitCode::SUCCESS);
    }
    let place = failing_state.map(|state| format!(" in state `{state}`")).unwrap_or_default();
    say::line(&say::clean(&format!("execution {}{place}", ended.status.as_str())));
    if let Some(error) = &ended.error {
        say::line(&say::clean(&format!("error: {error}")));
    }
    if let Some(cause) = &ended.cause {
        say::line(&say::clean(&format!("cause: {cause}")));
    }
    Ok(ExitCode::from(EXIT_FAILED))
}
