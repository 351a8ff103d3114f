//! Chooses which built console the binary carries: without network, without npm, and without ever failing.
//!
//! In this order: what lies in `CONSOLE_DIST`; `console/dist`, if it was built from the sources as they
//! are; the committed `console.pack`; a page that says how to build it.
//! INVARIANT: a stale console is carried, with a warning, rather than none.
#![expect(clippy::print_stdout, reason = "a build script talks to cargo on stdout")]

mod pack;
mod sources;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pack::Pack;

fn main() -> io::Result<()> {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let console = own.join("../../console");
    println!("cargo::rerun-if-env-changed=CONSOLE_DIST");
    println!("cargo::rerun-if-changed=build");
    let sources = sources::hash(&console);
    let snapshot = read(&own.join("console.pack"));
    let chosen = choose(&console, sources.as_deref(), &snapshot);
    write_table(&out, &chosen, sources.as_deref(), &snapshot)
}

/// What the binary will carry; none is the help page.
fn choose(console: &Path, sources: Option<&str>, snapshot: &Option<Pack>) -> Option<Pack> {
    if let Some(folder) = env::var_os("CONSOLE_DIST") {
        let named = read(&Path::new(&folder).join("console.pack"));
        if named.is_none() {
            warn("CONSOLE_DIST names no folder with a console.pack in it");
        }
        return named.or_else(|| snapshot.clone());
    }
    let built = read(&console.join("dist/console.pack"));
    let is_fresh = |pack: &Pack| sources.is_none_or(|sources| pack.source_hash == sources);
    match (built, snapshot) {
        (Some(built), _) if is_fresh(&built) => Some(built),
        (_, Some(snapshot)) => {
            if !is_fresh(snapshot) {
                warn("the console in the binary is older than its sources: `cargo xtask console` renews it");
            }
            Some(snapshot.clone())
        }
        (Some(built), None) => {
            warn("the console in the binary is older than its sources: `cargo xtask console` renews it");
            Some(built)
        }
        (None, None) => {
            warn("there is no built console: `cargo xtask console` builds it");
            None
        }
    }
}

fn read(file: &Path) -> Option<Pack> {
    println!("cargo::rerun-if-changed={}", file.display());
    let bytes = fs::read(file).ok()?;
    let pack = Pack::parse(bytes);
    if pack.is_none() {
        warn(&format!("{} is not a packed console", file.display()));
    }
    pack
}

/// `table.rs`: the files in order of their paths, and what is known of their freshness.
fn write_table(
    out: &Path,
    pack: &Option<Pack>,
    sources: Option<&str>,
    snapshot: &Option<Pack>,
) -> io::Result<()> {
    let mut table = String::from("pub(crate) static FILES: &[File] = &[\n");
    for (index, file) in pack.iter().flat_map(|pack| &pack.files).enumerate() {
        let name = format!("file-{index}.gz");
        fs::write(out.join(&name), &file.bytes)?;
        _ = writeln!(
            table,
            "    File {{ path: {:?}, hash: {:?}, gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")) }},",
            file.path, file.hash
        );
    }
    table.push_str("];\n");
    let snapshot = snapshot.as_ref().map(|pack| &pack.source_hash);
    _ = writeln!(table, "#[cfg(test)]\npub(crate) const SOURCES: Option<&str> = {sources:?};");
    _ = writeln!(table, "#[cfg(test)]\npub(crate) const SNAPSHOT_SOURCES: Option<&str> = {snapshot:?};");
    fs::write(out.join("table.rs"), table)
}

fn warn(message: &str) {
    println!("cargo::warning={message}");
}
