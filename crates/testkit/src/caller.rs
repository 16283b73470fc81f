//! Somebody who calls the API, and what they are answered.

use kernel::Secret;
use reqwest::{Method, Response, header::HeaderMap, redirect};
use serde_json::{Value, json};

const JSON_API: &str = "application/vnd.api+json";

/// Somebody who calls the API.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    url: String,
    token: Option<Secret<String>>,
}

/// What a caller was answered.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Caller {
    pub(crate) fn new(url: String, token: Option<Secret<String>>) -> Self {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { http, url, token }
    }

    /// The token that this caller shows.
    pub fn token(&self) -> &str {
        self.token.as_ref().map_or("", |token| token.expose())
    }

    /// GETs a path of the API, such as `account/details`, or an absolute URL.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.json(Method::POST, path, &body)).await
    }

    /// POSTs nothing, with the content type that clients send all the same.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path).header("content-type", JSON_API)).await
    }

    /// PATCHes JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.json(Method::PATCH, path, &body)).await
    }

    /// DELETEs.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// DELETEs with a body, as relationships are cut.
    pub async fn delete_with(&self, path: &str, body: Value) -> Answer {
        self.send(self.json(Method::DELETE, path, &body)).await
    }

    /// PUTs bytes to a URL that the server gave, without credentials, as clients do.
    pub async fn upload(&self, url: &str, bytes: impl Into<reqwest::Body>) -> Answer {
        self.send(self.http.put(url).header("content-type", "application/octet-stream").body(bytes))
            .await
    }

    /// Sends bytes of any kind with any content type.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        self.send(self.request(method, path).header("content-type", content_type).body(body)).await
    }

    /// A request to a path of the API or an absolute URL, with the token, not yet sent.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            format!("{}/api/v2/{path}", self.url)
        };
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response: Response = request.send().await.expect("the server answers");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.expect("the answer is whole").to_vec(),
        }
    }

    fn json(&self, method: Method, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.request(method, path).header("content-type", JSON_API).body(body.to_string())
    }

    /// Makes a workspace in `acme` and gives its id.
    pub async fn workspace(&self, name: &str) -> String {
        let body = json!({"data": {"type": "workspaces", "attributes": {"name": name}}});
        self.post("organizations/acme/workspaces", body).await.expect(201).id()
    }
}

impl Answer {
    /// This answer, which must have a status.
    #[expect(
        clippy::must_use_candidate,
        clippy::return_self_not_must_use,
        reason = "checking alone is a use"
    )]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// What stands at a JSON pointer; null where nothing does.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// An attribute of the one resource.
    #[track_caller]
    pub fn attribute(&self, name: &str) -> Value {
        self.at(&format!("/data/attributes/{name}"))
    }

    /// The id of the one resource.
    #[track_caller]
    pub fn id(&self) -> String {
        self.at("/data/id").as_str().expect("a resource with an id").to_owned()
    }

    /// The first error's detail.
    #[track_caller]
    pub fn error(&self) -> String {
        self.at("/errors/0/detail").as_str().unwrap_or_default().to_owned()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// One attribute of each resource of a list.
    #[track_caller]
    pub fn attributes(&self, name: &str) -> Vec<Value> {
        let list = self.at("/data");
        let resources = list.as_array().cloned().unwrap_or_default();
        resources.iter().map(|resource| resource["attributes"][name].clone()).collect()
    }
}
