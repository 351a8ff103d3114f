//! The built web console as bytes inside the binary.
//!
//! Here: the files, what type each is, and how long a browser may keep it. Which build of the console it
//! is, the build script chooses (`build/main.rs`). Not here: HTTP (`api`), the console (`console/`).
//! INVARIANT: there is always a page to show, if only one that says how to get the console.

/// A file of the console, as it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asset {
    pub bytes: &'static [u8],
    /// Whether `bytes` are in gzip's format; every browser reads it.
    pub is_gzip: bool,
    pub content_type: &'static str,
    /// In quotes, as the header wants it.
    pub etag: &'static str,
    /// Whether the path names the content, so that what was once fetched stays right for ever.
    pub is_immutable: bool,
}

struct File {
    path: &'static str,
    hash: &'static str,
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

const PAGE: &str = "index.html";
const HELP: &str = include_str!("help.html");

/// The file at a path relative to the console's root.
pub fn asset(path: &str) -> Option<Asset> {
    let index = FILES.binary_search_by(|file| file.path.cmp(path)).ok()?;
    let file = &FILES[index];
    Some(Asset {
        bytes: file.gzip,
        is_gzip: true,
        content_type: content_type(path)?,
        etag: file.hash,
        is_immutable: path.starts_with("assets/"),
    })
}

/// The page that every address of the console begins with.
pub fn page() -> Asset {
    asset(PAGE).unwrap_or(Asset {
        bytes: HELP.as_bytes(),
        is_gzip: false,
        content_type: "text/html; charset=utf-8",
        etag: "\"help\"",
        is_immutable: false,
    })
}

/// None for what the console has no business with.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/json",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
