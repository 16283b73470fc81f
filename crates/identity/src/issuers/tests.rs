//! Against an issuer on this machine that can be made to fail.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::Instant,
};

use axum::{
    Json, Router,
    extract::State as Shared,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use kernel::{FixedClock, Timestamp};
use outgoing::Settings;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};

use super::*;

/// How an issuer behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    Failing,
    Silent,
    /// Says that it is somebody else.
    Lying,
    /// Answers with a page.
    Chatting,
}

struct Script {
    address: SocketAddr,
    mood: Mutex<Mood>,
    key: Mutex<String>,
    discoveries: AtomicU32,
    looks: AtomicU32,
}

struct World {
    script: Arc<Script>,
    clock: Arc<FixedClock>,
    issuers: Issuers,
    source: KeySource,
}

impl World {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let script = Arc::new(Script {
            address: listener.local_addr().unwrap(),
            mood: Mutex::new(Mood::Well),
            key: Mutex::new("first".to_owned()),
            discoveries: AtomicU32::new(0),
            looks: AtomicU32::new(0),
        });
        let router = Router::new()
            .route("/tenant/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = Settings { allow_http: true, allow_private: true, ..Settings::default() };
        let clock = Arc::new(FixedClock::at(Timestamp::from_micros(0)));
        let issuers = Issuers::new(Outgoing::new(settings), clock.clone());
        let source = KeySource::Issuer(script.issuer());
        Self { script, clock, issuers, source }
    }

    fn mood(&self, mood: Mood) {
        *self.script.mood.lock().unwrap() = mood;
    }

    /// The name of the one key that is served.
    async fn key(&self) -> Result<String> {
        self.issuers.keys(&self.source).await.map(|keys| name(&keys))
    }

    fn looks(&self) -> u32 {
        self.script.looks.load(Ordering::SeqCst)
    }

    /// Until a fetch in the background is done.
    async fn settle(&self) {
        let entry = self.issuers.entry(&self.source);
        let running = entry.lock().running();
        if let Some(running) = running {
            wait(running).await;
        }
    }
}

impl Script {
    fn issuer(&self) -> String {
        format!("http://{}/tenant", self.address)
    }
}

fn name(keys: &KeySet) -> String {
    format!("{keys:?}").replace(['[', ']', '"', '(', ')'], "").replace("Some", "")
}

async fn discovery(Shared(script): Shared<Arc<Script>>) -> Response {
    script.discoveries.fetch_add(1, Ordering::SeqCst);
    let issuer = if *script.mood.lock().unwrap() == Mood::Lying {
        "https://issuer.example".to_owned()
    } else {
        script.issuer()
    };
    answer(
        &script,
        json!({
            "issuer": issuer,
            "jwks_uri": format!("http://{}/keys", script.address),
            "authorization_endpoint": "https://issuer.example/auth",
        }),
    )
    .await
}

async fn keys(Shared(script): Shared<Arc<Script>>) -> Response {
    script.looks.fetch_add(1, Ordering::SeqCst);
    let key = script.key.lock().unwrap().clone();
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    answer(&script, json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key}]})).await
}

