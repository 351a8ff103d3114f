use std::time::{Duration, SystemTime};

use super::plan::{Base, Plan, standard};
use super::{Credentials, CredentialsFault, Role, answer, container, instance, process};
use crate::environment::Environment;
use crate::settings::Settings;

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn plan(variables: &[(&str, &str)], config: &str, profile: Option<&str>) -> Result<Plan, CredentialsFault> {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment { variables: variables.collect(), home: Some(home.path().to_owned()) };
    standard(&Settings::load(environment, profile)?, NOW)
}

/// Where credentials begin, and the roles that are assumed from there, in their order.
#[track_caller]
fn check_plan(variables: &[(&str, &str)], config: &str, base: &str, roles: &[&str]) {
    let plan = plan(variables, config, None).unwrap();
    let found = match &plan.base {
        Base::Known(credentials) => format!("key {}", credentials.access_key_id),
        Base::Process(command) => format!("process {command}"),
        Base::WebIdentity(identity) => format!("token {} for {}", identity.token_file, identity.role.arn),
        Base::Container => "container".to_owned(),
        Base::Instance => "instance".to_owned(),
    };
    assert_eq!(found, base);
    assert_eq!(plan.roles.iter().map(|role| role.arn.as_str()).collect::<Vec<_>>(), roles);
}

#[track_caller]
fn check_refused(config: &str, expected: &str) {
    let fault = plan(&[("AWS_EC2_METADATA_DISABLED", "true")], config, None).unwrap_err();
    assert_eq!(fault.to_string(), expected);
}

const KEYS: &str = "aws_access_key_id = FILE\naws_secret_access_key = s\n";
const VARIABLES: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "SHELL"), ("AWS_SECRET_ACCESS_KEY", "s")];

