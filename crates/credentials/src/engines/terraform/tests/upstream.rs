//! A Terraform API with tokens that can be counted, and that misbehaves when it is told to.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The token that is always good there.
pub(super) const ROOT: &str = "root-token";
const ROOT_ID: &str = "at-root";
/// What the tokens begin with that a server shows to itself: they are all good there.
const INTERNAL: &str = "stwi_";
const BEARER: &str = "authorization: bearer ";

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// It is refused with a status and a body.
    Status(u16, &'static str),
    /// It comes too early; the same request a little later does not.
    TooEarly,
    /// It is done, and nobody hears of it: the connection breaks.
    DoneAndBroken,
    /// It is not even read.
    Broken,
    /// It is done, and the answer comes too late.
    DoneAndSlow,
    /// It is done when nobody waits for it any more.
    DoneLate,
    /// It is read, and never answered.
    Unanswered,
    /// It is done, and the answer is no JSON.
    DoneAndGarbled,
    /// It is done, and the answer has no end.
    DoneAndHuge,
    /// It is done, and the answer lacks what it is about.
    DoneAndEmpty,
}

impl Trouble {
    /// Every kind.
    pub(super) fn all() -> Vec<Self> {
        let unprocessable = r#"{"errors":[{"title":"invalid attribute","detail":"not so"}]}"#;
        let mut all: Vec<_> = [401, 403, 404, 408, 409, 429, 500, 502, 503, 504]
            .map(|status| Self::Status(status, "<html>"))
            .to_vec();
        all.push(Self::Status(422, unprocessable));
        all.extend([
            Self::TooEarly,
            Self::DoneAndBroken,
            Self::Broken,
            Self::DoneAndSlow,
            Self::DoneAndGarbled,
            Self::DoneAndHuge,
            Self::DoneAndEmpty,
        ]);
        all
    }

    /// Whether a request under it comes to a good end.
    pub(super) const fn is_overcome(&self) -> bool {
        matches!(self, Self::TooEarly)
    }
}

/// A token there.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) list: String,
    pub(super) value: String,
    pub(super) description: String,
    pub(super) attributes: Value,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) tokens: BTreeMap<String, Token>,
    /// Whether the token that is always good is.
    pub(super) root_ended: bool,
    /// Whom the root token speaks for: type and id.
    pub(super) root_owner: (String, String),
    /// Whether `account/details` tells the token's id.
    pub(super) hides_token_ids: bool,
    /// What goes wrong: with requests of a method, with this in the path, so often.
    pub(super) troubles: Vec<(&'static str, String, Trouble, usize)>,
    /// The ids of organizations by their names, where they have any.
    pub(super) organizations: BTreeMap<String, String>,
    /// Every request: method and path.
    pub(super) seen: Vec<String>,
    /// How many requests that were never answered somebody still waits for, and how many not.
    pub(super) waited_for: usize,
    pub(super) forsaken: usize,
    made: usize,
}

/// The server.
#[derive(Clone)]
pub(super) struct Upstream {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Upstream {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let owner = ("users".to_owned(), "user-1".to_owned());
        let state = Arc::new(Mutex::new(State { root_owner: owner, ..State::default() }));
        let upstream = Self { address: listener.local_addr().unwrap(), state };
        let serving = upstream.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(stream).await });
            }
        });
        upstream
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on, the next so many requests go wrong.
    pub(super) fn trouble(&self, method: &'static str, path: &str, trouble: Trouble, times: usize) {
        self.state().troubles.push((method, path.to_owned(), trouble, times));
    }

    /// Everything goes well again.
    pub(super) fn recover(&self) {
        self.state().troubles.clear();
    }

    /// The ids of the tokens that live there.
    pub(super) fn live(&self) -> BTreeSet<String> {
        self.state().tokens.keys().cloned().collect()
    }

    pub(super) fn token(&self, id: &str) -> Token {
        self.state().tokens.get(id).cloned().unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// The requests since this was last asked.
    pub(super) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().seen)
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some((head, body)) = read(&mut stream).await else { return };
        let mut words = head.split_whitespace();
        let (method, path) = (
            words.next().unwrap().to_owned(),
            words.next().unwrap()["/api/v2/".len()..].to_owned(),
        );
        let is_bearer = |line: &&str| line.to_lowercase().starts_with(BEARER);
        let bearer = head.lines().find(is_bearer).map_or("", |line| line[BEARER.len()..].trim());
        let trouble = self.state().next_trouble(&method, &path);
        let answer = match &trouble {
            Some(Trouble::Status(status, text)) => (*status, (*text).to_owned()),
            Some(Trouble::TooEarly) => (429, String::new()),
            Some(Trouble::Broken) => return,
            Some(Trouble::Unanswered) => {
                self.state().waited_for += 1;
                while read(&mut stream).await.is_some() {}
                let mut state = self.state();
                (state.waited_for, state.forsaken) = (state.waited_for - 1, state.forsaken + 1);
                return;
            }
            Some(Trouble::DoneLate) => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                let _ = self.state().answer(&method, &path, bearer, &body);
                return;
            }
            _ => {
                let (status, document) = self.state().answer(&method, &path, bearer, &body);
                (status, if document.is_null() { String::new() } else { document.to_string() })
            }
        };
        let (status, text) = match trouble {
            Some(Trouble::DoneAndBroken) => return,
            Some(Trouble::DoneAndSlow) => {
                tokio::time::sleep(Duration::from_secs(3)).await;
                answer
            }
            Some(Trouble::DoneAndGarbled) => (200, "{\"data\": ".to_owned()),
            Some(Trouble::DoneAndHuge) => (200, "[".repeat(2 << 20)),
            Some(Trouble::DoneAndEmpty) => (200, "{\"data\":{\"id\":\"at-x\"}}".to_owned()),
            _ => answer,
        };
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nretry-after: 0\r\nconnection: close\r\n\r\n",
            text.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(text.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

/// A request's head and body.
async fn read(stream: &mut TcpStream) -> Option<(String, Value)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some((head.to_owned(), serde_json::from_str(body).unwrap_or_default()));
        }
    }
}

