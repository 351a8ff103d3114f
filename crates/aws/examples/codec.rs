//! The protocols behind a pipe: a JSON order a line in, a JSON answer a line out.
//!
//! `tests/protocols` drives it to compare what this crate writes and reads with what botocore does.
//! Orders: `{"do": "build", "service", "operation", "input", "token"}` and
//! `{"do": "parse", "service", "operation", "status", "headers", "body"}`, bodies in Base64.

use std::error::Error;
use std::io::{BufRead, Write};

use aws::http::{HostPrefix, Unsigned, UnsignedBody};
use aws::model::{Operation, Service};
use aws::protocol;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let order: Value = serde_json::from_str(&line?)?;
        let answer = answer(&order).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(order: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |name: &str| order[name].as_str().ok_or_else(|| format!("the order has no `{name}`"));
    let service = Service::find(text("service")?).ok_or("no such service")?;
    let operation = service.operation(text("operation")?).ok_or("no such operation")?;
    match text("do")? {
        "build" => build(operation, &order["input"], order["token"].as_str()),
        "parse" => parse(operation, order),
        other => Err(format!("expected `build` or `parse`, found `{other}`").into()),
    }
}

fn build(operation: Operation<'_>, input: &Value, token: Option<&str>) -> Result<Value, Box<dyn Error>> {
    let request = protocol::build(operation, input, token)?;
    let headers: Vec<(&str, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": request.uri().query().unwrap_or_default(),
        "headers": headers,
        "body": STANDARD.encode(request.body()),
        "host_prefix": request.extensions().get::<HostPrefix>().map(|prefix| &prefix.0),
        "unsigned": request.extensions().get::<Unsigned>().is_some(),
        "unsigned_body": request.extensions().get::<UnsignedBody>().is_some(),
    }))
}

fn parse(operation: Operation<'_>, order: &Value) -> Result<Value, Box<dyn Error>> {
    let mut response = http::Response::builder();
    response = response.status(u16::try_from(order["status"].as_u64().ok_or("no status")?)?);
    for (name, value) in order["headers"].as_object().ok_or("no headers")? {
        response = response.header(name, value.as_str().ok_or("a header is no string")?);
    }
    let body = STANDARD.decode(order["body"].as_str().ok_or("no body")?)?;
    Ok(match protocol::parse(operation, &response.body(Bytes::from(body))?) {
        Ok(result) => json!({"result": result}),
        Err(error) => json!({"refused": {
            "code": error.code,
            "name": error.name,
            "message": error.message,
            "status": error.status,
            "request_id": error.request_id,
            "extended_request_id": error.extended_request_id,
            "members": error.members,
            "kind": format!("{:?}", error.kind),
        }}),
    })
}
