//! What an address means to whom.

use kernel::{Context, Kind, Result};

use super::{Site, kind_of};
use crate::{Rights, Scope, scope};

async fn scope_of(site: &Site, context: &Context, address: &str) -> Result<Scope> {
    let (context, address) = (context.clone(), address.to_owned());
    site.identity.db().read(move |tx| scope(tx, &context, &address)).await
}

#[tokio::test]
async fn organizations_and_projects_go_by_name_and_id_whatever_the_case() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let acme = site.organization("Acme", &ada).await;
    let context = site.context(&ada);
    let new = crate::NewProject { name: "Payments".into(), ..Default::default() };
    let (_, payments) = site.identity.create_project(&context, "acme", new).await.unwrap();
    let payments = payments.project;
    let organizations = ["acme".to_owned(), "ACME".to_owned(), acme.id.to_string()];
    for organization in &organizations {
        let whole = scope_of(&site, &context, organization).await.unwrap();
        assert_eq!((whole.organization.id, whole.rights()), (acme.id, Rights::ALL));
        assert_eq!(whole.target_project(), acme.default_project_id);
        assert!(whole.admits(payments.id) && whole.require_whole().is_ok());
        for project in ["payments".to_owned(), "PAYMENTS".to_owned(), payments.id.to_string()] {
            let address = format!("{organization}.{project}");
            let part = scope_of(&site, &context, &address).await.unwrap();
            assert_eq!(part.target_project(), payments.id, "{address}");
            assert!(part.admits(payments.id) && !part.admits(acme.default_project_id));
            assert!(part.require_whole().unwrap_err().to_string().contains("\"Acme\""));
        }
    }
}

#[tokio::test]
async fn strangers_can_not_tell_what_is_there_from_what_is_not() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    let acme = site.organization("acme", &ada).await;
    let other = site.organization("other", &eve).await;
    let contexts = [site.context(&eve), site.stranger("192.0.2.9")];
    for context in &contexts {
        for address in ["acme", "acme.default", &acme.id.to_string(), "nothing", "a/b", ""] {
            let error = scope_of(&site, context, address).await.unwrap_err();
            assert_eq!(error.kind(), Kind::NotFound, "{address}");
        }
    }
    // Nor does one reach a project through another organization.
    let address = format!("other.{}", acme.default_project_id);
    assert_eq!(kind_of(scope_of(&site, &contexts[0], &address).await), Kind::NotFound);
    let address = format!("other.{}", other.default_project_id);
    assert!(scope_of(&site, &contexts[0], &address).await.is_ok());
}

#[tokio::test]
async fn the_server_itself_and_site_administrators_enter_everywhere() {
    let site = Site::new();
    let ada = site.person("ada").await;
    site.organization("acme", &ada).await;
    let system = site.identity.system();
    let root =
        site.identity.create_user(&system, "root", "root@example.com", None, true).await.unwrap();
    for context in [system, site.context(&root)] {
        assert_eq!(scope_of(&site, &context, "acme").await.unwrap().rights(), Rights::ALL);
    }
}
