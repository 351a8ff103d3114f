//! One request in, one answer out: the path that every request takes.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hyper::body::Body;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request};

use crate::access::Admission;
use crate::body::read_body;
use crate::caller::Callers;
use crate::console;
use crate::console::endpoint::{self, Endpoint};
use crate::console::events::Places;
use crate::dispatch::{operation_name, operation_of};
use crate::domain::{Client, Engine, Owner};
use crate::error::ApiError;
use crate::extension::Extension;
use crate::guard::Guard;
use crate::page_token::PageTokens;
use crate::probe::Probe;
use crate::quotas::Bounds;
use crate::reply::{HttpResponse, Reply, RequestIds, respond};
use crate::server::{ApiConfig, Stopping};
use crate::telemetry::{Answered, Telemetry};
use crate::test_case::TestCases;
use crate::throttle::Throttle;

/// The API as one HTTP thread holds it.
pub(crate) struct Api {
    engine: Engine,
    guard: Guard,
    admission: Admission,
    callers: Callers,
    page_tokens: PageTokens,
    request_ids: RequestIds,
    bounds: Bounds,
    throttle: Option<Arc<Throttle>>,
    test_cases: Option<Arc<dyn TestCases>>,
    stopping: Stopping,
    telemetry: Option<Arc<dyn Telemetry>>,
    /// For those who listen to the console's events.
    places: Places,
}

/// What an operation works with: the engine, who calls, and what was sent.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) client: &'a Client,
    pub(crate) owner: Owner,
    pub(crate) page_tokens: &'a PageTokens,
    pub(crate) bounds: &'a Bounds,
    pub(crate) test_cases: Option<&'a Arc<dyn TestCases>>,
    pub(crate) stopping: &'a Stopping,
    pub(crate) telemetry: Option<&'a dyn Telemetry>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Api {
    /// `seed`: from the operating system's entropy, one of its own for each thread.
    pub(crate) fn new(
        engine: Engine,
        config: &ApiConfig,
        admission: Admission,
        stopping: Stopping,
        seed: u128,
    ) -> Rc<Api> {
        Rc::new(Api {
            guard: Guard::new(&config.allowed_hosts),
            admission,
            callers: Callers::new(&config.default_account, &config.default_region),
            page_tokens: PageTokens::new(engine.page_token_key()),
            request_ids: RequestIds::new(seed),
            bounds: Bounds::new(&config.quotas, engine.limits(), engine.quotas().tags_max),
            throttle: config.throttle.clone(),
            test_cases: config.test_cases.clone(),
            engine,
            stopping,
            telemetry: config.telemetry.clone(),
            places: Places::default(),
        })
    }

    /// `at`: the local address of the connection that the request came by.
    pub(crate) async fn handle<B>(&self, client: &Client, at: IpAddr, request: Request<B>) -> HttpResponse
    where
        B: Body<Data = Bytes> + Unpin,
    {
        // What is public and what the console reads are asked for with GET, operations with POST: those pay
        // one comparison.
        if request.method() != Method::POST {
            // First: a browser that asks for a page gets one at every other address of the console.
            if endpoint::is_data(request.uri().path()) {
                let (head, _) = request.into_parts();
                return endpoint::answer(self.console_data(client, at, &head).await, self.request_ids.draw());
            }
            if let Some(response) = self.public(at, &request) {
                return response;
            }
        }
        let id = self.request_ids.draw();
        respond(self.answer(client, at, request).await, id)
    }

    /// What is the same for everybody and needs no key.
    fn public<B>(&self, at: IpAddr, request: &Request<B>) -> Option<HttpResponse> {
        let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
        self.guard.check_host(headers, request.uri(), at).ok()?;
        if let Some(probe) = Probe::wanted(method, path) {
            return Some(probe.respond(self.stopping.is_serving()));
        }
        console::wanted(method, path, headers).map(|wanted| console::respond(wanted, headers))
    }

    async fn answer<B>(&self, client: &Client, at: IpAddr, request: Request<B>) -> Result<Reply, ApiError>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (head, body) = request.into_parts();
        self.guard.check(&head.headers, &head.uri, at)?;
        let presented = self.admission.presented(&head)?;
        let body = read_body(body, self.bounds.body_bytes_max).await?;
        let owner = match presented {
            Some(presented) => self.callers.owner_admitted(&self.admission.admit(&presented, &head, &body)?),
            None => self.callers.owner_of(&head.headers)?,
        };
        let path = head.uri.path();
        if path != "/" {
            let extension = Extension::of(&head.method, path, head.uri.query())?;
            let call = self.call(client, owner, &head.headers, &[]);
            return extension.run(&call).await;
        }
        if head.method != Method::POST {
            return Err(ApiError::WrongMethod);
        }
        let operation = operation_of(&head.headers)?;
        let begun = self.telemetry.as_ref().map(|telemetry| (telemetry, Instant::now()));
        let throttle = self.throttle.as_ref();
        let admitted = throttle.map_or(Ok(()), |rates| rates.admit(&owner, operation, self.engine.now_ms()));
        let call = self.call(client, owner, &head.headers, &body);
        let result = match admitted {
            Ok(()) => operation.run(&call).await,
            Err(throttled) => Err(throttled),
        };
        if let Some((telemetry, begun)) = begun {
            telemetry.answered(operation_name(&head.headers), Answered::of(&result), begun.elapsed());
        }
        result
    }

    async fn console_data(
        &self,
        client: &Client,
        at: IpAddr,
        head: &Parts,
    ) -> Result<endpoint::Answer, ApiError> {
        self.guard.check(&head.headers, &head.uri, at)?;
        let owner = match self.admission.presented(head)? {
            Some(presented) => self.callers.owner_admitted(&self.admission.admit(&presented, head, &[])?),
            None => self.callers.owner_of(&head.headers)?,
        };
        let endpoint = Endpoint::of(&head.method, head.uri.path(), head.uri.query())?;
        endpoint.run(&self.call(client, owner, &head.headers, &[]), &self.places).await
    }

    fn call<'a>(
        &'a self,
        client: &'a Client,
        owner: Owner,
        headers: &'a HeaderMap,
        body: &'a [u8],
    ) -> Call<'a> {
        Call {
            engine: &self.engine,
            client,
            owner,
            page_tokens: &self.page_tokens,
            bounds: &self.bounds,
            test_cases: self.test_cases.as_ref(),
            stopping: &self.stopping,
            telemetry: self.telemetry.as_deref(),
            headers,
            body,
        }
    }
}

#[cfg(test)]
mod tests;
