//! The audit trail on its way out, to a file and to a webhook, and out of the house for good.

use std::{sync::Arc, time::Duration};

use barrier::{hex, hmac_sha256};
use kernel::Secret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Mutex,
};

use super::Site;
use crate::{
    Identity, Settings,
    audit::{AuditSettings, AuditWebhook, Event},
};

const SECRET: &str = "a secret that is long enough";

impl Site {
    /// The same site with other settings of the trail.
    fn with_audit(&self, audit: AuditSettings) -> Identity {
        let outgoing = outgoing::Settings {
            allow_private: true,
            allow_http: true,
            ..outgoing::Settings::default()
        };
        let (db, barrier) = (self.identity.db().clone(), self.identity.barrier().clone());
        let settings = Settings { audit, outgoing, ..Settings::default() };
        Identity::new(db, barrier, Arc::clone(&self.clock) as Arc<dyn kernel::Clock>, settings)
    }

    async fn events(&self, names: &[&str]) {
        for name in names {
            let event = Event::new("read", "workspaces", name);
            self.identity.record(&self.stranger("192.0.2.9"), event).await.unwrap();
            self.advance(Duration::from_secs(1));
        }
        self.identity.tend_audit().await.unwrap();
    }
}

/// A server that answers posts with one status after the other, and keeps what was posted.
struct Receiver {
    url: String,
    posts: Arc<Mutex<Vec<Post>>>,
}

/// What was posted: the signature, and the body.
type Post = (String, Vec<u8>);