async fn answer(script: &Script, body: Value) -> Response {
    let mood = script.mood.lock().unwrap().clone();
    match mood {
        Mood::Well | Mood::Lying => {
            ([("cache-control", "max-age=3600")], Json(body)).into_response()
        }
        Mood::Failing => (StatusCode::SERVICE_UNAVAILABLE, "secret").into_response(),
        Mood::Chatting => "<html>secret</html>".into_response(),
        Mood::Silent => {
            sleep(Duration::from_mins(1)).await;
            StatusCode::OK.into_response()
        }
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_before_they_run_out() {
    let world = World::start().await;
    for _ in 0..3 {
        assert_eq!(world.key().await.unwrap(), "first");
    }
    assert_eq!(world.looks(), 1);
    *world.script.key.lock().unwrap() = "second".to_owned();
    world.clock.advance(Duration::from_mins(50));
    // Whoever asks first still gets the old ones, and does not wait.
    assert_eq!(world.key().await.unwrap(), "first");
    world.settle().await;
    assert_eq!((world.key().await.unwrap().as_str(), world.looks()), ("second", 2));
    // After a quiet night whoever comes first waits for the newest.
    *world.script.key.lock().unwrap() = "third".to_owned();
    world.clock.advance(Duration::from_hours(12));
    assert_eq!(world.key().await.unwrap(), "third");
    assert_eq!(world.script.discoveries.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn many_who_ask_at_once_make_for_one_look() {
    let world = World::start().await;
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let (issuers, source) = (world.issuers.clone(), world.source.clone());
            tokio::spawn(async move { issuers.keys(&source).await })
        })
        .collect();
    for one in asking {
        assert_eq!(name(&one.await.unwrap().unwrap()), "first");
    }
    assert_eq!(world.looks(), 1);
}

#[tokio::test]
async fn an_unknown_key_makes_for_a_new_look_now_and_then() {
    let world = World::start().await;
    let known = world.issuers.keys(&world.source).await.unwrap();
    *world.script.key.lock().unwrap() = "second".to_owned();
    let newer = || world.issuers.newer_keys(&world.source, &known);
    assert!(newer().await.is_none(), "too early");
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(name(&newer().await.unwrap()), "second");
    // Somebody with the older keys in hand gets them without another look.
    assert_eq!(name(&newer().await.unwrap()), "second");
    assert_eq!(world.looks(), 2);
    let known = world.issuers.keys(&world.source).await.unwrap();
    for _ in 0..10 {
        world.clock.advance(Duration::from_secs(2));
        assert!(world.issuers.newer_keys(&world.source, &known).await.is_none());
    }
    assert_eq!(world.looks(), 2);
}

#[tokio::test]
async fn keys_outlive_their_issuer_by_a_day() {
    let world = World::start().await;
    assert_eq!(world.key().await.unwrap(), "first");
    world.mood(Mood::Failing);
    world.clock.advance(Duration::from_hours(24));
    for _ in 0..3 {
        assert_eq!(world.key().await.unwrap(), "first");
    }
    assert_eq!(world.script.discoveries.load(Ordering::SeqCst), 2, "one failure is enough");
    world.clock.advance(Duration::from_hours(1));
    assert!(world.key().await.is_err());
    world.mood(Mood::Well);
    assert!(world.key().await.is_err(), "remembered");
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.key().await.unwrap(), "first");
}

#[tokio::test]
async fn a_silent_issuer_holds_up_nobody_else() {
    let world = World::start().await;
    let other = World::start().await;
    other.mood(Mood::Silent);
    let silent = other.source.clone();
    let waiting = tokio::spawn({
        let issuers = world.issuers.clone();
        async move { issuers.keys(&silent).await.unwrap_err().to_string() }
    });
    sleep(Duration::from_millis(50)).await;
    assert_eq!(world.key().await.unwrap(), "first");
    assert!(!waiting.is_finished());
    assert_eq!(waiting.await.unwrap(), "\"127.0.0.1\" did not answer within 5 s");
    // Whoever comes next is told at once.
    let again = Instant::now();
    assert!(world.issuers.keys(&other.source).await.is_err());
    assert!(again.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn whoever_hangs_up_does_not_end_the_look() {
    let world = World::start().await;
    // Polled once, then dropped.
    let _ = timeout(Duration::ZERO, world.key()).await;
    world.settle().await;
    assert_eq!((world.key().await.unwrap().as_str(), world.looks()), ("first", 1));
}

#[tokio::test]
async fn what_is_not_the_issuers_is_not_believed() {
    let world = World::start().await;
    for (mood, expected) in [
        (Mood::Lying, "calls itself \"https://issuer.example\""),
        (Mood::Failing, "status 503"),
        (Mood::Chatting, "did not answer with the JSON that it should"),
    ] {
        world.mood(mood);
        let error = world.key().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        world.clock.advance(Duration::from_secs(30));
    }
    // A slash more is another name.
    let slash = KeySource::Issuer(format!("{}/", world.script.issuer()));
    world.mood(Mood::Well);
    assert!(world.issuers.keys(&slash).await.unwrap_err().to_string().contains("calls itself"));
}

#[tokio::test]
async fn addresses_and_given_keys_need_no_discovery() {
    let world = World::start().await;
    let address = KeySource::Address(format!("http://{}/keys", world.script.address));
    assert_eq!(name(&world.issuers.keys(&address).await.unwrap()), "first");
    assert_eq!(world.script.discoveries.load(Ordering::SeqCst), 0);
    let given = KeySource::Given("{\"keys\": []}".to_owned());
    let keys = world.issuers.keys(&given).await.unwrap();
    assert!(keys.is_empty());
    assert!(world.issuers.newer_keys(&given, &keys).await.is_none());
    assert!(world.issuers.keys(&KeySource::Given("x".to_owned())).await.is_err());
}

#[tokio::test]
async fn what_an_issuer_says_about_itself() {
    let world = World::start().await;
    let metadata = world.issuers.metadata(&world.script.issuer()).await.unwrap();
    assert_eq!(metadata.authorization_endpoint.as_deref(), Some("https://issuer.example/auth"));
    assert_eq!(metadata.token_endpoint, None);
    assert_eq!(world.key().await.unwrap(), "first");
    assert_eq!(world.looks(), 1);
}

#[tokio::test]
async fn issuers_that_nobody_asks_for_are_forgotten() {
    let world = World::start().await;
    for number in 0..MOST {
        world.issuers.entry(&KeySource::Address(number.to_string()));
    }
    world.clock.advance(UNUSED);
    assert_eq!(world.key().await.unwrap(), "first");
    assert_eq!(world.issuers.0.entries.lock().unwrap().len(), 1);
}
