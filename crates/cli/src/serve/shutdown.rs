//! How a server ends: by a signal cleanly, by a second one at once, by a failed disk with its own code.
//!
//! INVARIANT: ending is never more than closing doors and files: what was answered is durable already.

use std::process::ExitCode;
use std::sync::Once;
use std::time::Duration;

use anyhow::Context as _;
use store::Fault;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::assemble::House;
use super::door::Door;
use crate::local_functions;
use crate::say::{self, EXIT_INTERRUPTED, EXIT_STORE};

/// LIMIT: how long requests that run may take to finish.
const GRACE: Duration = Duration::from_secs(10);
/// LIMIT: how long the delivery of log records and events may take then.
const LAST_WORDS: Duration = Duration::from_secs(3);

pub(super) fn serve_until_told(house: House, signals: Signals) -> anyhow::Result<ExitCode> {
    let House { engine, server, own_server, functions, observe, door } = house;
    signals.wait_for_first(&door);
    server.shutdown(GRACE);
    if let Some(own_server) = own_server {
        own_server.shutdown(GRACE);
    }
    engine.shutdown().context("the data directory was not closed in order")?;
    // After the engine: nothing happens any more that would have to be told.
    observe.shutdown(LAST_WORDS);
    // After the engine: nobody records any more that a function was cut off, so it is asked again.
    local_functions::end(&functions)?;
    Ok(ExitCode::SUCCESS)
}

/// Memory is never trusted over disk: nothing is flushed, and the next start reads what is there. Called
/// from threads of the engine's, perhaps from several at once; the first one speaks.
pub(super) fn end_for_fault(fault: &Fault) {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        say::line(&format!(
            "stairway: the store failed, the server ends: {}",
            say::clean(&fault.to_string())
        ));
        std::process::exit(EXIT_STORE.into());
    });
}

/// SIGINT, SIGTERM and SIGHUP, caught from the moment this is made.
pub(super) struct Signals {
    runtime: Runtime,
    interrupts: Signal,
    terminations: Signal,
    hangups: Signal,
}

impl Signals {
    pub(super) fn catch() -> std::io::Result<Signals> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (interrupts, terminations, hangups) = {
            let _inside = runtime.enter();
            let [interrupts, terminations, hangups] =
                [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
            (interrupts?, terminations?, hangups?)
        };
        Ok(Signals { runtime, interrupts, terminations, hangups })
    }

    /// Whoever asks a second time does not want to wait for doors to close: the process ends at once.
    fn wait_for_first(mut self, door: &Door) {
        // Without anything to renew, a hangup is what it is to every program: its terminal is gone.
        while self.next() == Told::Renew && !door.is_open() {
            door.renew();
        }
        std::thread::spawn(move || {
            while self.next() == Told::Renew {}
            std::process::exit(EXIT_INTERRUPTED.into());
        });
    }

    fn next(&mut self) -> Told {
        let Signals { runtime, interrupts, terminations, hangups } = self;
        runtime.block_on(async {
            tokio::select! {
                _ = interrupts.recv() => Told::End,
                _ = terminations.recv() => Told::End,
                _ = hangups.recv() => Told::Renew,
            }
        })
    }
}

/// What a signal says.
#[derive(PartialEq, Eq)]
enum Told {
    End,
    /// Keys and certificates are others now.
    Renew,
}
