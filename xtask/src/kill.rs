//! `cargo xtask kill`: the release binary on a real disk, killed at random moments, again and again.
//!
//! Here: the story of a run: start the load, kill and restart, let everything finish, judge. The parts:
//! `server` (the process), `http` (how it is asked), `workload` (what runs), `clients` (who asks),
//! `journal` (what was acknowledged), `verdict` (what must hold of it).

mod clients;
mod http;
mod journal;
mod random;
mod server;
#[cfg(test)]
mod tests;
mod verdict;
mod workload;

use std::fs;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::Workspace;
use clients::Load;
use random::Random;
use server::Server;

/// How long the server lives in a round.
const LIFE: std::ops::Range<u64> = 100..1_500;
/// What is still open after the last round must end within this.
const FINISH: Duration = Duration::from_secs(240);
/// A violation is one line; after this many the point is made.
const SHOWN_MAX: usize = 40;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: u32,
    /// None: a new one, which is printed. The machine's timing is not in it, so a seed repeats the plan, not the run.
    pub(crate) seed: Option<u64>,
}

impl Plan {
    pub(crate) fn parse(options: &[String]) -> Result<Plan> {
        let mut plan = Plan { rounds: 15, seed: None };
        for pair in options.chunks(2) {
            let number = || -> Result<u64> {
                let value = pair.get(1).with_context(|| format!("`{}` needs a number", pair[0]))?;
                value
                    .parse()
                    .with_context(|| format!("expected a number after `{}`, found `{value}`", pair[0]))
            };
            match pair[0].as_str() {
                "--rounds" => plan.rounds = u32::try_from(number()?)?,
                "--seed" => plan.seed = Some(number()?),
                other => bail!("expected --rounds or --seed, found `{other}`"),
            }
        }
        Ok(plan)
    }
}

pub(crate) fn run(workspace: &Workspace, plan: &Plan) -> Result<bool> {
    let built = workspace.cargo(&["build", "--release", "--quiet", "--package", "stairway"]).status()?;
    ensure!(built.success(), "the release binary does not build");
    let binary = workspace.release_binary()?;
    let data = binary.with_file_name(format!("kill-data-{}", std::process::id()));
    let seed = plan.seed.unwrap_or_else(seed_of_now);
    println!("kill: {} rounds, seed {seed}", plan.rounds);

    let begun = Instant::now();
    let mut random = Random::new(seed);
    let mut server = Server::new(&binary, &data);
    server.start()?;
    let load = Load::new(server.port.clone());
    workload::create(&mut load.connect())?;
    let slowest_start = thread::scope(|scope| -> Result<Duration> {
        let result = rounds(plan.rounds, &mut server, &load, &mut random, scope);
        // Whoever still asks must not wait for a server that is gone.
        load.finished.store(true, Ordering::SeqCst);
        server.kill()?;
        result
    })?;

    server.start()?;
    let verdict = verdict::judge(&load.journal(), &mut load.connect())?;
    server.kill()?;
    println!(
        "kill: {} rounds, {} executions, {} events, {} acknowledged calls, {} unknown outcomes, slowest start {} ms, {:.0} s",
        plan.rounds,
        verdict.executions,
        verdict.events,
        verdict.acknowledged,
        verdict.unknown,
        slowest_start.as_millis(),
        begun.elapsed().as_secs_f64()
    );
    for violation in verdict.violations.iter().take(SHOWN_MAX) {
        println!("kill: violation: {violation}");
    }
    println!("kill: {} violations", verdict.violations.len());
    if verdict.violations.is_empty() {
        fs::remove_dir_all(&data)?;
    } else {
        println!("kill: the data is kept in {}", data.display());
    }
    Ok(verdict.violations.is_empty())
}

/// Kills and restarts under load, then lets every execution end. The slowest of the starts.
fn rounds<'scope, 'env>(
    rounds: u32,
    server: &mut Server,
    load: &'env Load,
    random: &mut Random,
    scope: &'scope thread::Scope<'scope, 'env>,
) -> Result<Duration> {
    load.spawn(scope, random);
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        thread::sleep(Duration::from_millis(random.within(LIFE)));
        server.kill()?;
        slowest = slowest.max(server.start()?);
    }
    load.finishing.store(true, Ordering::SeqCst);
    load.await_the_end(Instant::now() + FINISH)?;
    Ok(slowest)
}

fn seed_of_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_millis() as u64)
}
