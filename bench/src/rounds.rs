//! The story of a measurement: rounds, in each a fresh server, one with slow sinks, and an empty handler on the
//! same processors, one point after the other.
//!
//! A fresh data directory each round keeps rounds alike; the two take turns within seconds, so that what
//! else the machine does meets both. Costs (processor time, bytes, flushes) are those of a whole run:
//! warm-up, and what the server works off afterwards, over all executions; rates are of the window only.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::clients::{Order, Seen};
use crate::connection::Connection;
use crate::cpus::{self, Layout};
use crate::device::Device;
use crate::load::{Load, Span};
use crate::machines::Machines;
use crate::perf::SyncCount;
use crate::plan::{self, Plan, Point, Subject};
use crate::process::Process;
use crate::request::{self, Start};

#[derive(Default)]
pub(crate) struct Results {
    pub(crate) layouts: Vec<LayoutResults>,
    /// Where bytes were counted, or why not at a device.
    pub(crate) bytes_from: String,
    /// Runs that went wrong: they are in no figure.
    pub(crate) faults: Vec<String>,
}

pub(crate) struct LayoutResults {
    pub(crate) layout: Layout,
    /// In the order of the plan; one per round that went well.
    pub(crate) points: BTreeMap<Point, Vec<Option<Measured>>>,
    pub(crate) resident_bytes: Vec<u64>,
    /// Of a run of its own with the one-state machine at the most clients, or why not.
    pub(crate) syncs_per_execution: Result<f64, String>,
}

/// A server that tells a slow sink of everything.
struct SlowSinks {
    server: Process,
    sink: Process,
    machines: Machines,
}

/// One run at one point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) rate: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) cpu_us: f64,
    pub(crate) bytes: f64,
    pub(crate) flushes: Option<f64>,
    /// The share of executions whose end took the long poll.
    pub(crate) polled: f64,
}

/// The processes of a round.
struct Stage<'a> {
    layout: &'a Layout,
    plan: &'a Plan,
    server: Process,
    handler: Process,
    machines: Machines,
    slow: SlowSinks,
    device: Option<Device>,
    runs: u64,
    _data: tempfile::TempDir,
}

pub(crate) fn measure(binary: &Path, plan: &Plan) -> Result<Results> {
    let (main, server_bound) = Layout::all(&cpus::allowed()?)?;
    let mut results = Results::default();
    let layouts =
        [Some((main, plan::all_points())), server_bound.map(|layout| (layout, plan::server_bound_points()))];
    for (layout, mut points) in layouts.into_iter().flatten() {
        points.retain(|point| plan.includes(*point));
        let mut found = LayoutResults {
            layout: layout.clone(),
            points: points.iter().map(|point| (*point, Vec::new())).collect(),
            resident_bytes: Vec::new(),
            syncs_per_execution: Err("not counted".to_owned()),
        };
        for round in 1..=plan.rounds {
            eprintln!("bench: {}, round {round} of {}", layout.name, plan.rounds);
            let mut stage = Stage::set(binary, &layout, plan)?;
            results.bytes_from = stage.bytes_from();
            for point in &points {
                let measured = stage.measure(*point);
                if let Err(error) = &measured {
                    let title = point.subject.title();
                    results
                        .faults
                        .push(format!("{}, {title}, {} clients: {error:#}", layout.name, point.clients));
                }
                found.points.entry(*point).or_default().push(measured.ok());
            }
            found.resident_bytes.push(stage.server.resident_bytes()?);
            if round == plan.rounds {
                found.syncs_per_execution = stage.count_syncs().map_err(|error| format!("{error:#}"));
            }
            stage.strike()?;
        }
        results.layouts.push(found);
    }
    Ok(results)
}

