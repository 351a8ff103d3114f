//! What the server is told: flags, then the file of `--config`, then defaults.
//!
//! INVARIANT: configuration ends here; every room receives its own few named values.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use functions::FunctionsConfig;
use integrations::Roles;
use observe::{EventsSettings, LogsSettings};
use serde::Deserialize;

use super::listen::{self, Guarding};
use super::quotas::{self, AllQuotas};
use crate::say::UsageError;

const DEFAULT_LISTEN: &str = "127.0.0.1:8083";
pub(crate) const DEFAULT_DATA_DIR: &str = "./stairway-data";
const DEFAULT_ACCOUNT: &str = "000000000000";
const DEFAULT_REGION: &str = "us-east-1";
/// LIMIT: HTTP threads; more than cores only cost memory.
const THREADS_MAX: usize = 64;

/// Serve the AWS Step Functions API from a data directory
///
/// Says `stairway is listening on http://ADDRESS` on stderr once it listens. Ends cleanly
/// on SIGINT and SIGTERM: requests that run are finished, everything is on disk, and
/// executions go on at the next start. A second signal ends at once, which loses nothing
/// either. Exit code 74 means that the disk failed, 78 that a newer Stairway has written the data.
///
/// Without access keys only this machine can reach it. With --access-keys it listens wherever
/// you say and answers only who signs with one of the keys, as the aws command and the SDKs do.
/// SIGHUP reads keys and certificate again.
#[derive(clap::Args, Default)]
#[command(verbatim_doc_comment, after_long_help = FILE_HELP)]
pub(crate) struct Serve {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8083]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Where executions are kept; created when it does not exist [default: ./stairway-data]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Access keys that may sign requests: a file like ~/.aws/credentials, closed to others
    #[arg(long, value_name = "FILE")]
    pub(crate) access_keys: Option<PathBuf>,
    /// Certificate chain (PEM): clients connect with https
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM), closed to others
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Host name, beside localhost and the address, that clients reach the server by; repeatable
    #[arg(long = "allowed-host", value_name = "NAME")]
    pub(crate) allowed_hosts: Vec<String>,
    /// Answer a signature once, unless it only reads (boto3 signs equal calls of one second alike)
    #[arg(long)]
    pub(crate) refuse_replays: bool,
    /// Listen beyond this machine without access keys: whoever reaches the port may do everything
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Mock configuration of Step Functions Local: test cases, started by STATE-MACHINE-ARN#TEST-CASE
    /// [default: the file that SFN_MOCK_CONFIG names]
    #[arg(long, value_name = "FILE")]
    pub(crate) mock_config: Option<PathBuf>,
    /// File with settings (TOML, see below); flags win over it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

const FILE_HELP: &str = "\
Settings of the file (all optional, with their defaults):
  listen = \"127.0.0.1:8083\"
  data_dir = \"./stairway-data\"   # relative to the folder that the server is started in
  account = \"000000000000\"       # where a request's access key id is not 12 digits
  region = \"us-east-1\"           # where a request names none
  threads = 2                    # HTTP threads [default: one per core]
  access_keys = \"keys\"           # these are the flags of the same names
  tls_cert = \"server.pem\"
  tls_key = \"server.key\"
  allowed_hosts = [\"flows.example.com\"]
  assume_roles = false           # whether calls to AWS go as the state machine's role (see docs/howto)
  mock_config = \"mocks.json\"     # test cases, relative to the folder of this file (see docs/howto)
  [quotas]                       # AWS's by default (see docs/howto/change-quotas.md)
  payload_bytes = 262144
  [functions.charge-card]        # Lambda functions, by name or ARN (see docs/howto)
  command = [\"python3\", \"-m\", \"awslambdaric\", \"app.handler\"]
  directory = \"charge-card\"      # relative to the folder of this file
  [logs]                         # log records, and
  [events]                       # status changes of executions (see docs/howto/observe.md)";

#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) account: String,
    pub(crate) region: String,
    /// HTTP threads; none leaves the number to the API.
    pub(crate) threads: Option<usize>,
    pub(crate) roles: Roles,
    pub(crate) mock_config: Option<PathBuf>,
    pub(crate) quotas: AllQuotas,
    pub(crate) access_keys: Option<PathBuf>,
    pub(crate) refuse_replays: bool,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) functions: FunctionsConfig,
    pub(crate) logs: LogsSettings,
    pub(crate) events: EventsSettings,
}

