//! The error code of an answer, whatever protocol it is in.
//!
//! Only what the decision to try again needs; the answer itself is read by `protocol`.

use bytes::Bytes;
use http::Response;
use serde_json::Value as Json;

use crate::xml;

/// LIMIT: errors are short; a longer body that failed is data, and has no code.
const ERROR_BYTES_MAX: usize = 256 << 10;

pub(crate) fn error_code(response: &Response<Bytes>) -> Option<String> {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    if let Some(code) = header("x-amzn-errortype") {
        return Some(bare(code).to_owned());
    }
    // A service that once spoke Query says its old codes here: `Code;Sender`.
    if let Some(code) = header("x-amzn-query-error") {
        return code.split(';').next().map(str::to_owned);
    }
    let body = response.body();
    if body.len() > ERROR_BYTES_MAX {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    if text.trim_start().starts_with('<') {
        return xml::element(text, "Code");
    }
    let json: Json = serde_json::from_str(text).ok()?;
    let code = ["__type", "code", "Code"].iter().find_map(|name| json.get(name)?.as_str())?;
    Some(bare(code).to_owned())
}

/// `com.amazonaws.sqs#QueueDoesNotExist:http://…` is `QueueDoesNotExist`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}
