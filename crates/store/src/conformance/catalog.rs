//! The catalog: writes stand together, each only if its version is as expected.

use bytes::Bytes;

use super::{Subject, wait};
use crate::catalog::{CatalogEntry, CatalogKey, CatalogWrite};

pub(crate) fn check(subject: Subject) {
    assert!(read(&subject).is_empty());
    a_new_entry_gets_version_one(&subject);
    a_wrong_version_writes_nothing(&subject);
    writes_stand_or_fall_together(&subject);
    a_version_rises_through_a_deletion(&subject);
    entries_come_in_key_order(&subject);
}

fn write(subject: &Subject, writes: &[(&str, u64, Option<&'static str>)]) -> bool {
    let one = |&(key, expected_version, value): &(&str, u64, Option<&'static str>)| CatalogWrite {
        key: key.as_bytes().into(),
        expected_version,
        value: value.map(|text| Bytes::from_static(text.as_bytes())),
    };
    let writes = writes.iter().map(one).collect();
    wait(subject.store.catalog_write(writes)).expect("the catalog is writable")
}

fn read(subject: &Subject) -> Vec<(String, u64, String)> {
    let entries = wait(subject.store.catalog_read()).expect("the catalog is readable");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let one = |(key, CatalogEntry { version, value }): (CatalogKey, CatalogEntry)| {
        (text(&key), version, text(&value))
    };
    entries.into_iter().map(one).collect()
}

fn entry(subject: &Subject, key: &str) -> Option<(u64, String)> {
    let found = read(subject).into_iter().find(|(known, ..)| known == key);
    found.map(|(_, version, value)| (version, value))
}

fn a_new_entry_gets_version_one(subject: &Subject) {
    assert!(write(subject, &[("machine", 0, Some("first"))]));
    assert_eq!(entry(subject, "machine"), Some((1, "first".into())));
    assert!(write(subject, &[("machine", 1, Some("second"))]));
    assert_eq!(entry(subject, "machine"), Some((2, "second".into())));
}

fn a_wrong_version_writes_nothing(subject: &Subject) {
    for version in [0, 1, 3] {
        assert!(!write(subject, &[("machine", version, Some("late"))]), "version {version}");
        assert!(!write(subject, &[("machine", version, None)]), "version {version}");
    }
    assert!(!write(subject, &[("absent", 1, Some("late"))]));
    assert_eq!(entry(subject, "machine"), Some((2, "second".into())));
    assert_eq!(entry(subject, "absent"), None);
}

fn writes_stand_or_fall_together(subject: &Subject) {
    assert!(!write(subject, &[("alias", 0, Some("live")), ("machine", 9, Some("third"))]));
    assert_eq!(entry(subject, "alias"), None);
    assert!(write(subject, &[("alias", 0, Some("live")), ("machine", 2, Some("third"))]));
    assert_eq!(entry(subject, "alias"), Some((1, "live".into())));
    assert_eq!(entry(subject, "machine"), Some((3, "third".into())));
    assert!(write(subject, &[]), "nothing to write is no conflict");
}

fn a_version_rises_through_a_deletion(subject: &Subject) {
    assert!(write(subject, &[("brief", 0, Some("here"))]));
    assert!(write(subject, &[("brief", 1, None)]));
    assert_eq!(entry(subject, "brief"), None);
    assert!(!write(subject, &[("brief", 1, Some("late"))]));
    assert!(!write(subject, &[("brief", 2, Some("late"))]));
    assert!(write(subject, &[("brief", 0, Some("again"))]));
    // A writer that still holds version 1 must not match what was made after the deletion.
    assert_eq!(entry(subject, "brief"), Some((3, "again".into())));
}

fn entries_come_in_key_order(subject: &Subject) {
    assert!(write(subject, &[("z", 0, Some("")), ("a", 0, Some("")), ("m", 0, Some(""))]));
    let keys: Vec<_> = read(subject).into_iter().map(|(key, ..)| key).collect();
    assert!(keys.is_sorted(), "{keys:?}");
}
