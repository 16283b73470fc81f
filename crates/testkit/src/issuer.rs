//! An issuer of identities, as CI platforms have one: it signs tokens and says with which keys.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{Json, Router, extract::State, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

/// A running issuer. It stops when it is dropped.
pub struct Issuer {
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

struct Inner {
    address: SocketAddr,
    state: Mutex<Book>,
}

struct Book {
    /// The keys that are published; the last one signs.
    keys: Vec<(String, EcdsaKeyPair)>,
    silent: bool,
    asked: u32,
    /// What it says about itself besides.
    more: Value,
}

impl Issuer {
    /// An issuer with one key, on this machine.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let book = Book { keys: vec![new_key("first")], silent: false, asked: 0, more: json!({}) };
        let inner = Arc::new(Inner { address, state: Mutex::new(book) });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys_document))
            .with_state(Arc::clone(&inner));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inner, serving }
    }

    /// Its name, which is its address.
    pub fn url(&self) -> String {
        self.inner.url()
    }

    /// Signs claims. Its name is added unless they hold another one.
    pub fn token(&self, claims: &Value) -> String {
        let id = self.inner.state.lock().unwrap().keys.last().unwrap().0.clone();
        self.token_with(&json!({"alg": "ES256", "kid": id, "typ": "JWT"}), claims)
    }

    /// The same under a header of any kind, which may lie.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let mut all = json!({"iss": self.url()});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let message = format!("{}.{}", encode(header), encode(&all));
        let state = self.inner.state.lock().unwrap();
        let (_, key) = state.keys.last().unwrap();
        let signature = key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Publishes one more key, with which it signs from now on.
    pub fn add_key(&self, id: &str) {
        self.inner.state.lock().unwrap().keys.push(new_key(id));
    }

    /// The document with its public keys.
    pub fn keys(&self) -> Value {
        self.inner.keys()
    }

    /// Says more about itself, such as where people sign in.
    pub fn describe(&self, more: Value) {
        self.inner.state.lock().unwrap().more = more;
    }

    /// Takes connections from now on and answers nothing, or answers again.
    pub fn be_silent(&self, silent: bool) {
        self.inner.state.lock().unwrap().silent = silent;
    }

    /// How often it was asked for anything.
    pub fn asked(&self) -> u32 {
        self.inner.state.lock().unwrap().asked
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Inner {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn keys(&self) -> Value {
        let state = self.state.lock().unwrap();
        let keys: Vec<_> = state.keys.iter().map(|(id, key)| public(id, key)).collect();
        json!({ "keys": keys })
    }

    /// Counts a request, and holds it up if that is the mood.
    async fn come_in(&self) {
        let silent = {
            let mut state = self.state.lock().unwrap();
            state.asked += 1;
            state.silent
        };
        if silent {
            sleep(Duration::from_mins(1)).await;
        }
    }
}

async fn discovery(State(issuer): State<Arc<Inner>>) -> Json<Value> {
    issuer.come_in().await;
    let url = issuer.url();
    let mut document = json!({"issuer": url, "jwks_uri": format!("{url}/keys")});
    let more = issuer.state.lock().unwrap().more.clone();
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Json(document)
}

async fn keys_document(State(issuer): State<Arc<Inner>>) -> Json<Value> {
    issuer.come_in().await;
    Json(issuer.keys())
}

fn new_key(id: &str) -> (String, EcdsaKeyPair) {
    (id.to_owned(), EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
}

fn public(id: &str, key: &EcdsaKeyPair) -> Value {
    // A byte that says how it is written, then both coordinates.
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let text = |bytes| URL_SAFE_NO_PAD.encode(bytes);
    json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": id, "x": text(x), "y": text(y)})
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token that is signed with a secret, under the name of a good key.
pub fn hmac_token(secret: &[u8], claims: &Value) -> String {
    let message =
        format!("{}.{}", encode(&json!({"alg": "HS256", "kid": "first"})), encode(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}
