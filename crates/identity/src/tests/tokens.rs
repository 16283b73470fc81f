//! API tokens.

use std::time::Duration;

use kernel::{Kind, PageRequest};

use super::{Site, kind_of, pointer_of};

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
    assert!(identity.revoke_token_by_value(&site.stranger("192.0.2.1"), "stw_nonsense").await.unwrap().is_none());
    let revoked = identity.revoke_token_by_value(&site.stranger("192.0.2.1"), value.expose()).await.unwrap().unwrap();
    assert_eq!(revoked.id, token.id);
    assert!(identity.revoke_token_by_value(&site.stranger("192.0.2.1"), value.expose()).await.unwrap().is_none());
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
