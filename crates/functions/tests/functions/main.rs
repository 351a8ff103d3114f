//! Functions as their callers meet them: real processes with a runtime written for these tests, real
//! HTTP addresses. The official runtime clients are tried in `tests/test_functions.py` of the workspace.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

mod house;
mod processes;
mod runtime_api;
mod urls;
