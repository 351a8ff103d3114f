//! What optimized integrations tell of the HTTP answer beside the result.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value, json};

/// Headers that AWS does not have.
const OURS: &str = "x-stairway-";

/// Adds `SdkHttpMetadata` and `SdkResponseMetadata`.
pub(crate) fn add(result: &mut Map<String, Value>, response: &Response<Bytes>, request_id: Option<&str>) {
    let (mut all, mut first) = (Map::new(), Map::new());
    // A connection is kept unless it says otherwise, which HTTP/1.1 need not say.
    if !response.headers().contains_key("connection") {
        all.insert("connection".to_owned(), json!(["keep-alive"]));
        first.insert("connection".to_owned(), json!("keep-alive"));
    }
    for name in response.headers().keys().filter(|name| !name.as_str().starts_with(OURS)) {
        let shown = shown(name.as_str());
        let values: Vec<String> = response
            .headers()
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        first.insert(shown.to_owned(), json!(values.first()));
        all.insert(shown.to_owned(), json!(values));
    }
    let http = json!({
        "AllHttpHeaders": all,
        "HttpHeaders": first,
        "HttpStatusCode": response.status().as_u16(),
    });
    result.insert("SdkHttpMetadata".to_owned(), http);
    result.insert("SdkResponseMetadata".to_owned(), json!({ "RequestId": request_id.unwrap_or("n/a") }));
}

/// Header names as AWS's services write them; HTTP keeps no case.
pub(crate) fn shown(name: &str) -> &str {
    match name {
        "content-length" => "Content-Length",
        "content-type" => "Content-Type",
        "date" => "Date",
        "server" => "Server",
        "x-amz-executed-version" => "X-Amz-Executed-Version",
        "x-amzn-remapped-content-length" => "x-amzn-Remapped-Content-Length",
        "x-amzn-requestid" => "x-amzn-RequestId",
        "x-amzn-trace-id" => "X-Amzn-Trace-Id",
        other => other,
    }
}

/// The id that a service gave to a request.
pub(crate) fn request_id(response: &Response<Bytes>) -> Option<&str> {
    let headers = response.headers();
    let id = ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| headers.get(*name))?;
    id.to_str().ok()
}
