//! Status changes to a webhook: each event as the body of one POST.
//!
//! INVARIANT: only an answer of 2xx says that an event was taken.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request};

use crate::change::event::Change;
use crate::lane::{Bounds, Carrier};
use crate::outside::Outside;
use crate::settings::Webhook;

pub(crate) struct Hook {
    outside: Rc<Outside>,
    webhook: Webhook,
}

impl Hook {
    pub(crate) fn new(outside: Rc<Outside>, webhook: Webhook) -> Hook {
        Hook { outside, webhook }
    }

    fn request(&self, change: &Change) -> Request<Bytes> {
        let mut request = Request::new(Bytes::from(change.envelope().to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.webhook.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(self.webhook.headers.iter().cloned());
        request
    }
}

impl Carrier for Hook {
    type Item = Rc<Change>;
    const BOUNDS: Bounds = Bounds { items: 1, bytes: usize::MAX, bytes_each: 0, gather: Duration::ZERO };

    async fn carry(&mut self, changes: &mut Vec<Rc<Change>>) -> Result<(), String> {
        let Some(change) = changes.last() else { return Ok(()) };
        let place = || self.webhook.url.host().unwrap_or_default();
        let sent = self.outside.send(self.request(change)).await;
        let response = sent.map_err(|why| format!("cannot deliver to the webhook at {}: {why}", place()))?;
        if !response.status().is_success() {
            return Err(format!("the webhook at {} answered {}", place(), response.status().as_u16()));
        }
        changes.clear();
        Ok(())
    }
}
