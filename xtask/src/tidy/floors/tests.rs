//! The floor table read and compared, with good and with bad inputs.

use serde_json::json;

use super::*;

const TABLE: &str = "\
# House

## Floors

Words before the table.

| floor | crate | may depend on | what it is |
| --- | --- | --- | --- |
| 2 | `engine` | `asl`, store; dev: store-disk | loops |
| 1 | asl | nothing | language |
| 1 | store-disk | store | files |
| 0 | store | — | contract |
| off | simulation | engine, store | seeds |

## Next
| not | a | floor | row |
";

fn crates(edges: &[(&str, &[&str], &[&str])]) -> BTreeMap<String, Crate> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let of = |(name, normal, dev): &(&str, &[&str], &[&str])| {
        ((*name).to_owned(), Crate { depends_on: set(normal), in_tests: set(dev) })
    };
    edges.iter().map(of).collect()
}

/// The mistakes of the table above against these crates, without their lines.
#[track_caller]
fn check_crates(edges: &[(&str, &[&str], &[&str])], expected: &[&str]) {
    let table = parse(TABLE).unwrap();
    let messages: Vec<String> =
        check(&table, &crates(edges)).into_iter().map(|(_, message)| message).collect();
    assert_eq!(messages, expected);
}

#[track_caller]
fn check_bad_table(document: &str, line: Option<usize>, part: &str) {
    let mistakes = parse(document).unwrap_err();
    let [(at, message)] = mistakes.as_slice() else { panic!("expected one mistake, found {mistakes:?}") };
    assert_eq!(*at, line);
    assert!(message.contains(part), "{message}");
}

const AS_DRAWN: &[(&str, &[&str], &[&str])] = &[
    ("engine", &["asl", "store"], &["store-disk"]),
    ("asl", &[], &[]),
    ("store-disk", &["store"], &[]),
    ("store", &[], &[]),
    ("simulation", &["engine"], &[]),
];

fn with(
    name: &'static str,
    normal: &'static [&'static str],
    dev: &'static [&'static str],
) -> Vec<(&'static str, &'static [&'static str], &'static [&'static str])> {
    AS_DRAWN.iter().map(|row| if row.0 == name { (name, normal, dev) } else { *row }).collect()
}

#[test]
fn a_house_as_drawn_has_no_mistakes() {
    check_crates(AS_DRAWN, &[]);
}

#[test]
fn looking_up_fails() {
    check_crates(&with("store", &["engine"], &[]), &["`store` (floor 0) looks up to `engine` (floor 2)"]);
}

#[test]
fn looking_sideways_fails() {
    check_crates(
        &with("asl", &["store-disk"], &[]),
        &["`asl` looks sideways to `store-disk`: both are on floor 1"],
    );
}

#[test]
fn a_new_stair_fails_even_downwards() {
    check_crates(
        &with("asl", &["store"], &[]),
        &["`asl` depends on `store`: a new stair needs a decision record and its row changed"],
    );
}

#[test]
fn a_dependency_for_tests_only_is_not_one_for_the_product() {
    check_crates(
        &with("engine", &["store-disk"], &[]),
        &["`engine` depends on `store-disk`: a new stair needs a decision record and its row changed"],
    );
}

#[test]
fn a_test_dependency_that_is_not_listed_fails() {
    check_crates(
        &with("store", &[], &["engine"]),
        &["the tests of `store` depend on `engine`: say `; dev: engine` in its row"],
    );
}

#[test]
fn nothing_depends_on_what_is_off_the_stairs() {
    check_crates(
        &with("engine", &["simulation"], &[]),
        &["`engine` depends on `simulation`, which is off the stairs"],
    );
}

#[test]
fn a_crate_without_a_row_and_a_row_without_a_crate_fail() {
    let mut edges = AS_DRAWN.to_vec();
    edges.retain(|row| row.0 != "asl");
    edges.push(("cli", &[], &[]));
    check_crates(
        &edges,
        &[
            "the floor table names `asl`, which is no crate here",
            "the crate `cli` has no row in the floor table",
        ],
    );
}

#[test]
fn a_row_may_not_name_what_has_no_row() {
    let table = parse(&TABLE.replace("| 1 | asl | nothing |", "| 1 | asl | jsonata |")).unwrap();
    let mistakes = check(&table, &crates(AS_DRAWN));
    assert_eq!(
        mistakes,
        [(Some(10), "`asl` may depend on `jsonata`, which has no row in the table".to_owned())]
    );
}

#[test]
fn bad_tables_say_where_and_what() {
    check_bad_table("# House\n", None, "expected a heading `## Floors`");
    check_bad_table("## Floors\nno table\n## Next\n| a |\n| --- |\n", None, "expected a table");
    check_bad_table("## Floors\n| floor | room |\n| --- | --- |\n", Some(2), "expected the columns");
    check_bad_table(
        &TABLE.replace("| --- | --- | --- | --- |", "| 1 | a | b | c |"),
        Some(8),
        "a line of dashes",
    );
    check_bad_table(&TABLE.replace("| 1 | asl |", "| first | asl |"), Some(10), "found `first`");
    check_bad_table(&TABLE.replace("| 1 | asl | nothing |", "| 1 | asl |"), Some(10), "expected 4 cells");
    check_bad_table(&TABLE.replace("| 1 | asl |", "| 1 | the language |"), Some(10), "the name of one crate");
    check_bad_table(&TABLE.replace("`asl`, store;", "asl and store;"), Some(9), "commas between them");
    check_bad_table(&TABLE.replace("| 1 | asl |", "| 1 | store |"), Some(13 - 1), "twice");
}

#[test]
fn metadata_is_read_by_folder_and_kind() {
    let metadata = json!({"packages": [
        {"name": "stairway", "manifest_path": "/x/crates/cli/Cargo.toml", "dependencies": [
            {"name": "stairway-engine", "path": "/x/crates/engine", "kind": null},
            {"name": "stairway-store", "path": "/x/crates/store", "kind": "dev"},
            {"name": "tokio", "kind": null},
        ]},
    ]});
    assert_eq!(crates_of(&metadata).unwrap(), crates(&[("cli", &["engine"], &["store"])]));
}
