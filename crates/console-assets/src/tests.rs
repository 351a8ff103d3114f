use super::*;

#[test]
fn files_are_found_by_their_paths() {
    assert!(FILES.is_sorted_by_key(|file| file.path));
    for file in FILES {
        let asset = asset(file.path).unwrap();
        assert_eq!(asset.bytes, file.gzip);
        assert!(asset.bytes.starts_with(&[0x1f, 0x8b]), "{} is in gzip's format", file.path);
    }
    assert_eq!(asset("assets/nothing.js"), None);
    assert_eq!(asset("../Cargo.toml"), None);
    assert_eq!(asset(""), None);
}

#[test]
fn there_is_always_a_page() {
    let page = page();
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    assert!(!page.is_immutable && !page.bytes.is_empty());
}

#[test]
fn an_etag_stands_in_quotes() {
    for file in FILES {
        assert!(
            file.hash.len() == 18 && file.hash.starts_with('"') && file.hash.ends_with('"'),
            "{}",
            file.hash
        );
    }
}

/// What is committed is what the sources say. `cargo xtask console` makes it so.
#[test]
fn the_committed_console_was_built_from_these_sources() {
    let (Some(sources), Some(snapshot)) = (SOURCES, SNAPSHOT_SOURCES) else { return };
    assert_eq!(snapshot, sources, "the committed console is stale: run `cargo xtask console`");
}
