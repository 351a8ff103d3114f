//! The operating system's side of a life: a process group, two pipes, a port for its Runtime API.
//!
//! INVARIANT: the group is killed before it is forgotten, so that nothing a function started outlives it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::sync::mpsc::UnboundedReceiver;

use super::Function;
use crate::entropy;
use crate::environment::{self, Identity};
use crate::guardian::Guardian;
use crate::log::Lines;
use crate::name::FunctionName;
use crate::runtime_api::{Call, RuntimeApi};

pub(super) struct Process {
    pub(super) child: Child,
    pub(super) stdout: Lines<ChildStdout>,
    pub(super) stderr: Lines<ChildStderr>,
    pub(super) calls: UnboundedReceiver<Call>,
    runtime_api: RuntimeApi,
    group: Option<Pid>,
    guardian: std::rc::Rc<Guardian>,
}

impl Process {
    /// The error is a sentence in the words of Lambda's supervisor.
    pub(super) fn start(function: &Function, first: &FunctionName) -> Result<Process, String> {
        let config = &function.config;
        // Parsing a command made sure that it names a program.
        let (name, arguments) = config.command.split_first().ok_or("the command is empty")?;
        let (runtime_api, calls) =
            RuntimeApi::open().map_err(|error| format!("cannot open a port for the Runtime API: {error}"))?;
        // Absolute, because the program would otherwise be looked for from where Stairway was started.
        let directory = std::path::absolute(&config.directory).unwrap_or_else(|_| config.directory.clone());
        let environment = environment::of_process(
            config,
            &function.environment,
            &Identity {
                function: &function.lambda_name,
                directory: &directory,
                version: first.version(),
                region: first.region(),
                log_stream: &log_stream(first.version()),
                runtime_api: runtime_api.address(),
            },
        );
        let program = program(name, &directory);
        let mut child = Command::new(&program)
            .args(arguments)
            .current_dir(&directory)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| why_not_started(&program, &directory, &error))?;
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            function.guardian.watch(group);
        }
        Ok(Process {
            stdout: Lines::of(child.stdout.take()),
            stderr: Lines::of(child.stderr.take()),
            child,
            calls,
            runtime_api,
            group,
            guardian: function.guardian.clone(),
        })
    }

    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Waits for the end of a process that was killed.
    pub(super) async fn wait(&mut self) {
        // An error means that it was waited for before.
        let _ = self.child.wait().await;
        self.forget();
    }

    /// The group has no living process any more.
    pub(super) fn forget(&mut self) {
        if let Some(group) = self.group.take() {
            self.guardian.forget(group);
        }
    }

    /// No new connections; those that are open are heard to their end.
    pub(super) fn stop_listening(&mut self) {
        self.runtime_api.close();
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // It may have ended by itself in this moment.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        self.forget();
    }
}

/// A program with a `/` lies where the function does, others where `PATH` says.
fn program(name: &str, directory: &Path) -> PathBuf {
    match name.contains('/') {
        true => directory.join(name),
        false => PathBuf::from(name),
    }
}

fn why_not_started(program: &Path, directory: &Path, error: &io::Error) -> String {
    match directory.is_dir() {
        true => format!("fork/exec {}: {}", program.display(), in_words(error)),
        false => format!("chdir {}: no such file or directory", directory.display()),
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

/// `2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef`
fn log_stream(version: &str) -> String {
    let day = jiff::Timestamp::now().strftime("%Y/%m/%d");
    format!("{day}/[{version}]{}", entropy::log_stream_digits())
}
