//! The API without its sockets: a request in, an answer out, on the caller's own thread.
//!
//! Here: what a program needs that has its requests at hand, such as the fuzz targets. Not here: HTTP
//! itself and threads (`server`).
//! INVARIANT: what it answers is what the server answers; both go through `Api::handle`.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Body;
use hyper::{Request, Response};
use tokio::sync::watch;

use crate::access::Admission;
use crate::api::Api;
use crate::domain::{Client, Engine};
use crate::server::{ApiConfig, Stage, Stopping};

/// The API of one engine, for one thread; it has to be used inside of a tokio `LocalSet`.
pub struct Door {
    api: Rc<Api>,
    client: Client,
    /// Long polls end when this is gone.
    _stop: watch::Sender<Stage>,
}

impl Door {
    /// `seed`: what the ids of its answers are drawn from.
    pub fn new(engine: Engine, config: &ApiConfig, seed: u128) -> Door {
        let (stop, stopping) = Stopping::new();
        let client = engine.client();
        let admission = Admission::of(config);
        Door { api: Api::new(engine, config, admission, stopping, seed), client, _stop: stop }
    }

    /// Answers a request as if it had come from this machine.
    pub async fn handle(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Response<impl Body<Data = Bytes, Error = Infallible> + use<>> {
        self.api.handle(&self.client, IpAddr::V4(Ipv4Addr::LOCALHOST), request).await
    }
}
