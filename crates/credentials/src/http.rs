//! HTTP to requests, and answers to HTTP: methods, headers, envelope, error texts.

use axum::{
    body::Body,
    extract::{Request as HttpRequest, State},
    response::Response as HttpResponse,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use kernel::{Actor, Context, Error, Secret, Timestamp};
use serde_json::{Map, Value, json};
use tracing::Instrument as _;
use web::{RequestInfo, Routes};

use crate::{
    Credentials, Operation,
    duration::{self, DurationError},
    fault::Fault,
    framework::parse_bool,
    ids,
    mount::mount_of,
    request::Request,
    response::Response,
};

const TOKEN: &str = "x-vault-token";
const NAMESPACE: &str = "x-vault-namespace";
const WRAP_TTL: &str = "x-vault-wrap-ttl";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const LARGEST_BODY: usize = 32 << 20;
const API: &str = "/v1/";

/// Everything below `/v1/`: one route, because paths are looked up in the mounts, and methods are
/// more than HTTP's own.
pub(crate) fn routes() -> Routes<Credentials> {
    Routes::new().any("/v1/", answer).any("/v1/{*path}", answer)
}

async fn answer(State(credentials): State<Credentials>, request: HttpRequest) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let namespace = parts.headers.get(NAMESPACE).filter(|value| !value.is_empty()).cloned();
    let now = credentials.identity().now();
    let mut response = match read(parts, body, now).await {
        Ok((request, context)) => perform(&credentials, request, context).await,
        Err(fault) => refusal(&fault),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    if let Some(namespace) = namespace {
        headers.insert(NAMESPACE, namespace);
    }
    response
}

async fn perform(credentials: &Credentials, request: Request, context: Context) -> HttpResponse {
    if matches!(request.operation, Operation::Read | Operation::List | Operation::Help) {
        return serve(credentials, request, context).await;
    }
    // What is being written is brought to its end, also when whoever asked does not wait for it:
    // another server may have done its part already.
    let core = credentials.clone();
    let serving = async move { serve(&core, request, context).await };
    let served = tokio::spawn(serving.in_current_span()).await;
    served.unwrap_or_else(|error| refusal(&Fault::Internal(Error::internal(error))))
}

async fn serve(credentials: &Credentials, request: Request, context: Context) -> HttpResponse {
    match credentials.serve(&request, &context).await {
        Ok(answer) => written(credentials, &request, answer),
        Err(fault) => refusal(&fault),
    }
}

/// An answer in its envelope; nothing is a 204 to a write and a 404 to a read.
fn written(core: &Credentials, request: &Request, answer: Option<Response>) -> HttpResponse {
    let reads = matches!(request.operation, Operation::Read | Operation::List);
    match answer {
        None if reads => refusal(&Fault::NotFound),
        None => with_status(StatusCode::NO_CONTENT, Body::empty()),
        Some(answer) if answer.is_empty_list() => refusal(&Fault::NotFound),
        Some(Response { bare: Some((status, document)), .. }) => {
            let body = if document.is_null() { Body::empty() } else { body(&document) };
            with_status(status, body)
        }
        Some(answer) => {
            let known = core.known();
            let mount = mount_of(&known.mounts, &request.path);
            let kind = mount.map_or("", |mount| mount.r#type.as_str());
            let status = answer.status.unwrap_or(StatusCode::OK);
            with_status(status, body(&answer.envelope(&request.id, kind)))
        }
    }
}

pub(crate) fn refusal(fault: &Fault) -> HttpResponse {
    if let Fault::Internal(error) = fault {
        tracing::error!(?error, "a request could not be answered");
    }
    let mut response = with_status(fault.status(), body(&json!({ "errors": fault.errors() })));
    if let Fault::TooOften(_, wait) = fault {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
    }
    response
}

fn body(document: &Value) -> Body {
    // The end of line is what clients that print bodies are used to.
    Body::from(format!("{document}\n"))
}

fn with_status(status: StatusCode, body: Body) -> HttpResponse {
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    response
}

async fn read(mut parts: Parts, body: Body, now: Timestamp) -> Result<(Request, Context), Fault> {
    use axum::extract::FromRequestParts as _;
    let Ok(info) = RequestInfo::from_request_parts(&mut parts, &()).await;
    in_root_namespace(&parts.headers)?;
    let mut query = query(&parts);
    let path = path(&parts)?;
    let operation = operation(&parts, &path, &query)?;
    if parts.method == Method::GET {
        query.remove("list");
    }
    if operation.writes() && path.ends_with('/') {
        return Err(Fault::refused("cannot write to a path ending in '/'"));
    }
    let data = match operation {
        Operation::Create | Operation::Update | Operation::Patch => {
            written_data(&parts.headers, body).await?
        }
        _ => query,
    };
    let list = operation == Operation::List && !path.ends_with('/');
    let request = Request {
        operation,
        path: if list { format!("{path}/") } else { path },
        data,
        token: token(&parts.headers)?,
        wrap_ttl: wrap_ttl(&parts.headers)?,
        id: ids::uuid(),
    };
    let context = Context {
        actor: Actor::Anonymous,
        now,
        request_id: info.request_id.clone(),
        address: info.address,
    };
    Ok((request, context))
}

/// The path without `/v1/`, decoded.
fn path(parts: &Parts) -> Result<String, Fault> {
    let raw = parts.uri.path();
    let below = raw.strip_prefix(API).unwrap_or_default();
    let path = percent_encoding::percent_decode_str(below)
        .decode_utf8()
        .map_err(|_| Fault::refused("the path is not text"))?;
    if path.contains(char::is_control) {
        return Err(Fault::refused("the path is not text"));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(Fault::refused("relative paths not supported"));
    }
    Ok(path.trim_start_matches('/').to_owned())
}

/// The query as data. What is there once is a text, what is there more often a list.
fn query(parts: &Parts) -> Map<String, Value> {
    let mut data = Map::new();
    let query = parts.uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match data.get_mut(name.as_ref()) {
            None => {
                data.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    data
}

/// There are no namespaces here, and whoever names one must not be answered as if they were in it.
fn in_root_namespace(headers: &HeaderMap) -> Result<(), Fault> {
    let named = headers.get(NAMESPACE).map(|value| value.to_str().unwrap_or("?").trim_matches('/'));
    if matches!(named, None | Some("" | "root")) {
        return Ok(());
    }
    Err(Fault::Status(StatusCode::NOT_FOUND, "namespace not found".to_owned()))
}

fn operation(parts: &Parts, path: &str, query: &Map<String, Value>) -> Result<Operation, Fault> {
    // Of several, the first counts.
    let first = |name: &str| match query.get(name) {
        Some(Value::Array(values)) => values.first(),
        value => value,
    };
    let text = |name: &str| first(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let truth = |name: &str| match text(name) {
        None => Ok(false),
        Some(word) => parse_bool(word)
            .ok_or_else(|| Fault::refused(format!("failed to parse {name} query parameter"))),
    };
    Ok(match parts.method.as_str() {
        "GET" if text("help").is_some() => Operation::Help,
        "GET" if truth("list")? => Operation::List,
        "GET" => Operation::Read,
        // Its status alone says how the server is. Reading anything else may make something.
        "HEAD" if path == "sys/health" => Operation::Read,
        "HEAD" => Operation::Header,
        "LIST" => Operation::List,
        "HELP" => Operation::Help,
        "POST" | "PUT" => Operation::Update,
        "DELETE" => Operation::Delete,
        "PATCH" => {
            let kind = parts.headers.get(header::CONTENT_TYPE);
            let kind = kind.and_then(|value| value.to_str().ok()).unwrap_or_default();
            if !kind.starts_with("application/merge-patch+json") {
                return Err(Fault::Status(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    format!(
                        "PATCH requires Content-Type of application/merge-patch+json, provided \
                         {kind}"
                    ),
                ));
            }
            Operation::Patch
        }
        _ => return Err(Fault::Status(StatusCode::METHOD_NOT_ALLOWED, String::new())),
    })
}

/// A body: JSON whatever it calls itself, but a form that does not look like JSON.
async fn written_data(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Fault> {
    let bytes = axum::body::to_bytes(body, LARGEST_BODY).await.map_err(|_| {
        let text = "http: request body too large".to_owned();
        Fault::Status(StatusCode::PAYLOAD_TOO_LARGE, text)
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form && !bytes.first().is_some_and(|byte| matches!(byte, b'{' | b'[')) {
        let pairs = form_urlencoded::parse(&bytes);
        return Ok(pairs
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect());
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(data)) => Ok(data),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Fault::refused("failed to parse JSON input: this is not an object")),
        Err(error) => Err(Fault::refused(format!("failed to parse JSON input: {error}"))),
    }
}

fn token(headers: &HeaderMap) -> Result<Option<Secret<String>>, Fault> {
    let bearer = |value: &HeaderValue| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    };
    let shown = match headers.get(TOKEN) {
        Some(value) => Some(value.to_str().map(str::to_owned).map_err(|_| Fault::BadToken)?),
        None => headers.get(header::AUTHORIZATION).and_then(bearer),
    };
    Ok(shown.filter(|token| !token.is_empty()).map(Secret::new))
}

fn wrap_ttl(headers: &HeaderMap) -> Result<Option<std::time::Duration>, Fault> {
    let Some(value) = headers.get(WRAP_TTL) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let ttl = duration::parse(&Value::String(text.to_owned())).map_err(|error| {
        let error = match error {
            DurationError::Negative(_) => "requested wrap ttl cannot be negative".to_owned(),
            error => error.to_string(),
        };
        Fault::refused(format!("error parsing X-Vault-Wrap-TTL header: {error}"))
    })?;
    Ok(ttl.filter(|ttl| !ttl.is_zero()))
}