/// Where the certificate chain and its key are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TlsFiles {
    pub(crate) certificates: PathBuf,
    pub(crate) key: PathBuf,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    account: Option<String>,
    region: Option<String>,
    threads: Option<usize>,
    mock_config: Option<PathBuf>,
    #[serde(default)]
    quotas: quotas::Table,
    #[serde(default)]
    assume_roles: bool,
    access_keys: Option<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    allowed_hosts: Option<Vec<String>>,
    #[serde(default)]
    functions: FunctionsConfig,
    #[serde(default)]
    logs: LogsSettings,
    #[serde(default)]
    events: EventsSettings,
}

impl Settings {
    pub(crate) fn read(flags: Serve) -> Result<Settings, UsageError> {
        let file = flags.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let listen = flags.listen.or(file.listen);
        let access_keys = flags.access_keys.or(file.access_keys);
        let guarding = Guarding::of(access_keys.is_some(), flags.insecure)?;
        let allowed_hosts = match flags.allowed_hosts.is_empty() {
            true => file.allowed_hosts.unwrap_or_default(),
            false => flags.allowed_hosts,
        };
        Ok(Settings {
            listen: listen::address(listen.as_deref().unwrap_or(DEFAULT_LISTEN), guarding)?,
            access_keys,
            refuse_replays: flags.refuse_replays,
            tls: tls_files(flags.tls_cert.or(file.tls_cert), flags.tls_key.or(file.tls_key))?,
            allowed_hosts: checked_hosts(allowed_hosts)?,
            data_dir: flags.data_dir.or(file.data_dir).unwrap_or_else(|| DEFAULT_DATA_DIR.into()),
            account: checked_account(file.account)?,
            region: checked_region(file.region)?,
            threads: checked_threads(file.threads)?,
            roles: roles(file.assume_roles),
            mock_config: flags.mock_config.or_else(named_by_environment).or(file.mock_config),
            quotas: file.quotas.checked()?,
            functions: file.functions,
            logs: file.logs,
            events: file.events,
        })
    }
}

/// The functions of a settings file: `stairway run` uses the file of the server, and only these of it.
pub(crate) fn functions_of(file: &Path) -> Result<FunctionsConfig, UsageError> {
    read_file(file).map(|file| file.functions)
}

fn roles(are_assumed: bool) -> Roles {
    if are_assumed { Roles::Assumed } else { Roles::Ignored }
}

fn read_file(path: &Path) -> Result<File, UsageError> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| UsageError(format!("cannot read the settings `{name}`: {error}")))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        UsageError(format!("cannot use the settings `{name}`: line {line}: {}", error.message()))
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mock_config = file.mock_config.map(|mocks| folder.join(mocks));
    Ok(File {
        functions: file.functions.relative_to(folder),
        logs: file.logs.relative_to(folder),
        events: file.events.relative_to(folder),
        mock_config,
        ..file
    })
}

/// As Step Functions Local is told of the file.
fn named_by_environment() -> Option<PathBuf> {
    std::env::var_os("SFN_MOCK_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from)
}

fn checked_account(account: Option<String>) -> Result<String, UsageError> {
    let account = account.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
    match account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(account),
        false => Err(UsageError(format!("expected `account` to be 12 digits, found `{account}`"))),
    }
}

fn checked_region(region: Option<String>) -> Result<String, UsageError> {
    let region = region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match !region.is_empty() && region.len() <= 32 && region.bytes().all(fits) {
        true => Ok(region),
        false => Err(UsageError(format!("expected `region` to be like us-east-1, found `{region}`"))),
    }
}

fn checked_threads(threads: Option<usize>) -> Result<Option<usize>, UsageError> {
    match threads {
        None | Some(1..=THREADS_MAX) => Ok(threads),
        Some(threads) => {
            Err(UsageError(format!("expected `threads` to be 1 to {THREADS_MAX}, found {threads}")))
        }
    }
}

