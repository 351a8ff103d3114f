use super::*;

#[derive(Deserialize)]
struct File {
    functions: FunctionsConfig,
}

fn read(text: &str) -> Result<FunctionsConfig, String> {
    toml::from_str(text).map(|file: File| file.functions).map_err(|error| error.message().to_owned())
}

/// The one function of a table with these lines.
fn one(lines: &str) -> Result<FunctionConfig, String> {
    let config = read(&format!("[functions.pay]\n{lines}"))?;
    Ok(config.iter().next().unwrap().1.clone())
}

#[track_caller]
fn check_refused(lines: &str, message: &str) {
    let found = one(lines).unwrap_err();
    assert!(found.contains(message), "expected `{message}` in `{found}`");
}

#[test]
fn what_is_not_said_is_as_lambda_has_it() {
    let FunctionConfig::Process(process) =
        one("command = ['python3', '-m', 'awslambdaric', 'app.handler']").unwrap()
    else {
        panic!("a command makes a process")
    };
    assert_eq!(process.timeout, Duration::from_secs(3));
    assert_eq!(process.memory_size, 128);
    assert_eq!(process.handler, "app.handler");
    assert_eq!(process.directory, Path::new("."));
    assert!(!process.reload);
}

#[test]
fn names_and_arns_are_keys() {
    let config = read(
        "[functions]\n\
         pay = { command = ['./pay'] }\n\
         'pay:prod' = { url = 'http://127.0.0.1:8080/' }\n\
         'arn:aws:lambda:us-east-1:123456789012:function:ship' = { command = ['./ship'] }\n",
    )
    .unwrap();
    let names: Vec<String> = config.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["pay", "pay:prod", "arn:aws:lambda:us-east-1:123456789012:function:ship"]);
    assert!(
        read("[functions.'a b']\ncommand = ['x']").unwrap_err().contains(
            "expected a function's name (`charge-card`, `charge-card:prod`) or its ARN, found `a b`"
        )
    );
}

#[test]
fn folders_lie_beside_the_file() {
    let config = read(
        "[functions]\n\
         a = { command = ['x'], directory = 'code' }\n\
         b = { command = ['x'], directory = '/srv/code' }\n",
    )
    .unwrap()
    .relative_to(Path::new("/etc/stairway"));
    let folders: Vec<&Path> = config
        .iter()
        .map(|(_, function)| match function {
            FunctionConfig::Process(process) => process.directory.as_path(),
            FunctionConfig::Url(_) => panic!("both are processes"),
        })
        .collect();
    assert_eq!(folders, [Path::new("/etc/stairway/code"), Path::new("/srv/code")]);
}

#[test]
fn a_function_has_a_command_or_a_url() {
    check_refused("timeout_seconds = 3", "expected `command` or `url` of a function, found neither");
    check_refused(
        "command = ['x']\nurl = 'http://127.0.0.1/'",
        "expected `command` or `url` of a function, found both",
    );
    check_refused("command = []", "expected a program in `command`, found an empty list");
    check_refused("command = ['']", "expected a program in `command`, found an empty text");
    check_refused("command = 'x'", "invalid type: string \"x\", expected a sequence");
    check_refused("command = ['x']\ntimeout = 3", "unknown field `timeout`, expected one of `command`");
}

#[test]
fn numbers_have_bounds() {
    let refused = |line: &str, message: &str| check_refused(&format!("command = ['x']\n{line}"), message);
    refused("timeout_seconds = 901", "expected `timeout_seconds` to be 1 to 900, found 901");
    refused("timeout_seconds = 0", "expected `timeout_seconds` to be 1 to 900, found 0");
    refused("concurrency = 0", "expected `concurrency` to be 1 to 1000, found 0");
    refused("queue = 10001", "expected `queue` to be 0 to 10000, found 10001");
    refused("memory_size = 64", "expected `memory_size` to be 128 to 10240, found 64");
    refused("idle_seconds = 0", "expected `idle_seconds` to be 1 to 86400, found 0");
}

#[test]
fn the_environment_leaves_our_variables_alone() {
    let refused = |line: &str, message: &str| check_refused(&format!("command = ['x']\n{line}"), message);
    let ours = "expected no `AWS_LAMBDA_RUNTIME_API` in the environment of a function: Stairway sets it";
    refused("environment = { AWS_LAMBDA_RUNTIME_API = 'x' }", ours);
    refused("pass_environment = ['AWS_LAMBDA_RUNTIME_API']", ours);
    refused("environment = { 'A=B' = 'x' }", "expected the name of a variable, found `A=B`");
}

#[test]
fn an_address_has_nothing_of_a_process() {
    check_refused(
        "url = 'http://127.0.0.1:1/'\ndirectory = 'x'",
        "expected `directory` only beside `command`, found it beside `url`",
    );
    check_refused(
        "url = 'https://example.com/'",
        "expected a `url` like http://127.0.0.1:8080/charge, found `https://example.com/`",
    );
}
