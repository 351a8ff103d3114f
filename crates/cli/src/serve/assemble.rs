//! Puts the rooms together: disk store, functions, integrations, observers, engine, HTTP doors.
//!
//! INVARIANT: this is the only place of the server that names a concrete store.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use api::{Access, ApiConfig, SecretKey, Server, TestCases};
use engine::{Config, Engine};
use functions::Functions;
use integrations::{KnownServices, OwnApi};
use observe::Observe;
use store::Store;
use store_disk::{DiskStore, Options};

use super::config::Settings;
use super::door::Door;
use super::mock_config::MockConfig;
use super::telemetry::{self, Counted};
use super::{quota_watch, shutdown};
use crate::say::{self, UsageError};
use crate::{local_functions, outside};

pub(super) struct House {
    pub(super) engine: Engine,
    pub(super) server: Server,
    /// Where the server itself asks, if the other one asks for keys or speaks TLS.
    pub(super) own_server: Option<Server>,
    pub(super) functions: Functions,
    pub(super) observe: Observe,
    pub(super) door: Door,
}

impl House {
    /// Where it listens; the port is the real one.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.door.scheme(), self.server.local_addr())
    }
}

pub(super) fn assemble(settings: &Settings) -> anyhow::Result<House> {
    // First: what is wrong with keys and certificates is told before anything begins.
    let door = Door::open(settings)?;
    let test_cases = test_cases(settings.mock_config.clone())?;
    let folder = &settings.data_dir;
    let store = DiskStore::open(folder, Options::default())
        .with_context(|| format!("cannot open the data directory `{}`", folder.display()))?;
    let store = Arc::new(store);
    let observe = telemetry::start(settings)?;
    let functions = local_functions::start(settings.functions.clone(), |line| say::line(&line))?;
    let integrations = outside::integrations(functions.clone(), settings.roles)?;
    let config = Config {
        shards: shards(),
        on_fault: Arc::new(shutdown::end_for_fault),
        runner: Some(Arc::new(integrations.clone())),
        services: Arc::new(KnownServices),
        observer: Some(Arc::new(observe.clone())),
        limits: settings.quotas.limits,
        quotas: settings.quotas.quotas,
        ..Config::default()
    };
    let engine =
        Engine::start(Arc::clone(&store) as Arc<dyn Store>, config).context("the engine did not start")?;
    let counted = Counted { observe: observe.clone(), store, engine: engine.clone() };
    let defaults = ApiConfig::default();
    let config = ApiConfig {
        default_account: settings.account.clone(),
        default_region: settings.region.clone(),
        threads: settings.threads.unwrap_or(defaults.threads),
        allowed_hosts: settings.allowed_hosts.clone(),
        access: door.access(),
        refuse_replays: settings.refuse_replays,
        tls: door.tls(),
        telemetry: Some(Arc::new(counted)),
        test_cases,
        quotas: settings.quotas.api,
        throttle: settings.quotas.throttling.then(Arc::default),
    };
    quota_watch::watch(engine.clone()).context("cannot start the thread of the quotas")?;
    let server = Server::bind(settings.listen, engine.clone(), config.clone())?;
    let secret = own_secret()?;
    let own_server = match settings.listen.ip().is_loopback() && door.is_open() {
        true => None,
        false => Some(own_server(&engine, config, &secret)?),
    };
    let own_address = own_server.as_ref().unwrap_or(&server).local_addr();
    integrations.listens(OwnApi { url: format!("http://{own_address}"), secret });
    Ok(House { engine, server, own_server, functions, observe, door })
}

/// For nested executions: on this machine, for nobody who does not know the secret of this process.
fn own_server(engine: &Engine, config: ApiConfig, secret: &SecretKey) -> anyhow::Result<Server> {
    let config = ApiConfig {
        threads: 1,
        access: Access::Bearer(secret.clone()),
        refuse_replays: false,
        tls: None,
        ..config
    };
    Ok(Server::bind((Ipv4Addr::LOCALHOST, 0).into(), engine.clone(), config)?)
}

fn own_secret() -> anyhow::Result<SecretKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("cannot get entropy from the operating system")?;
    Ok(SecretKey::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// The file is looked at before anything starts, so that whoever wrote it hears of a mistake at once.
fn test_cases(file: Option<PathBuf>) -> anyhow::Result<Option<Arc<dyn TestCases>>> {
    let Some(file) = file else { return Ok(None) };
    let config = MockConfig(file);
    config.check().map_err(UsageError)?;
    Ok(Some(Arc::new(config)))
}

/// One shard keeps about two HTTP cores busy (`design/performance.md` E.6).
fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}
