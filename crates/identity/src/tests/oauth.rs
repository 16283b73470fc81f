//! `terraform login`.

use std::time::Duration;

use super::Site;
use crate::{AuthorizationQuery, AuthorizationRequest, LimitedKind, User, service::Exchange};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const PLACE: &str = "http://localhost:10004/login";

fn request() -> AuthorizationRequest {
    let query = AuthorizationQuery {
        response_type: "code".into(),
        client_id: "terraform-cli".into(),
        redirect_uri: PLACE.into(),
        state: "state".into(),
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
        code_challenge_method: "S256".into(),
    };
    query.check().unwrap()
}

async fn code(site: &Site, user: &User) -> String {
    let place = site.identity.issue_code(&site.context(user), &request()).await.unwrap();
    let rest = place.strip_prefix("http://localhost:10004/login?code=").unwrap();
    rest.strip_suffix("&state=state").unwrap().to_owned()
}

fn exchange(code: &str) -> Exchange {
    Exchange { code: code.to_owned(), verifier: VERIFIER.into(), redirect_uri: PLACE.into() }
}

#[tokio::test]
async fn a_code_is_good_for_one_token() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let code = code(&site, &ada).await;
    let stranger = site.stranger("192.0.2.7");
    let granted = site.identity.exchange_code(&stranger, &exchange(&code)).await.unwrap().unwrap();
    let (token, user) = site.identity.token_by_value(granted.expose()).await.unwrap().unwrap();
    assert_eq!(user.map(|user| user.id), Some(ada.id));
    assert_eq!(token.created_by, Some(ada.id));
    assert_eq!(token.description, "terraform login on 2023-11-14");
    assert!(site.identity.exchange_code(&stranger, &exchange(&code)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_code_that_was_shown_wrongly_is_gone() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let stranger = site.stranger("192.0.2.7");
    let wrong: [fn(&mut Exchange); 2] = [
        |exchange| exchange.verifier = VERIFIER.replace('d', "e"),
        |exchange| exchange.redirect_uri = PLACE.replace("10004", "10005"),
    ];
    for spoil in wrong {
        let good = exchange(&code(&site, &ada).await);
        let mut bad = good.clone();
        spoil(&mut bad);
        assert!(site.identity.exchange_code(&stranger, &bad).await.unwrap().is_none());
        assert!(site.identity.exchange_code(&stranger, &good).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn codes_end_soon() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let code = code(&site, &ada).await;
    site.advance(Duration::from_mins(2));
    let stranger = site.stranger("192.0.2.7");
    assert!(site.identity.exchange_code(&stranger, &exchange(&code)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_login_ends_as_the_strictest_organization_wants() {
    let site = Site::new();
    let ada = site.person("ada").await;
    for (name, days) in [("acme", 30), ("strict", 2), ("free", 0)] {
        site.organization(name, &ada).await;
        let longest = (days > 0).then(|| Duration::from_hours(24 * days));
        let change = vec![(LimitedKind::User, longest)];
        site.identity.update_lifetimes(&site.context(&ada), name, change).await.unwrap();
    }
    let code = code(&site, &ada).await;
    let stranger = site.stranger("192.0.2.7");
    let granted = site.identity.exchange_code(&stranger, &exchange(&code)).await.unwrap().unwrap();
    let token = site.identity.find_token(granted.expose()).await.unwrap().unwrap();
    assert_eq!(token.expires_at, Some(stranger.now.plus(Duration::from_hours(48))));
}