#[test]
fn the_chain_is_variables_profile_web_identity_container_instance() {
    let keys = format!("[default]\n{KEYS}");
    let identity = [("AWS_ROLE_ARN", "arn:role"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")];
    let agent = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2");
    check_plan(&[VARIABLES[0], VARIABLES[1], identity[0], identity[1], agent], &keys, "key SHELL", &[]);
    check_plan(&[identity[0], identity[1], agent], &keys, "key FILE", &[]);
    check_plan(&[identity[0], identity[1], agent], "", "token /token for arn:role", &[]);
    check_plan(&[agent], "", "container", &[]);
    check_plan(&[], "", "instance", &[]);
    let none = plan(&[("AWS_EC2_METADATA_DISABLED", "True")], "", None);
    assert!(matches!(none, Err(CredentialsFault::None)));
}

#[test]
fn a_profile_that_was_asked_for_goes_before_the_shell() {
    let config = format!("[profile mine]\n{KEYS}");
    let Base::Known(found) = plan(&VARIABLES, &config, Some("mine")).unwrap().base else {
        panic!("expected the keys of the profile")
    };
    assert_eq!(found.access_key_id, "FILE");
}

#[test]
fn roles_are_assumed_from_the_source_on() {
    let config = format!(
        "[default]\nrole_arn = arn:top\nsource_profile = middle\n\
         [profile middle]\nrole_arn = arn:middle\nsource_profile = base\n[profile base]\n{KEYS}"
    );
    check_plan(&[], &config, "key FILE", &["arn:middle", "arn:top"]);
    let own = format!("[default]\nrole_arn = arn:own\nsource_profile = default\n{KEYS}");
    check_plan(&[], &own, "key FILE", &["arn:own"]);
    let process =
        "[default]\nrole_arn = arn:p\nsource_profile = p\n[profile p]\ncredential_process = run 'a b'\n";
    check_plan(&[], process, "process run 'a b'", &["arn:p"]);
    let token = "[default]\nrole_arn = arn:top\nsource_profile = t\n\
                 [profile t]\nrole_arn = arn:t\nweb_identity_token_file = /token\n";
    check_plan(&[], token, "token /token for arn:t", &["arn:top"]);
    let source = |name: &str| format!("[default]\nrole_arn = arn:s\ncredential_source = {name}\n");
    check_plan(&[], &source("EcsContainer"), "container", &["arn:s"]);
    check_plan(&[], &source("Ec2InstanceMetadata"), "instance", &["arn:s"]);
    let Plan { base: Base::Known(_), .. } =
        plan(&VARIABLES, &source("Environment"), Some("default")).unwrap()
    else {
        panic!("expected the keys of the variables")
    };
}

#[test]
fn a_role_has_the_details_of_its_profile() {
    let config = format!(
        "[default]\nrole_arn = arn:r\nsource_profile = default\nrole_session_name = me\nexternal_id = out\n\
         duration_seconds = 900\n{KEYS}"
    );
    let role = Role {
        arn: "arn:r".to_owned(),
        session_name: "me".to_owned(),
        external_id: Some("out".to_owned()),
        duration: Some(Duration::from_secs(900)),
    };
    assert_eq!(plan(&[], &config, None).unwrap().roles, [role]);
    let plain = format!("[default]\nrole_arn = arn:r\nsource_profile = default\n{KEYS}");
    assert_eq!(plan(&[], &plain, None).unwrap().roles[0].session_name, "stairway-0");
}

#[test]
fn configurations_that_cannot_work_are_refused_with_their_reason() {
    check_refused(
        "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nrole_arn = b\nsource_profile = default\n",
        "the source_profile of default leads in a circle",
    );
    check_refused(
        "[default]\nrole_arn = a\nsource_profile = gone\n",
        "there is no profile gone, which is a source_profile",
    );
    check_refused(
        "[default]\nrole_arn = a\n",
        "expected either source_profile or credential_source beside the role_arn of the profile default",
    );
    check_refused(
        "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nregion = r\n",
        "the profile b has no credentials for a role",
    );
    check_refused(
        "[default]\nrole_arn = a\ncredential_source = Magic\n",
        "expected Environment, EcsContainer or Ec2InstanceMetadata as credential_source of the profile default, \
         found Magic",
    );
    check_refused(
        "[default]\nrole_arn = a\nsource_profile = b\nmfa_serial = m\n",
        "the profile default wants a code of an MFA device: there is nobody to ask",
    );
    check_refused(
        "[default]\nsso_session = s\n",
        "the profile default signs in with a browser (sso_session), which is not supported here: use \
         credential_process = aws configure export-credentials --profile default in another profile",
    );
    check_refused(
        "[default]\naws_access_key_id = a\n",
        "the profile default has an aws_access_key_id and no secret beside it",
    );
    let half = plan(&VARIABLES[..1], "", None).unwrap_err();
    assert_eq!(half.to_string(), "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
}

#[test]
fn commands_are_split_as_a_shell_would_and_not_run_by_one() {
    for (command, expected) in [
        ("run a  b", Some(vec!["run", "a", "b"])),
        (r#"'a b' "c 'd'" e\ f"#, Some(vec!["a b", "c 'd'", "e f"])),
        (r#"a'b'"c" '' "\"""#, Some(vec!["abc", "", "\""])),
        (r"'a\b' $HOME;x", Some(vec![r"a\b", "$HOME;x"])),
        ("a 'b", None),
        ("a \\", None),
        ("  ", Some(vec![])),
    ] {
        let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(process::words(command), expected, "{command}");
    }
}

#[track_caller]
fn check_agent(variable: &str, value: &str, expected: Option<&str>) {
    let uri = container::uri(&Environment::from([(variable, value)]));
    assert_eq!(uri.ok().map(|uri| uri.to_string()).as_deref(), expected, "{value}");
}

#[test]
fn the_token_of_a_pod_goes_to_its_agent_only() {
    let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    check_agent(relative, "/v2/x?y", Some("http://169.254.170.2/v2/x?y"));
    check_agent(relative, "@evil.example/", None);
    check_agent(relative, ".evil.example/", None);
    for uri in [
        "http://169.254.170.23/v1/credentials",
        "http://127.0.0.9/x",
        "http://localhost:8080/x",
        "http://[::1]/x",
        "http://[fd00:ec2::23]/x",
        "https://far.example/x",
    ] {
        check_agent("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri, Some(uri));
    }
    for uri in
        ["http://far.example/x", "http://169.254.169.254/x", "http://[fd00:ec2::234]/x", "ftp://a/", "x y"]
    {
        check_agent("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri, None);
    }
}

#[test]
fn the_metadata_of_an_instance_is_where_it_is_configured() {
    let endpoint = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        instance::endpoint(&Environment { variables: variables.collect(), home: None })
    };
    assert_eq!(endpoint(&[]), "http://169.254.169.254");
    assert_eq!(endpoint(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6")]), "http://[fd00:ec2::254]");
    assert_eq!(
        endpoint(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://localhost:1338/")]),
        "http://localhost:1338"
    );
}

#[test]
fn answers_become_credentials_or_say_what_they_lack() {
    let read = |body: &str| answer::credentials(body.as_bytes(), "Token", "a test");
    let good = r#"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"1970-01-01T00:01:00Z","AccountId":"1"}"#;
    let found = read(good).unwrap();
    assert_eq!(found.session_token.as_deref(), Some("T"));
    assert_eq!((found.expires, found.account_id()), (Some(NOW + Duration::from_secs(60)), Some("1")));
    for (body, lacks) in [
        ("<html>", "JSON"),
        (r#"{"SecretAccessKey":"S"}"#, "an AccessKeyId"),
        (r#"{"AccessKeyId":"A","SecretAccessKey":""}"#, "a SecretAccessKey"),
        (r#"{"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"soon"}"#, "an Expiration as a date"),
    ] {
        assert_eq!(read(body).unwrap_err().to_string(), format!("expected {lacks} from a test"));
    }
}

#[test]
fn secrets_are_not_shown() {
    let credentials = Credentials::new("AKID", "hidden-secret", Some("hidden-token".to_owned()));
    let shown = format!("{credentials:?}");
    assert!(shown.contains("AKID") && !shown.contains("hidden"), "{shown}");
}