fn tls_files(certificates: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>, UsageError> {
    match (certificates, key) {
        (Some(certificates), Some(key)) => Ok(Some(TlsFiles { certificates, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(UsageError("expected tls_key beside tls_cert, found none".to_owned())),
        (None, Some(_)) => Err(UsageError("expected tls_cert beside tls_key, found none".to_owned())),
    }
}

/// Names as they stand in URLs, without a port.
fn checked_hosts(hosts: Vec<String>) -> Result<Vec<String>, UsageError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match hosts.iter().find(|host| host.is_empty() || !host.bytes().all(fits)) {
        None => Ok(hosts),
        Some(host) => Err(UsageError(format!(
            "expected an allowed host to be a name like flows.example.com, found `{host}`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(file: &str, listen: Option<&str>) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("stairway.toml");
        std::fs::write(&config, file).unwrap();
        let flags =
            Serve { listen: listen.map(str::to_owned), config: Some(config.clone()), ..Serve::default() };
        let shorten = |error: UsageError| error.to_string().replace(&config.display().to_string(), "FILE");
        Settings::read(flags).map_err(shorten)
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file = "listen = '127.0.0.1:1'\naccount = '123456789012'\nthreads = 2\n";
        let expected = Settings {
            listen: "127.0.0.1:9".parse().unwrap(),
            data_dir: DEFAULT_DATA_DIR.into(),
            account: "123456789012".to_owned(),
            region: DEFAULT_REGION.to_owned(),
            threads: Some(2),
            roles: Roles::Ignored,
            mock_config: None,
            quotas: quotas::Table::default().checked().unwrap(),
            access_keys: None,
            refuse_replays: false,
            tls: None,
            allowed_hosts: Vec::new(),
            functions: FunctionsConfig::default(),
            logs: LogsSettings::default(),
            events: EventsSettings::default(),
        };
        assert_eq!(settings(file, Some("127.0.0.1:9")), Ok(expected));
        assert_eq!(settings(file, None).unwrap().listen, "127.0.0.1:1".parse().unwrap());
        assert_eq!(settings("assume_roles = true", None).unwrap().roles, Roles::Assumed);
    }

    #[test]
    fn an_unknown_key_is_named_with_the_known_ones() {
        assert_eq!(
            settings("listen = '127.0.0.1:1'\ndatadir = 'x'\n", None).unwrap_err(),
            "cannot use the settings `FILE`: line 2: unknown field `datadir`, expected one of `listen`, `data_dir`, \
             `account`, `region`, `threads`, `mock_config`, `quotas`, `assume_roles`, `access_keys`, `tls_cert`, `tls_key`, \
             `allowed_hosts`, `functions`, `logs`, `events`"
        );
    }

    #[test]
    fn functions_lie_beside_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("stairway.toml");
        std::fs::write(&file, "[functions]\npay = { command = ['./pay'], directory = 'code' }\n").unwrap();
        let functions = functions_of(&file).unwrap();
        let [(name, functions::FunctionConfig::Process(pay))] = functions.iter().collect::<Vec<_>>()[..]
        else {
            panic!("one process is configured")
        };
        assert_eq!((name.name(), &pay.directory), ("pay", &folder.path().join("code")));
    }

    #[test]
    fn a_mistake_in_a_function_is_told_with_its_line() {
        let refused = |file| settings(file, None).unwrap_err();
        assert_eq!(
            refused("threads = 1\n\n[functions.pay]\ntimeout_seconds = 5\n"),
            "cannot use the settings `FILE`: line 3: expected `command` or `url` of a function, found neither"
        );
        assert_eq!(
            refused("[functions.pay]\ncommand = ['x']\nurl = 'http://127.0.0.1/'\n"),
            "cannot use the settings `FILE`: line 1: expected `command` or `url` of a function, found both"
        );
        let unknown = refused("[functions.pay]\ncommand = ['x']\ntimeout = 5\n");
        assert!(unknown.contains("line 3: unknown field `timeout`, expected one of `command`"), "{unknown}");
        let name = refused("[functions.'pay now']\ncommand = ['x']\n");
        assert!(name.contains("line 1: expected a function's name"), "{name}");
    }

    #[test]
    fn values_that_cannot_be_used_are_refused() {
        let refused = |file| settings(file, None).unwrap_err();
        assert_eq!(refused("account = '12'"), "expected `account` to be 12 digits, found `12`");
        assert_eq!(refused("region = 'a b'"), "expected `region` to be like us-east-1, found `a b`");
        assert_eq!(refused("threads = 0"), "expected `threads` to be 1 to 64, found 0");
        assert_eq!(refused("tls_cert = 'a'"), "expected tls_key beside tls_cert, found none");
        assert_eq!(
            refused("allowed_hosts = ['a:1']"),
            "expected an allowed host to be a name like flows.example.com, found `a:1`"
        );
        assert!(refused("threads = 'two'").contains("line 1: invalid type"));
        assert!(refused("listen = ").contains("line 1: "));
    }
}
