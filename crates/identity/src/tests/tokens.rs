//! API tokens.

use std::time::Duration;

use db::Statement;
use kernel::{Kind, PageRequest};

use super::{Site, kind_of, pointer_of};
use crate::{NewToken, OrganizationTokenKind};

#[tokio::test]
async fn people_see_and_revoke_their_own_tokens_only() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    let (own, foreign) = (site.context(&ada), site.context(&eve));
    let identity = &site.identity;
    let (token, value) = identity.create_token(&own, ada.id, " laptop ", None).await.unwrap();
    assert_eq!((token.description.as_str(), token.created_by), ("laptop", Some(ada.id)));
    assert!(value.expose().starts_with("stw_"));
    assert_eq!(kind_of(identity.create_token(&foreign, ada.id, "", None).await), Kind::NotFound);
    assert_eq!(kind_of(identity.read_token(&foreign, token.id).await), Kind::NotFound);
    assert_eq!(kind_of(identity.revoke_token(&foreign, token.id).await), Kind::NotFound);
    let page = PageRequest::default();
    assert_eq!(kind_of(identity.list_tokens(&foreign, ada.id, page).await), Kind::NotFound);

    let (found, user) = identity.token_by_value(value.expose()).await.unwrap().unwrap();
    assert_eq!((found.id, user.map(|user| user.id)), (token.id, Some(ada.id)));
    identity.revoke_token(&own, token.id).await.unwrap();
    assert!(identity.find_token(value.expose()).await.unwrap().is_none());
    assert_eq!(kind_of(identity.read_token(&own, token.id).await), Kind::NotFound);
}

#[tokio::test]
async fn a_token_is_its_own_authority_to_be_revoked() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let identity = &site.identity;
    let (token, value) =
        identity.create_token(&identity.system(), ada.id, "ci", None).await.unwrap();
    assert!(
        identity
            .revoke_token_by_value(&site.stranger("192.0.2.1"), "stw_nonsense")
            .await
            .unwrap()
            .is_none()
    );
    let revoked = identity
        .revoke_token_by_value(&site.stranger("192.0.2.1"), value.expose())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revoked.id, token.id);
    assert!(
        identity
            .revoke_token_by_value(&site.stranger("192.0.2.1"), value.expose())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn ends_lie_in_the_future_and_lists_begin_with_the_newest() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let identity = &site.identity;
    let context = site.context(&ada);
    let past = identity.create_token(&context, ada.id, "", Some(context.now)).await;
    assert_eq!(pointer_of(past), "/data/attributes/expired-at");
    let long = "x".repeat(256);
    let wordy = identity.create_token(&context, ada.id, &long, None).await;
    assert_eq!(pointer_of(wordy), "/data/attributes/description");
    for name in ["one", "two", "three"] {
        identity.create_token(&site.context(&ada), ada.id, name, None).await.unwrap();
        site.advance(Duration::from_secs(1));
    }
    let page = identity.list_tokens(&context, ada.id, PageRequest::new(1, 2)).await.unwrap();
    let names: Vec<_> = page.items.iter().map(|token| token.description.as_str()).collect();
    assert_eq!((names, page.total), (vec!["three", "two"], 3));
}

#[tokio::test]
async fn what_happens_to_tokens_is_written_down_without_their_values() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let acme = site.organization("acme", &ada).await;
    let (identity, context) = (&site.identity, site.context(&ada));
    let kind = OrganizationTokenKind::Organization;
    let mut values = Vec::new();
    for description in ["first", "second"] {
        let new = NewToken::described(description);
        let made = identity.create_organization_token(&context, "acme", kind, new).await.unwrap();
        values.push(made.1.into_exposed());
    }
    identity.revoke_organization_token(&context, "acme", kind).await.unwrap();
    let (_, value) = identity.create_token(&context, ada.id, "own", None).await.unwrap();
    let stranger = site.stranger("192.0.2.9");
    identity.revoke_token_by_value(&stranger, value.expose()).await.unwrap().unwrap();
    values.push(value.into_exposed());

    let records = identity
        .db()
        .read(move |tx| {
            Ok(tx.query(&RECORDS, &["authentication-tokens".into()], |row| {
                Ok((row.text(0)?, row.text(1)?, row.opt_text(2)?, row.opt_text(3)?, row.text(4)?))
            })?)
        })
        .await
        .unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|(action, name, organization, actor, _)| {
            let inside = organization.as_deref() == Some(&acme.id.to_string());
            let by_ada = actor.as_deref() == Some(&ada.id.to_string());
            (action.as_str(), name.as_str(), inside, by_ada)
        })
        .collect();
    let expected = [
        ("create", "first", true, true),
        ("revoke", "", true, true),
        ("create", "second", true, true),
        ("revoke", "second", true, true),
        ("create", "own", false, true),
        ("revoke", "own", false, true),
    ];
    for told_so in expected {
        assert!(told.contains(&told_so), "{told_so:?} is missing in {told:?}");
    }
    assert_eq!(told.len(), expected.len());
    let text = format!("{records:?}");
    assert!(values.iter().all(|value| !text.contains(value.as_str())));
}

const RECORDS: Statement = Statement::new(
    "test_records",
    "SELECT action, resource_name, organization_id, actor_id, details FROM audit_records \
     WHERE resource_kind = $1",
);
