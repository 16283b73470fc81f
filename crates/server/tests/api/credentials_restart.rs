//! A start does not wait for leases, however many there are, and however many are over.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use db::Statement;
use stateward::{app::App, config::Config, options::Options};
use testkit::{Setup, TestServer};

use crate::vault::Vault;

const LEASES: i64 = 200_000;

/// Half of them have been over for a day, as after an outage.
const INSERT_LEASES: Statement = Statement::new(
    "test_insert_leases",
    "INSERT INTO credential_leases (id, mount, issued_at, expires_at, renewable, internal, attempts, \
       revoke_at) \
     WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1) \
     SELECT 'terraform/creds/ci/' || n, 'gone', $2, \
       CASE WHEN n % 2 = 0 THEN $2 - 86400000000 ELSE $2 + 86400000000 END, 1, $3, 0, \
       CASE WHEN n % 2 = 0 THEN $2 - 86400000000 ELSE $2 + 86400000000 END FROM numbers",
);

/// On the embedded database: with PostgreSQL the start reads no more than that.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_with_many_leases_answers_at_once() {
    let server = TestServer::start_empty(Setup::default()).await;
    let db = server.app().identity().db();
    if !server.folder().join("stateward.db").exists() {
        return;
    }
    let root = Vault::root(&server).await;
    let now = server.app().identity().now();
    db.write(move |tx| {
        let internal = vec![7_u8; 200];
        Ok(tx.execute(&INSERT_LEASES, &[LEASES.into(), now.into(), internal.into()]).map(drop)?)
    })
    .await
    .unwrap();

    let options = Options { data_dir: Some(server.folder().to_owned()), ..Options::default() };
    let config = Config::from_options(options).unwrap_or_else(|_| panic!("the settings are right"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let began = Instant::now();
    let (settings, external) = (config.clone(), url.clone());
    let opened =
        tokio::task::spawn_blocking(move || App::open(&settings, &external)).await.unwrap();
    let app = opened.unwrap();
    let serving = tokio::spawn({
        let (app, url) = (app.clone(), url.clone());
        async move { app.serve(&config, &url, listener, std::future::pending()).await }
    });
    let request = format!("{url}/v1/auth/token/lookup-self");
    server.token(root.token()).get(&request).await.expect(200);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");

    // While what is over is revoked, others are answered.
    let expiring = tokio::spawn({
        let app = app.clone();
        async move {
            for _ in 0..40 {
                app.credentials().expire().await.unwrap();
            }
        }
    });
    while !expiring.is_finished() {
        let began = Instant::now();
        server.token(root.token()).get(&request).await.expect(200);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    expiring.await.unwrap();
    serving.abort();
}
