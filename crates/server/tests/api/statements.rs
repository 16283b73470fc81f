//! Every SQL statement, prepared on the engine under test.

use stateward::app::App;
use testkit::{Setup, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_is_understood_and_no_hot_one_scans() {
    let server = TestServer::start_empty(Setup::default()).await;
    let db = server.app().identity().db().clone();
    let statements = App::statements();
    let mut names: Vec<_> = statements.iter().map(|statement| statement.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), statements.len(), "two statements share a name");

    let prepared = tokio::task::spawn_blocking(move || db.prepare_all(&App::statements()))
        .await
        .unwrap()
        .unwrap();
    for statement in &prepared {
        assert!(
            !statement.hot || statement.scans.is_empty(),
            "{} is marked hot and scans a table: {statement:?}",
            statement.name
        );
    }
}