impl State {
    fn next_trouble(&mut self, method: &str, path: &str) -> Option<Trouble> {
        self.seen.push(format!("{method} {}", path.split('?').next().unwrap_or_default()));
        let found = self.troubles.iter_mut().find(|(wanted, part, _, times)| {
            *wanted == method && path.contains(part.as_str()) && *times > 0
        })?;
        found.3 -= 1;
        Some(found.2.clone())
    }

    /// The id of a token by its value.
    fn who(&self, bearer: &str) -> Option<String> {
        if bearer.starts_with(INTERNAL) || bearer == ROOT && !self.root_ended {
            return Some(ROOT_ID.to_owned());
        }
        let found = self.tokens.iter().find(|(_, token)| token.value == bearer);
        found.map(|(id, _)| id.clone())
    }

    fn answer(&mut self, method: &str, path: &str, bearer: &str, body: &Value) -> (u16, Value) {
        let Some(who) = self.who(bearer) else { return (401, Value::Null) };
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["account", "details"]) => (200, self.details(&who)),
            ("GET", ["organizations", name]) if self.organizations.contains_key(*name) => {
                let attributes = json!({"external-id": self.organizations.get(*name)});
                (200, json!({"data": {"id": name, "attributes": attributes}}))
            }
            ("GET", ["organizations" | "teams", id]) => (200, json!({"data": {"id": id}})),
            ("GET", ["organizations", _, "workspaces", name]) => {
                (200, json!({"data": {"id": format!("ws-{name}")}}))
            }
            ("DELETE", ["authentication-tokens", id]) => self.end(id),
            (_, [_, _, "authentication-token"]) => self.single(method, path),
            (_, [_, _, "authentication-tokens" | "access-keys"]) => self.list(method, path, body),
            _ => (404, Value::Null),
        }
    }

    fn details(&self, who: &str) -> Value {
        let (kind, id) = match self.tokens.get(who).map(|token| token.list.split('/')) {
            Some(mut list) => (list.next().unwrap().to_owned(), list.next().unwrap().to_owned()),
            None => self.root_owner.clone(),
        };
        let mut data = json!({
            "id": "user-api", "type": "users", "attributes": {"username": "api"},
            "relationships": {"authenticated-resource": {"data": {"type": kind, "id": id}}},
        });
        if !self.hides_token_ids {
            data["links"] = json!({"auth-token": format!("/api/v2/authentication-tokens/{who}")});
        }
        json!({ "data": data })
    }

    fn end(&mut self, id: &str) -> (u16, Value) {
        if id == ROOT_ID && !self.root_ended {
            self.root_ended = true;
            return (204, Value::Null);
        }
        let gone = self.tokens.remove(id).is_some();
        (if gone { 204 } else { 404 }, Value::Null)
    }

    fn single(&mut self, method: &str, path: &str) -> (u16, Value) {
        let of_place = |(id, token): (&String, &Token)| (token.list == path).then(|| id.clone());
        let present = self.tokens.iter().find_map(of_place);
        match (method, present) {
            ("POST", present) => {
                if let Some(old) = present {
                    self.tokens.remove(&old);
                }
                let (_, organization) = &self.root_owner;
                // The organization's own token replaces the one that the engine works with.
                if *path == format!("organizations/{organization}/authentication-token") {
                    self.root_ended = true;
                }
                (201, self.make(path, &json!({})))
            }
            ("GET", Some(id)) => (200, json!({"data": {"id": id}})),
            ("DELETE", Some(id)) => self.end(&id),
            _ => (404, Value::Null),
        }
    }

    fn list(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        if method == "POST" {
            return (201, self.make(path, &body["data"]["attributes"]));
        }
        let here = self.tokens.iter().filter(|(_, token)| token.list == path);
        let rows: Vec<Value> = here
            .map(|(id, token)| json!({"id": id, "attributes": {"description": token.description}}))
            .collect();
        (200, json!({"data": rows, "meta": {"pagination": {"next-page": null}}}))
    }

    fn make(&mut self, path: &str, attributes: &Value) -> Value {
        self.made += 1;
        let (id, value) = (format!("at-{}", self.made), format!("value-{}", self.made));
        let description = attributes["description"].as_str().unwrap_or_default().to_owned();
        let token = Token {
            list: path.to_owned(),
            value: value.clone(),
            description: description.clone(),
            attributes: attributes.clone(),
        };
        self.tokens.insert(id.clone(), token);
        json!({"data": {"id": id, "attributes": {
            "token": value, "description": description, "expired-at": attributes["expired-at"],
        }}})
    }
}
