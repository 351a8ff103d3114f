//! Ten times the load that a server can carry, for a while, and what becomes of everybody.
//!
//! First the peak: so many clients in a closed loop. Then ten times as many connections that together ask for ten
//! times the peak, whatever is answered, while others complete tasks, list, and look at memory. Then the first load
//! again: how soon is it as before? INVARIANT: a completion that is refused is counted, whatever the reason.

mod drain;
mod starters;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::connection::Connection;
use crate::cpus::{self, Layout};
use crate::machines::Machines;
use crate::process::Process;
use drain::{Drain, Drained};
use starters::{Pace, Started, Starters};

const CLIENTS: usize = 256;
/// How many times the peak is asked for, over as many times the connections.
const TIMES: usize = 10;
const PEAK_SECONDS: u64 = 6;
/// The first of them warm up, and count for nothing.
const WARM_UP_SECONDS: usize = 2;
/// How soon all must be as before.
const NORMAL_WITHIN_SECONDS: usize = 5;
/// The share of the peak that must still be done under ten times the load, and that counts as normal.
const GOODPUT_MIN: f64 = 0.9;
/// LIMIT: what ten times the connections may add to memory.
const GROWTH_BYTES_MAX: u64 = 512 << 20;
const LOOK: Duration = Duration::from_millis(200);

pub(crate) struct Overload {
    pub(crate) seconds: u64,
}

impl Overload {
    /// True when every bar was reached.
    pub(crate) fn measure(&self, server: &Path) -> Result<bool> {
        let (layout, _) = Layout::all(&cpus::allowed()?)?;
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data").display().to_string();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data];
        let process = Process::start(&layout.server, server, &arguments, &[])?;
        let machines = machines(process.addr)?;
        let load = |connections, pace, seconds, run| Starters {
            addr: process.addr,
            cpus: layout.client.clone(),
            connections,
            pace,
            seconds,
            machine_arn: machines.one.arn.clone(),
            input: machines.one.input.clone(),
            run,
        };
        println!("ten times the sustainable load for {} s ({})", self.seconds, layout.name);
        println!("{:<28} {:>10} {:>10} {:>10} {:>10}", "", "done/s", "refused/s", "p50 ms", "p99 ms");
        let before = load(CLIENTS, Pace::Closed, PEAK_SECONDS, 1).run()?;
        let peak = before.rate_from(WARM_UP_SECONDS);
        before.show("peak, 256 clients", WARM_UP_SECONDS);
        let drain = Drain::prepare(process.addr, &machines, self.seconds)?;
        process.settle()?;
        let resident_before = process.resident_bytes()?;

        let asked = peak * TIMES as f64;
        let pace = Pace::Open(Duration::from_secs_f64((CLIENTS * TIMES) as f64 / asked));
        let overload = load(CLIENTS * TIMES, pace, self.seconds, 2);
        let is_over = AtomicBool::new(false);
        let (during, drained, resident_most) = thread::scope(|scope| {
            let memory = scope.spawn(|| watch_memory(&process, &is_over));
            let drained = scope.spawn(|| drain.run());
            let during = overload.run();
            is_over.store(true, Ordering::Relaxed);
            let join = |what| move |_| anyhow::anyhow!("the thread that watches {what} panicked");
            anyhow::Ok((
                during?,
                drained.join().map_err(join("completions"))??,
                memory.join().map_err(join("memory"))??,
            ))
        })?;
        during.show("ten times that", 0);
        let after = load(CLIENTS, Pace::Closed, NORMAL_WITHIN_SECONDS as u64, 3).run()?;
        after.show("256 clients, afterwards", 0);
        process.end()?;
        Ok(verdict(peak, &during, &drained, &after, (resident_before, resident_most)))
    }
}

fn verdict(peak: f64, during: &Started, drained: &Drained, after: &Started, resident: (u64, u64)) -> bool {
    let mut all_hold = true;
    let mut bar = |holds: bool, told: String| {
        println!("{}  {told}", if holds { "pass" } else { "FAIL" });
        all_hold &= holds;
    };
    let goodput = during.rate_from(0) / peak;
    bar(
        goodput >= GOODPUT_MIN,
        format!("done under ten times the load: {goodput:.2} of the peak >= {GOODPUT_MIN}"),
    );
    let Drained { completed, refused, p99_ms, lists, lists_refused } = drained;
    bar(
        *refused == 0,
        format!("completions refused: {refused} of {} (p99 {p99_ms:.0} ms)", completed + refused),
    );
    println!("      lists refused: {lists_refused} of {lists}");
    let normal = (0..after.seconds()).find(|second| after.done_in(*second) >= GOODPUT_MIN * peak);
    let told = normal.map_or_else(|| "not within".to_owned(), |second| format!("in second {}", second + 1));
    bar(normal.is_some(), format!("{GOODPUT_MIN} of the peak again: {told} of {NORMAL_WITHIN_SECONDS}"));
    let (before, most) = resident;
    let mib = |bytes: u64| bytes >> 20;
    let grew = most.saturating_sub(before);
    bar(
        grew <= GROWTH_BYTES_MAX,
        format!("memory: {} MiB before, {} MiB at the most", mib(before), mib(most)),
    );
    all_hold
}

fn watch_memory(process: &Process, is_over: &AtomicBool) -> Result<u64> {
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        most = most.max(process.resident_bytes()?);
        thread::sleep(LOOK);
    }
    Ok(most)
}

fn machines(addr: SocketAddr) -> Result<Machines> {
    local(async {
        let mut connection = Connection::open(addr).await?;
        Machines::create(&mut connection, &addr.to_string(), &Value::Null).await
    })
}

fn local<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}

/// Sleeps until then, unless it is past.
async fn until(moment: Instant) {
    tokio::time::sleep_until(moment.into()).await;
}

/// 200, or refused as AWS refuses: anything else ends the measurement.
fn is_done(status: u16, body: &[u8]) -> Result<bool> {
    match status {
        200 => Ok(true),
        400 if body.windows(10).any(|part| part == b"Throttling") => Ok(false),
        503 => Ok(false),
        _ => bail!("the server answered {status}: {}", String::from_utf8_lossy(body)),
    }
}
