//! Golden bytes of the catalog: what was ever stored reads back for ever.

use asl::definition::MachineType;

use super::*;

const MACHINE_ARN: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

fn check_form(written: impl Serialize, bytes: &[u8]) {
    assert_eq!(encode(&written).as_ref(), bytes);
}

#[test]
fn keys_are_written_and_read_back_the_same() {
    let keys = [
        (Key::Machine(7), [&b"m"[..], &7u128.to_be_bytes()].concat()),
        (Key::Revision(7, 2), [&b"r"[..], &7u128.to_be_bytes(), &[0, 0, 0, 2]].concat()),
        (Key::Version(7, 2), [&b"v"[..], &7u128.to_be_bytes(), &[0, 0, 0, 0, 0, 0, 0, 2]].concat()),
        (Key::Alias(7, "PROD".into()), [&b"l"[..], &7u128.to_be_bytes(), b"PROD"].concat()),
        (Key::Secret(b't'), b"kt".to_vec()),
    ];
    for (key, bytes) in keys {
        assert_eq!(*key.bytes(), *bytes);
        assert_eq!(Key::read(&bytes), Some(key));
    }
    assert_eq!(Key::read(b"v1"), None);
    assert_eq!(Key::read(b"?"), None);
}

#[test]
fn stored_forms_keep_their_bytes() {
    let arn: StateMachineArn = MACHINE_ARN.parse().unwrap();
    check_form(
        StoredMachine {
            arn,
            machine_type: MachineType::Standard,
            created_ms: 1,
            deleting: false,
            deleted: true,
            revision: 2,
            tags: Vec::new(),
        },
        b"\x01\x03aws\x09us-east-1\x0c000000000000\x01m\x00\x02\x00\x01\x02\x00",
    );
    check_form(
        StoredRevision {
            role_arn: "r".into(),
            definition: "{}".into(),
            logging: Some("l".into()),
            tracing: None,
            encryption: None,
            revision_id: Some("i".into()),
            updated_ms: -1,
        },
        b"\x01\x01r\x02{}\x01\x01l\x00\x00\x01\x01i\x01",
    );
    check_form(
        StoredVersion {
            revision: 2,
            description: Some("d".into()),
            created_ms: 1,
            with_creation: true,
            deleted: false,
        },
        b"\x01\x02\x01\x01d\x02\x01\x00",
    );
    check_form(
        StoredAlias {
            description: None,
            routes: vec![Route { version: 300, weight: 100 }],
            created_ms: 1,
            updated_ms: 2,
            place: 3,
            deleted: true,
        },
        b"\x01\x00\x01\xac\x02\x64\x02\x04\x03\x01",
    );
}

#[test]
fn form_of_a_newer_program_is_refused() {
    let error = decode::<StoredVersion>(&[2, 0]).err().unwrap();
    assert!(error.to_string().contains("an entry has version 2, this program reads up to 1"), "{error}");
}