impl<'a> Stage<'a> {
    fn set(binary: &Path, layout: &'a Layout, plan: &'a Plan) -> Result<Stage<'a>> {
        // Beside the binary: /tmp may be memory, where a sync costs nothing.
        let beside = binary.parent().context("the server's binary lies in a folder")?;
        let data = tempfile::Builder::new().prefix("bench-data-").tempdir_in(beside)?;
        let folder = data.path().to_str().context("the target folder has a name in UTF-8")?;
        let threads = plan.http_threads.map_or_else(String::new, |threads| format!("threads = {threads}\n"));
        let (settings, data_dir) = (format!("{folder}/bench.toml"), format!("{folder}/data"));
        std::fs::write(&settings, threads)?;
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data_dir, "--config", &settings];
        let server = Process::start(&layout.server, binary, &arguments, &[])?;
        let threads = layout.server.len().to_string();
        let this = std::env::current_exe()?;
        let handler = Process::start(&layout.server, &this, &["handler", "--threads", &threads], &[])?;
        let machines = prepare(&server, &json!({"level": "OFF"}))?;
        let slow = SlowSinks::set(binary, layout, folder, plan)?;
        let device = Device::below(data.path())?;
        Ok(Stage { layout, plan, server, handler, machines, slow, device, runs: 0, _data: data })
    }

    fn bytes_from(&self) -> String {
        match &self.device {
            Some(device) => format!("device {}, everybody's writes included", device.name),
            None => "/proc/PID/io, which counts pages made dirty: no block device below the data".to_owned(),
        }
    }

    fn measure(&mut self, point: Point) -> Result<Measured> {
        let span = match point.subject {
            Subject::Map => Span::Executions(self.plan.maps),
            _ => Span::Time { warm_up: self.plan.warm_up, window: self.plan.window },
        };
        let load = self.load(point, span);
        let under_load = match point.subject {
            subject if subject.is_yardstick() => &self.handler,
            subject if subject.has_slow_sinks() => &self.slow.server,
            _ => &self.server,
        };
        let before = Costs::of(under_load, self.device.as_ref())?;
        let seen = load.run()?;
        under_load.settle()?;
        let after = Costs::of(under_load, self.device.as_ref())?;
        measured(&seen, point, span, before, after)
    }

    fn load(&mut self, point: Point, span: Span) -> Load {
        self.runs += 1;
        let (addr, machines) = match point.subject {
            subject if subject.is_yardstick() => (self.handler.addr, &self.machines),
            subject if subject.has_slow_sinks() => (self.slow.server.addr, &self.slow.machines),
            _ => (self.server.addr, &self.machines),
        };
        let host = addr.to_string();
        let machine = machines.of(point.subject);
        let start = Start::new(&host, point.subject.operation(), &machine.arn, &machine.input);
        let poll = request::get_activity_task(&host, &machines.activity_arn);
        let order = Arc::new(Order { subject: point.subject, host, start, poll });
        Load { addr, clients: point.clients, cpus: self.layout.client.clone(), span, order, run: self.runs }
    }

    fn count_syncs(&mut self) -> Result<f64> {
        let counting = SyncCount::begin(self.server.id())?;
        let span = Span::Time { warm_up: Duration::ZERO, window: self.plan.window };
        let seen = self.load(Point { subject: Subject::OneState, clients: 256 }, span).run()?;
        Ok(counting.end()? as f64 / seen.executions.max(1) as f64)
    }

    fn strike(self) -> Result<()> {
        self.server.end()?;
        self.slow.server.end()?;
        self.slow.sink.end()?;
        self.handler.end()
    }
}

impl SlowSinks {
    fn set(binary: &Path, layout: &Layout, folder: &str, plan: &Plan) -> Result<SlowSinks> {
        // Beside the load: a sink takes nothing from the server but what the server gives it.
        let sink = Process::start(&layout.client, &std::env::current_exe()?, &["sink"], &[])?;
        let url = format!("http://{}", sink.addr);
        let threads = plan.http_threads.map_or_else(String::new, |threads| format!("threads = {threads}\n"));
        let (settings, data_dir) = (format!("{folder}/slow.toml"), format!("{folder}/slow-data"));
        let events = format!("{threads}[events]\nevent_bus = \"default\"\nwebhook = \"{url}/\"\n");
        std::fs::write(&settings, events)?;
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--data-dir", &data_dir, "--config", &settings];
        let variables =
            [("AWS_ENDPOINT_URL", &*url), ("AWS_ACCESS_KEY_ID", "bench"), ("AWS_SECRET_ACCESS_KEY", "bench")];
        let server = Process::start(&layout.server, binary, &arguments, &variables)?;
        let group = json!({"logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:bench:*"});
        let logging = json!({
            "level": "ALL", "includeExecutionData": true, "destinations": [{"cloudWatchLogsLogGroup": group}],
        });
        let machines = prepare(&server, &logging)?;
        Ok(SlowSinks { server, sink, machines })
    }
}

fn prepare(server: &Process, logging: &Value) -> Result<Machines> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(server.addr).await?;
        Machines::create(&mut connection, &server.addr.to_string(), logging).await
    })
}

/// What a process and its disk have cost so far.
struct Costs {
    cpu: Duration,
    bytes: u64,
    flushes: Option<u64>,
}

impl Costs {
    fn of(process: &Process, device: Option<&Device>) -> Result<Costs> {
        let written = device.map(Device::written).transpose()?;
        let bytes = match written {
            Some(written) => written.bytes,
            None => process.written_bytes()?,
        };
        Ok(Costs { cpu: process.cpu()?, bytes, flushes: written.map(|written| written.flushes) })
    }
}

fn measured(seen: &Seen, point: Point, span: Span, before: Costs, after: Costs) -> Result<Measured> {
    let p50_ms = seen.latencies.quantile_ms(0.5).context("no execution ran in the window")?;
    let rate = match span {
        Span::Time { window, .. } => seen.in_window as f64 / window.as_secs_f64(),
        // So few have no rate but the one that their time gives.
        Span::Executions(_) => point.clients as f64 * 1e3 / p50_ms,
    };
    let each = |cost: u64| cost as f64 / seen.executions as f64;
    Ok(Measured {
        rate,
        p50_ms,
        p99_ms: seen.latencies.quantile_ms(0.99).unwrap_or(p50_ms),
        max_ms: seen.latencies.quantile_ms(1.0).unwrap_or(p50_ms),
        cpu_us: (after.cpu - before.cpu).as_secs_f64() * 1e6 / seen.executions as f64,
        bytes: each(after.bytes.saturating_sub(before.bytes)),
        flushes: after.flushes.zip(before.flushes).map(|(after, before)| each(after.saturating_sub(before))),
        polled: each(seen.polled),
    })
}
