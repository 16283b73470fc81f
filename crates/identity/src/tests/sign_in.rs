//! Accounts, passwords and browser sessions.

use std::time::Duration;

use kernel::{Kind, MembershipId, PageRequest};

use super::{PASSWORD, Site, kind_of, pointer_of, secret};
use crate::{MembershipFilter, MembershipStatus, UserChange};

#[tokio::test]
async fn people_sign_in_by_name_or_address() {
    let site = Site::new();
    let ada = site.person("Ada").await;
    let stranger = site.stranger("192.0.2.7");
    for login in ["ada", " ADA ", "ada@example.com", "Ada@Example.com"] {
        let signed_in = site.identity.sign_in(&stranger, login, &secret(PASSWORD)).await.unwrap();
        assert_eq!(signed_in.user.id, ada.id, "{login}");
        assert!(signed_in.cookie.starts_with("__Host-stateward="), "{}", signed_in.cookie);
    }
}

#[tokio::test]
async fn wrong_passwords_and_unknown_people_are_refused_alike() {
    let site = Site::new();
    site.person("ada").await;
    let system = site.identity.system();
    site.identity.create_user(&system, "bot", "bot@example.com", None, false).await.unwrap();
    let stranger = site.stranger("192.0.2.7");
    let mut texts = Vec::new();
    for login in ["ada", "nobody", "bot", "", "a\u{0}b"] {
        let refused = site.identity.sign_in(&stranger, login, &secret("wrong horse")).await;
        let error = refused.unwrap_err();
        if login != "a\u{0}b" {
            assert_eq!(error.kind(), Kind::Unauthorized, "{login}");
            texts.push(error.to_string());
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_forgotten_after_a_while() {
    let site = Site::new();
    site.person("ada").await;
    let stranger = site.stranger("192.0.2.7");
    for _ in 0..10 {
        let wrong = site.identity.sign_in(&stranger, "ada", &secret("wrong horse")).await;
        assert_eq!(kind_of(wrong), Kind::Unauthorized);
    }
    // Not even the right password gets in now, also from elsewhere and under another form.
    for (address, login) in [("192.0.2.7", "ada"), ("198.51.100.1", "Ada@example.com")] {
        let context = site.stranger(address);
        let error = site.identity.sign_in(&context, login, &secret(PASSWORD)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::TooManyRequests);
        assert!(error.to_string().contains("15 minutes"), "{error}");
    }
    site.advance(Duration::from_mins(15));
    let later = site.stranger("192.0.2.7");
    site.identity.sign_in(&later, "ada", &secret(PASSWORD)).await.unwrap();
    site.identity.forget_expired().await.unwrap();
}

#[tokio::test]
async fn one_address_can_not_try_everybody() {
    let site = Site::new();
    site.person("ada").await;
    let context = site.stranger("192.0.2.7");
    let mut kinds = Vec::new();
    for number in 0..51 {
        let login = format!("nobody{number}");
        kinds.push(kind_of(site.identity.sign_in(&context, &login, &secret("x")).await));
    }
    assert_eq!(kinds.pop(), Some(Kind::TooManyRequests));
    assert!(kinds.iter().all(|kind| *kind == Kind::Unauthorized));
    let elsewhere = site.stranger("198.51.100.1");
    site.identity.sign_in(&elsewhere, "ada", &secret(PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn passwords_are_changed_by_who_knows_them() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let (identity, context) = (&site.identity, site.context(&ada));
    let new = secret("battery staple");
    let wrong = identity.change_password(&context, &secret("wrong horse"), &new).await;
    assert_eq!(pointer_of(wrong), "/data/attributes/current_password");
    let short = identity.change_password(&context, &secret(PASSWORD), &secret("short")).await;
    assert_eq!(pointer_of(short), "/data/attributes/password");
    identity.change_password(&context, &secret(PASSWORD), &new).await.unwrap();
    let stranger = site.stranger("192.0.2.7");
    assert!(identity.sign_in(&stranger, "ada", &secret(PASSWORD)).await.is_err());
    assert!(identity.sign_in(&stranger, "ada", &new).await.is_ok());
    assert_eq!(kind_of(identity.set_password(&context, ada.id, new).await), Kind::Forbidden);
    identity.set_password(&identity.system(), ada.id, secret(PASSWORD)).await.unwrap();
    assert!(identity.sign_in(&stranger, "ada", &secret(PASSWORD)).await.is_ok());
}

#[tokio::test]
async fn names_and_addresses_are_unique_whatever_the_case() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let (identity, system) = (&site.identity, site.identity.system());
    let twice = identity.create_user(&system, "ADA", "other@example.com", None, false).await;
    assert_eq!(pointer_of(twice), "/data/attributes/username");
    let twice = identity.create_user(&system, "other", "Ada@example.com", None, false).await;
    assert_eq!(pointer_of(twice), "/data/attributes/email");
    let context = site.context(&ada);
    assert_eq!(
        kind_of(identity.create_user(&context, "eve", "eve@example.com", None, true).await),
        Kind::Forbidden
    );
    let both = identity.create_user(&system, "-", "no", Some(secret("x")), false).await;
    assert_eq!(both.unwrap_err().details().len(), 3);
    site.person("bob").await;
    let change = UserChange { username: Some("Bob".into()), email: None };
    let taken = identity.update_account(&context, change).await;
    assert_eq!(pointer_of(taken), "/data/attributes/username");
    let change = UserChange { username: Some("Countess".into()), email: None };
    assert_eq!(identity.update_account(&context, change).await.unwrap().username, "Countess");
}

#[tokio::test]
async fn invitations_wait_for_an_account_and_can_not_be_taken_by_a_change_of_address() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    site.organization("acme", &ada).await;
    let (identity, context) = (&site.identity, site.context(&ada));
    let (_, invited) =
        identity.create_membership(&context, "acme", "Bob@example.com", vec![]).await.unwrap();
    let invited = invited.membership;
    assert_eq!((invited.status, invited.user.is_none()), (MembershipStatus::Invited, true));
    let (_, member) =
        identity.create_membership(&context, "acme", "EVE@example.com", vec![]).await.unwrap();
    assert_eq!(member.membership.status, MembershipStatus::Active);
    let again = identity.create_membership(&context, "acme", "eve@example.com", vec![]).await;
    assert_eq!(pointer_of(again), "/data/attributes/email");
    let change = UserChange { username: None, email: Some("bob@example.com".into()) };
    let taken = identity.update_account(&site.context(&eve), change).await;
    assert_eq!(pointer_of(taken), "/data/attributes/email");

    let bob = site.person("bob").await;
    let (_, joined) = identity.read_membership(&context, invited.id).await.unwrap();
    assert_eq!(joined.membership.status, MembershipStatus::Active);
    assert_eq!(joined.membership.user.map(|user| user.id), Some(bob.id));
    let filter = MembershipFilter {
        emails: Some(vec!["BOB@example.com".into(), "nobody@example.com".into()]),
        ..Default::default()
    };
    let page = PageRequest::default();
    let (_, found) = identity.list_memberships(&context, "acme", filter, page).await.unwrap();
    assert_eq!((found.total, found.items[0].membership.id), (1, invited.id));
    let missing = MembershipId::generate();
    assert_eq!(kind_of(identity.read_membership(&context, missing).await), Kind::NotFound);
}
