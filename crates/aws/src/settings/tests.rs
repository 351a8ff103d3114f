use std::path::Path;

use super::file::{File, Format};
use super::*;

const CONFIG: &str = "\
# The first line is a comment.
[default]
region = eu-central-1   ; so is this
output=json
s3 =
  addressing_style = path
[profile  'with space']
Region = us-west-2
url = https://example/#anchor
[services local]
s3 =
    endpoint_url = http://localhost:1
[sso-session ignored]
sso_region = us-east-1
";

#[test]
fn sections_keys_and_nested_keys_are_read() {
    let file = File::parse(CONFIG, Format::Config, Path::new("config")).unwrap();
    let profile = file.profile("default").unwrap();
    assert_eq!(profile.get("region"), Some("eu-central-1"));
    assert_eq!(profile.get("s3"), None);
    assert_eq!(profile.nested("s3", "addressing_style"), Some("path"));
    let profile = file.profile("with space").unwrap();
    assert_eq!(
        (profile.get("region"), profile.get("url")),
        (Some("us-west-2"), Some("https://example/#anchor"))
    );
    assert_eq!(file.services("local").unwrap().nested("s3", "endpoint_url"), Some("http://localhost:1"));
}

#[track_caller]
fn check_malformed(text: &str, message: &str) {
    let fault = File::parse(text, Format::Config, Path::new("config")).err().unwrap();
    assert_eq!(fault.to_string(), message);
}

#[test]
fn malformed_lines_are_named_without_what_they_say() {
    check_malformed("[default\n", "config line 1: expected a section name in brackets");
    check_malformed("a = b\n", "config line 1: expected a section before the first value");
    check_malformed("[default]\nsecret\n", "config line 2: expected key = value");
    check_malformed("[default]\n  a = b\n", "config line 2: expected a key above an indented one");
}

/// Settings of a home folder with these two files.
fn settings(variables: &[(&str, &str)], config: &str, credentials: &str) -> Result<Settings, SettingsFault> {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    std::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(Environment { variables: variables.collect(), home: Some(home.path().to_owned()) }, None)
}

#[test]
fn variables_win_over_the_profile() {
    assert_eq!(settings(&[], CONFIG, "").unwrap().region().as_deref(), Some("eu-central-1"));
    let named = settings(&[("AWS_PROFILE", "with space")], CONFIG, "").unwrap();
    assert_eq!(named.region().as_deref(), Some("us-west-2"));
    let variables = &[("AWS_REGION", "one"), ("AWS_DEFAULT_REGION", "two")];
    assert_eq!(settings(variables, CONFIG, "").unwrap().region().as_deref(), Some("one"));
    let variables = &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "two"), ("AWS_USE_FIPS_ENDPOINT", "TRUE")];
    let settings = settings(variables, "", "").unwrap();
    assert_eq!(settings.region().as_deref(), Some("two"));
    assert!(settings.use_fips() && !settings.use_dual_stack());
}

#[test]
fn the_credentials_file_wins_over_the_config_file() {
    let settings = settings(&[], "[default]\na = 1\nb = 2\n", "[default]\nb = 3\n").unwrap();
    assert_eq!((settings.profile().get("a"), settings.profile().get("b")), (Some("1"), Some("3")));
}

#[test]
fn a_named_profile_must_exist_the_default_need_not() {
    assert!(settings(&[], "", "").is_ok());
    let fault = settings(&[("AWS_PROFILE", "gone")], CONFIG, "").unwrap_err();
    assert_eq!(fault.to_string(), "there is no profile gone");
}
