//! The client: one request, its redirects, and its answer within limits.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use kernel::{Error, Result};
use reqwest::{Client, Url, redirect::Policy};
use tokio::time::timeout;

use crate::{
    Request, Response, Settings,
    failure::Failure,
    guard::Guard,
    resolver::Resolver,
    route::{Rules, carry_over, host},
    tls,
};

/// Connections that nobody uses are kept for this long.
const IDLE: Duration = Duration::from_secs(30);

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing(Arc<Inner>);

struct Inner {
    /// Made when it is first used: the machine's certificate authorities take time to read.
    client: OnceLock<Client>,
    rules: Rules,
    settings: Settings,
    /// Certificate authorities in PEM beside those of the settings.
    authorities: Option<String>,
}

impl Outgoing {
    /// With these limits.
    pub fn new(settings: Settings) -> Self {
        Self::with(settings, None)
    }

    /// The same limits, but servers whose certificates come from `authorities` (PEM) are believed
    /// too. It has connections of its own.
    #[must_use]
    pub fn trusting(&self, authorities: &str) -> Self {
        Self::with(self.0.settings.clone(), Some(authorities.to_owned()))
    }

    fn with(settings: Settings, authorities: Option<String>) -> Self {
        let rules = Rules { guard: Guard::new(&settings), allow_http: settings.allow_http };
        Self(Arc::new(Inner { client: OnceLock::new(), rules, settings, authorities }))
    }

    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.0.client.get() {
            return Ok(client);
        }
        let client = self.0.build()?;
        Ok(self.0.client.get_or_init(|| client))
    }

    /// Whether a request to this URL could be sent, as far as that can be told without sending it:
    /// for whoever is naming one.
    pub fn check(&self, url: &str) -> Result<()> {
        self.0.rules.parse(url).map(drop)
    }

    /// Sends a request and gives the answer, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Response> {
        let url = self.0.rules.parse(&request.url)?;
        let limit = request.timeout.unwrap_or(self.0.settings.timeout);
        let name = host(&url).to_owned();
        timeout(limit, self.follow(url, request))
            .await
            .unwrap_or_else(|_| Err(Failure::Slow(limit).at(&name)))
    }

    async fn follow(&self, mut url: Url, mut request: Request) -> Result<Response> {
        let first = host(&url).to_owned();
        for _ in 0..=self.0.settings.max_redirects {
            let answer = self.hop(&url, &request).await?;
            let next =
                self.0.rules.redirect(&request.method, &url, answer.status(), answer.headers())?;
            let Some(next) = next else {
                return self.read(&url, answer, request.max_body_bytes).await;
            };
            request.headers = carry_over(&url, &next, request.headers);
            url = next;
        }
        Err(Failure::TooManyRedirects.at(&first))
    }

    async fn hop(&self, url: &Url, request: &Request) -> Result<reqwest::Response> {
        self.client()?
            .request(request.method.clone(), url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await
            .map_err(|error| self.failure(url, &error))
    }

    /// Reads the body, up to its limit.
    async fn read(
        &self,
        url: &Url,
        mut answer: reqwest::Response,
        limit: Option<usize>,
    ) -> Result<Response> {
        let limit = limit.unwrap_or(self.0.settings.max_body_bytes);
        let mut body = Vec::new();
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Err(Failure::TooLarge(limit).at(host(url)));
        }
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failure(url, &error))? {
            if body.len() + chunk.len() > limit {
                return Err(Failure::TooLarge(limit).at(host(url)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response {
            status: answer.status(),
            headers: std::mem::take(answer.headers_mut()),
            body,
            host: host(url).to_owned(),
        })
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> Error {
        Failure::of(error, self.0.settings.connect_timeout).at(host(url))
    }
}

impl Inner {
    fn build(&self) -> Result<Client> {
        let known = self.settings.authorities.iter().chain(&self.authorities);
        Client::builder()
            .tls_backend_preconfigured(tls::config(known.map(String::as_str))?)
            .dns_resolver(Arc::new(Resolver(self.rules.guard.clone())))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(self.settings.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(self.settings.idle_connections)
            .user_agent(concat!("stateward/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)
    }
}
