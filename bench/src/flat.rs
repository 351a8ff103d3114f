//! Executions that come and go, and the memory of the server meanwhile: it must not follow their number.
//!
//! INVARIANT: growth is measured from the first quarter on, when caches are warm.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::Value;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::clients::Order;
use crate::connection::Connection;
use crate::cpus::{self, Layout};
use crate::load::{Load, Span};
use crate::machines::Machines;
use crate::plan::Subject;
use crate::process::Process;
use crate::request::Start;

const CLIENTS: usize = 64;
const ROWS: usize = 8;
/// LIMIT: bytes that an execution may leave in memory: the filter over names has 12 bits for each, in layers that
/// grow by eight.
const BYTES_MAX: u64 = 8;
/// How much memory goes up and down by itself: two of the index's tables of 16 MiB.
const NOISE_BYTES: u64 = 32 << 20;

pub(crate) struct Flat {
    pub(crate) seconds: u64,
}

impl Flat {
    /// True when memory did not follow the number of executions.
    pub(crate) fn measure(&self, server: &Path) -> Result<bool> {
        let (layout, _) = Layout::all(&cpus::allowed()?)?;
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data").display().to_string();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data];
        let process = Process::start(&layout.server, server, &arguments, &[])?;
        let host = process.addr.to_string();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let machines = LocalSet::new().block_on(&runtime, async {
            let mut connection = Connection::open(process.addr).await?;
            Machines::create(&mut connection, &host, &Value::Null).await
        })?;
        let start = Start::new(&host, "StartExecution", &machines.one.arn, &machines.one.input);
        println!("executions of one Pass state that come and go ({})", layout.name);
        println!("{:>12} {:>12} {:>12}", "executions", "per second", "resident");
        let window = Duration::from_secs(self.seconds) / ROWS as u32;
        let (mut done, mut rows) = (0, Vec::new());
        for row in 0..ROWS {
            let order = Order {
                subject: Subject::OneState,
                host: host.clone(),
                start: start.clone(),
                poll: Vec::new(),
            };
            let load = Load {
                addr: process.addr,
                clients: CLIENTS,
                cpus: layout.client.clone(),
                span: Span::Time { warm_up: Duration::ZERO, window },
                order: Arc::new(order),
                run: row as u64 + 1,
            };
            let begun = Instant::now();
            let seen = load.run()?;
            let rate = seen.executions as f64 / begun.elapsed().as_secs_f64();
            process.settle()?;
            done += seen.executions;
            let resident = process.resident_bytes()?;
            println!("{done:>12} {rate:>12.0} {:>8} MiB", resident >> 20);
            rows.push((done, resident));
        }
        process.end()?;
        let ((first, before), (last, after)) = (rows[ROWS / 4 - 1], rows[ROWS - 1]);
        let (grown, executions) = (after.saturating_sub(before), last - first);
        println!(
            "{executions} executions left {} MiB in memory (at most {} MiB and {BYTES_MAX} B for each)",
            grown >> 20,
            NOISE_BYTES >> 20
        );
        Ok(grown <= NOISE_BYTES + BYTES_MAX * executions)
    }
}