impl Receiver {
    async fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let posts = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&posts);
        tokio::spawn(async move {
            for status in statuses {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    let mut piece = [0; 4096];
                    let count = stream.read(&mut piece).await.unwrap();
                    bytes.extend_from_slice(&piece[..count]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
                    let head = head.to_lowercase();
                    let length: usize = header(&head, "content-length").unwrap().parse().unwrap();
                    if bytes.len() >= head.len() + 4 + length {
                        break (head.clone(), bytes[head.len() + 4..].to_vec());
                    }
                };
                kept.lock().await.push((head, body));
                let answer = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, posts }
    }

    fn settings(&self) -> AuditSettings {
        let webhook =
            AuditWebhook { url: self.url.clone(), secret: Secret::new(SECRET.to_owned()) };
        AuditSettings { webhook: Some(webhook), ..AuditSettings::default() }
    }

    /// The ids of the workspaces in each post, after its signature was checked.
    async fn received(&self) -> Vec<Vec<String>> {
        let ids = |(head, body): &(String, Vec<u8>)| {
            let timestamp = header(head, "stateward-timestamp").unwrap();
            let signed = [timestamp.as_bytes(), b".", body].concat();
            let expected = format!("sha256={}", hex(hmac_sha256(SECRET, signed)));
            assert_eq!(header(head, "stateward-signature").unwrap(), expected);
            let body: serde_json::Value = serde_json::from_slice(body).unwrap();
            let records = body["records"].as_array().unwrap().iter();
            records.map(|record| record["resource-id"].as_str().unwrap().to_owned()).collect()
        };
        self.posts.lock().await.iter().map(ids).collect()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_gets_every_record_signed_and_again_after_a_failure() {
    let site = Site::new();
    let receiver = Receiver::start(&[500, 200, 204]).await;
    let identity = site.with_audit(receiver.settings());
    site.events(&["a", "b"]).await;
    identity.deliver_audit_to_webhook().await.unwrap();
    // It failed, and is not tried again at once.
    identity.deliver_audit_to_webhook().await.unwrap();
    assert_eq!(receiver.received().await.len(), 1);
    site.events(&["c"]).await;
    site.advance(Duration::from_secs(2));
    identity.deliver_audit_to_webhook().await.unwrap();
    site.events(&["d"]).await;
    identity.deliver_audit_to_webhook().await.unwrap();
    identity.deliver_audit_to_webhook().await.unwrap();
    let received = receiver.received().await;
    assert_eq!(received, [vec!["a", "b"], vec!["a", "b", "c"], vec!["d"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_not_there_holds_nobody_up() {
    let site = Site::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let webhook = AuditWebhook { url, secret: Secret::new(SECRET.to_owned()) };
    let audit = AuditSettings { webhook: Some(webhook), ..AuditSettings::default() };
    let identity = site.with_audit(audit);
    site.events(&["a"]).await;
    identity.deliver_audit_to_webhook().await.unwrap();
    assert!(site.identity.verify_audit(&[]).await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_gets_every_record_once_and_goes_on_after_a_restart() {
    let site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let audit = AuditSettings { file: Some(path.clone()), ..AuditSettings::default() };
    site.events(&["a", "b"]).await;
    site.with_audit(audit.clone()).deliver_audit_to_file().await.unwrap();
    site.events(&["c"]).await;
    site.with_audit(audit).deliver_audit_to_file().await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let records: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            (record["position"].as_i64().unwrap(), record["resource-id"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, [(1, "a"), (2, "b"), (3, "c")]);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_not_send_the_same_records() {
    let site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let audit = AuditSettings { file: Some(path.clone()), ..AuditSettings::default() };
    let names: Vec<String> = (0..450).map(|number| number.to_string()).collect();
    site.events(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let servers: Vec<_> = (0..4).map(|_| site.with_audit(audit.clone())).collect();
    let deliver = |server: Identity| async move { server.deliver_audit_to_file().await.unwrap() };
    let tasks: Vec<_> = servers.into_iter().map(|server| tokio::spawn(deliver(server))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 450);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_records_go_from_the_beginning_and_the_chain_still_holds() {
    let site = Site::new();
    site.events(&["a", "b", "c"]).await;
    site.advance(Duration::from_hours(24 * 10));
    site.events(&["d", "e"]).await;
    let week = Some(Duration::from_hours(24 * 7));
    let kept = AuditSettings { retention: week, ..AuditSettings::default() };
    let identity = site.with_audit(kept.clone());
    identity.retain_audit().await.unwrap();
    let found = identity.verify_audit(&[]).await.unwrap();
    assert!(found.is_sound(), "{found:?}");
    // What was let go is a record of its own.
    assert_eq!((found.first_position, found.last_position, found.records), (4, 6, 3));
    identity.retain_audit().await.unwrap();
    assert_eq!(identity.verify_audit(&[]).await.unwrap().last_position, 6);

    // All of it may go.
    site.advance(Duration::from_hours(24 * 10));
    identity.retain_audit().await.unwrap();
    let found = identity.verify_audit(&[]).await.unwrap();
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.first_position, found.last_position), (7, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_before_it_was_sent() {
    let site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    let file = Some(folder.path().join("audit.jsonl"));
    site.events(&["a", "b"]).await;
    site.advance(Duration::from_hours(24 * 10));
    let retention = Some(Duration::from_hours(24));
    let identity = site.with_audit(AuditSettings { retention, file, ..AuditSettings::default() });
    identity.retain_audit().await.unwrap();
    assert_eq!(identity.verify_audit(&[]).await.unwrap().records, 2);
    identity.deliver_audit_to_file().await.unwrap();
    identity.retain_audit().await.unwrap();
    let found = identity.verify_audit(&[]).await.unwrap();
    assert_eq!((found.first_position, found.records, found.is_sound()), (3, 1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_from_a_trail_that_was_tampered_with() {
    const FORGE: db::Statement =
        db::Statement::new("t", "UPDATE audit_chain SET first_position = 2");
    let site = Site::new();
    site.events(&["a", "b"]).await;
    site.identity.db().write(|tx| Ok(tx.execute(&FORGE, &[])?)).await.unwrap();
    site.advance(Duration::from_hours(24 * 10));
    let retention = Some(Duration::from_hours(24));
    let identity = site.with_audit(AuditSettings { retention, ..AuditSettings::default() });
    identity.retain_audit().await.unwrap();
    assert_eq!(identity.verify_audit(&[]).await.unwrap().records, 1);
    assert!(!identity.verify_audit(&[]).await.unwrap().is_sound());
}
