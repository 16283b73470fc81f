//! A small OpenID Connect provider on this machine, at which people are signed in by the test.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kernel::{Clock as _, FixedClock, Timestamp};
use serde_json::{Value, json};
use stateward::options::Options;
use testkit::{Answer, Browser, Issuer, Setup};
use tokio::net::TcpListener;

pub(crate) const CLIENT: &str = "stateward";
pub(crate) const SECRET: &str = "planted secret of the client";
const CALLBACK: &str = "/app/sign-in/oidc/callback";

/// A provider. It serves until the test ends.
#[derive(Clone)]
pub(crate) struct Provider(Arc<Inner>);

struct Inner {
    issuer: Issuer,
    clock: Arc<FixedClock>,
    mood: Mutex<Mood>,
    /// What is granted for each code, and for each access token.
    grants: Mutex<HashMap<String, Grant>>,
}

#[derive(Default)]
struct Mood {
    /// What the identities say from now on, whatever is true.
    forged: Value,
    /// How their header lies.
    header: Option<Value>,
    /// Whether it says in the identity who somebody is, and the rest only when asked.
    reticent: bool,
    /// Whether codes are refused.
    refusing: bool,
}

#[derive(Clone)]
struct Grant {
    request: BTreeMap<String, String>,
    person: Value,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let issuer = Issuer::start().await;
        issuer.describe(json!({
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "userinfo_endpoint": format!("{base}/userinfo"),
            "end_session_endpoint": format!("{base}/out"),
        }));
        let clock = FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap());
        let provider = Self(Arc::new(Inner {
            issuer,
            clock: Arc::new(clock),
            mood: Mutex::default(),
            grants: Mutex::default(),
        }));
        let router = Router::new()
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub(crate) fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    pub(crate) fn clock(&self) -> &Arc<FixedClock> {
        &self.0.clock
    }

    /// A server whose people may sign in here.
    pub(crate) fn setup(&self) -> Setup {
        let options = Options {
            oidc_issuer: Some(self.0.issuer.url()),
            oidc_client_id: Some(CLIENT.to_owned()),
            oidc_client_secret: Some(SECRET.to_owned()),
            oidc_name: Some("Example".to_owned()),
            outgoing_http: Some(true),
            outgoing_networks: Some(vec!["private".to_owned()]),
            ..Options::default()
        };
        Setup { options, clock: self.0.clock.clone(), ..Setup::default() }
    }

    /// Makes the identities say something else from now on; nothing: the truth again.
    pub(crate) fn forge(&self, claims: Value) {
        self.0.mood.lock().unwrap().forged = claims;
    }

    /// Makes the identities' headers say something.
    pub(crate) fn lie(&self, header: Option<Value>) {
        self.0.mood.lock().unwrap().header = header;
    }

    pub(crate) fn be_reticent(&self) {
        self.0.mood.lock().unwrap().reticent = true;
    }

    pub(crate) fn refuse(&self) {
        self.0.mood.lock().unwrap().refusing = true;
    }

    /// Signs a person in who was sent to `url`; gives where the browser is sent back to.
    pub(crate) fn approve(&self, url: &str, person: &Value) -> String {
        let request = parameters(url);
        let mut grants = self.0.grants.lock().unwrap();
        let code = format!("code-{}", grants.len());
        let query = [("code", code.as_str()), ("state", &request["state"])];
        let back = reqwest::Url::parse_with_params(&request["redirect_uri"], query).unwrap();
        grants.insert(code, Grant { request, person: person.clone() });
        back.to_string()
    }

    /// Signs a person in from the page's button to where they wanted to go.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, person: &Value) -> Answer {
        let url = leave(browser, "/app").await;
        let back = self.approve(&url, person);
        come_back(browser, &back).await
    }
}

/// Begins to sign in; gives where the browser is sent.
pub(crate) async fn leave(browser: &mut Browser, return_to: &str) -> String {
    let away = browser.get(&format!("/app/sign-in/oidc?return_to={return_to}")).await.expect(303);
    browser.keep_cookies(&away);
    away.header("location").unwrap().to_owned()
}

/// Follows the provider's answer.
pub(crate) async fn come_back(browser: &mut Browser, url: &str) -> Answer {
    let (_, query) = url.split_once('?').unwrap();
    let answer = browser.get(&format!("{CALLBACK}?{query}")).await;
    browser.keep_cookies(&answer);
    answer
}

/// The query of a URL.
pub(crate) fn parameters(url: &str) -> BTreeMap<String, String> {
    reqwest::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    match exchange(&provider, &headers, &form) {
        Ok(answer) => Json(answer).into_response(),
        Err(word) => {
            let body = json!({"error": word, "error_description": "as the test wants it"});
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

fn exchange(
    provider: &Provider,
    headers: &HeaderMap,
    form: &BTreeMap<String, String>,
) -> Result<Value, &'static str> {
    let (mood, mut grants) = (provider.0.mood.lock().unwrap(), provider.0.grants.lock().unwrap());
    let client = STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+")));
    let shown = headers.get("authorization").and_then(|value| value.to_str().ok());
    if shown != Some(&format!("Basic {client}")) {
        return Err("invalid_client");
    }
    let grant = grants.remove(&form["code"]).ok_or("invalid_grant")?;
    let challenge = URL_SAFE_NO_PAD.encode(barrier::sha256(&form["code_verifier"]));
    let proved = challenge == grant.request["code_challenge"]
        && form["redirect_uri"] == grant.request["redirect_uri"];
    if !proved || mood.refusing {
        return Err("invalid_grant");
    }
    let now = provider.0.clock.now().as_seconds();
    let mut claims = json!({
        "aud": CLIENT,
        "nonce": grant.request["nonce"],
        "iat": now,
        "exp": now + 300,
        "sub": grant.person["sub"],
    });
    let access = format!("planted-access-{}", grant.request["nonce"]);
    if !mood.reticent {
        add(&mut claims, &grant.person);
    }
    grants.insert(access.clone(), grant);
    add(&mut claims, &mood.forged);
    let issuer = &provider.0.issuer;
    let identity = match &mood.header {
        Some(header) => issuer.token_with(header, &claims),
        None => issuer.token(&claims),
    };
    Ok(json!({"id_token": identity, "access_token": access, "token_type": "Bearer"}))
}

/// Null takes a claim away.
fn add(claims: &mut Value, more: &Value) {
    let claims = claims.as_object_mut().unwrap();
    for (name, value) in more.as_object().into_iter().flatten() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let shown = headers.get("authorization").and_then(|value| value.to_str().ok());
    let access = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match provider.0.grants.lock().unwrap().get(access) {
        Some(grant) => Json(grant.person.clone()).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
