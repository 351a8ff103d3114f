//! The environment of a function's process: what Lambda sets, what the configuration says, and a few words
//! of the surroundings. Nothing else: no credential of the server's reaches a function by itself.
//!
//! INVARIANT: the variables that name the Runtime API and the function are always Stairway's.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use crate::config::ProcessConfig;

pub(crate) type Environment = BTreeMap<OsString, OsString>;

/// What every program may know of the machine and its user.
const PASSED_ON: &[&str] = &["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "USER", "LOGNAME"];

/// What only Stairway sets.
const OURS: &[&str] = &[
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

pub(crate) fn is_ours(name: &str) -> bool {
    OURS.contains(&name)
}

/// What a process is told about itself.
pub(crate) struct Identity<'a> {
    pub(crate) function: &'a str,
    pub(crate) directory: &'a Path,
    pub(crate) version: &'a str,
    pub(crate) region: &'a str,
    pub(crate) log_stream: &'a str,
    pub(crate) runtime_api: SocketAddr,
}

pub(crate) fn of_process(
    config: &ProcessConfig,
    surroundings: &Environment,
    identity: &Identity<'_>,
) -> Environment {
    let mut environment = Environment::new();
    let passed_on = PASSED_ON.iter().copied().chain(config.pass_environment.iter().map(String::as_str));
    for name in passed_on {
        if let Some((name, value)) = surroundings.get_key_value(std::ffi::OsStr::new(name)) {
            environment.insert(name.clone(), value.clone());
        }
    }
    let mut set = |name: &str, value: OsString| environment.insert(name.into(), value);
    // As in Lambda, where it can be configured away.
    set("TZ", ":UTC".into());
    for (name, value) in &config.environment {
        set(name, value.into());
    }
    let Identity { function, directory, version, region, log_stream, runtime_api } = identity;
    set("AWS_DEFAULT_REGION", region.into());
    set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", config.memory_size.to_string().into());
    set("AWS_LAMBDA_FUNCTION_NAME", function.into());
    set("AWS_LAMBDA_FUNCTION_VERSION", version.into());
    set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
    set("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{function}").into());
    set("AWS_LAMBDA_LOG_STREAM_NAME", log_stream.into());
    set("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string().into());
    set("AWS_REGION", region.into());
    set("LAMBDA_TASK_ROOT", directory.as_os_str().to_owned());
    set("_HANDLER", config.handler.clone().into());
    environment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FunctionConfig;

    fn environment(lines: &str, surroundings: &[(&str, &str)]) -> BTreeMap<String, String> {
        let FunctionConfig::Process(config) = toml::from_str(lines).unwrap() else {
            panic!("the lines configure a process")
        };
        let surroundings = surroundings.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let identity = Identity {
            function: "pay",
            directory: Path::new("/srv/pay"),
            version: "$LATEST",
            region: "eu-west-1",
            log_stream: "2026/01/02/[$LATEST]0123",
            runtime_api: "127.0.0.1:9001".parse().unwrap(),
        };
        let text = |text: OsString| text.into_string().unwrap();
        let all = of_process(&config, &surroundings, &identity).into_iter();
        all.map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn a_function_knows_itself_as_in_lambda() {
        let found = environment("command = ['x', 'app.handler']\nmemory_size = 512", &[]);
        for (name, value) in [
            ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
            ("AWS_LAMBDA_FUNCTION_NAME", "pay"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/pay"),
            ("AWS_REGION", "eu-west-1"),
            ("_HANDLER", "app.handler"),
            ("LAMBDA_TASK_ROOT", "/srv/pay"),
            ("TZ", ":UTC"),
        ] {
            assert_eq!(found[name], value, "{name}");
        }
    }

    #[test]
    fn secrets_of_the_server_stay_with_it_unless_they_are_named() {
        let surroundings = [("PATH", "/bin"), ("AWS_SECRET_ACCESS_KEY", "s"), ("DATABASE_URL", "d")];
        let found =
            environment("command = ['x']\npass_environment = ['DATABASE_URL', 'NONE']", &surroundings);
        assert_eq!(found["PATH"], "/bin");
        assert_eq!(found["DATABASE_URL"], "d");
        assert!(!found.contains_key("AWS_SECRET_ACCESS_KEY"));
        assert!(!found.contains_key("NONE"));
    }

    #[test]
    fn the_configuration_wins_over_the_surroundings() {
        let found =
            environment("command = ['x']\nenvironment = { PATH = '/x', TZ = 'CET' }", &[("PATH", "/bin")]);
        assert_eq!((found["PATH"].as_str(), found["TZ"].as_str()), ("/x", "CET"));
    }
}
