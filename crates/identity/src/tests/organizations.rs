//! Organizations and who belongs to them.

use kernel::{Kind, PageRequest};

use super::{Site, kind_of, pointer_of};
use crate::{MembershipFilter, NewProject, OrganizationChange, ProjectFilter, SettingsChange};

#[tokio::test]
async fn an_organization_begins_with_its_owner_and_a_project() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let acme = site.organization("acme", &ada).await;
    let (identity, context) = (&site.identity, site.context(&ada));
    let page = PageRequest::default();
    let filter = MembershipFilter::default();
    let (_, members) = identity.list_memberships(&context, "acme", filter, page).await.unwrap();
    assert_eq!(members.items[0].membership.user.as_ref().map(|user| user.id), Some(ada.id));
    let scope = identity.read_organization(&context, "acme").await.unwrap();
    assert!(scope.is_owner());
    let filter = ProjectFilter::default();
    let (_, projects) = identity.list_projects(&context, "acme", filter, page).await.unwrap();
    assert_eq!(projects.items[0].details.project.id, acme.default_project_id);
    assert_eq!(projects.items[0].details.project.name, "default");
    let key = identity.barrier().load_organization_key(identity.db(), acme.id).await;
    assert!(key.is_ok());
    let twice = identity.create_organization(&context, "ACME", "a@b", "default", None).await;
    assert_eq!(pointer_of(twice), "/data/attributes/name");
}

#[tokio::test]
async fn people_see_the_organizations_that_they_are_in() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    for name in ["beta", "Alpha", "gamma"] {
        site.organization(name, &ada).await;
    }
    site.organization("other", &eve).await;
    let (identity, context) = (&site.identity, site.context(&ada));
    let names = |page: kernel::Page<crate::Scope>| -> Vec<String> {
        page.items.into_iter().map(|scope| scope.organization.name.clone()).collect()
    };
    let all = PageRequest::default();
    let page = identity.list_organizations(&context, None, all).await.unwrap();
    assert_eq!(names(page), ["Alpha", "beta", "gamma"]);
    let page = identity.list_organizations(&context, Some("A_".into()), all).await.unwrap();
    assert!(names(page).is_empty());
    let page = identity.list_organizations(&context, Some("ALPH".into()), all).await.unwrap();
    assert_eq!(names(page), ["Alpha"]);
    let second = PageRequest::new(2, 2);
    let page = identity.list_organizations(&context, None, second).await.unwrap();
    assert_eq!((page.total, names(page)), (3, vec!["gamma".to_owned()]));
    let page = identity.list_organizations(&identity.system(), None, all).await.unwrap();
    assert_eq!(page.total, 4);
}

#[tokio::test]
async fn settings_belong_to_owners() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    site.organization("acme", &ada).await;
    let (identity, owner) = (&site.identity, site.context(&ada));
    identity.add_member(&identity.system(), "acme", eve.id, false).await.unwrap();
    let change = || OrganizationChange {
        name: Some("Acme2".into()),
        settings: SettingsChange { session_timeout: Some(Some(60)), ..Default::default() },
        ..Default::default()
    };
    let member = site.context(&eve);
    let refused = identity.update_organization(&member, "acme", change()).await;
    assert_eq!(kind_of(refused), Kind::Forbidden);
    let by_project = identity.update_organization(&owner, "acme.default", change()).await;
    assert_eq!(kind_of(by_project), Kind::Invalid);
    let scope = identity.update_organization(&owner, "acme", change()).await.unwrap();
    assert_eq!(scope.organization.settings.session_timeout, Some(60));
    assert_eq!(kind_of(identity.read_organization(&owner, "acme").await), Kind::NotFound);
    let again = identity.read_organization(&member, "acme2").await.unwrap();
    assert_eq!(again.organization.settings, scope.organization.settings);
}

#[tokio::test]
async fn the_default_project_is_one_of_the_organization() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let acme = site.organization("acme", &ada).await;
    let other = site.organization("other", &ada).await;
    let (identity, context) = (&site.identity, site.context(&ada));
    let change = |id| OrganizationChange { default_project_id: Some(id), ..Default::default() };
    let foreign = change(other.default_project_id);
    assert_eq!(
        pointer_of(identity.update_organization(&context, "acme", foreign).await),
        "/data/relationships/default-project/data/id"
    );
    let first = acme.default_project_id;
    assert_eq!(kind_of(identity.delete_project(&context, first).await), Kind::Conflict);
    let new = NewProject { name: "second".into(), ..Default::default() };
    let (_, second) = identity.create_project(&context, "acme", new).await.unwrap();
    let change = change(second.project.id);
    identity.update_organization(&context, "acme", change).await.unwrap();
    identity.delete_project(&context, first).await.unwrap();
}

#[tokio::test]
async fn the_last_owner_stays_and_members_may_leave() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    site.organization("acme", &ada).await;
    let (identity, system) = (&site.identity, site.identity.system());
    let page = PageRequest::default();
    let filter = MembershipFilter::default();
    let (_, members) = identity.list_memberships(&system, "acme", filter, page).await.unwrap();
    let ownership = members.items[0].membership.id;
    let owner = site.context(&ada);
    assert_eq!(kind_of(identity.delete_membership(&owner, ownership).await), Kind::Conflict);
    assert_eq!(kind_of(identity.delete_membership(&system, ownership).await), Kind::Conflict);
    let eves = identity.add_member(&system, "acme", eve.id, false).await.unwrap();
    let member = site.context(&eve);
    assert_eq!(kind_of(identity.delete_membership(&member, ownership).await), Kind::Forbidden);
    identity.delete_membership(&member, eves.id).await.unwrap();
    assert_eq!(kind_of(identity.read_organization(&member, "acme").await), Kind::NotFound);
    identity.add_member(&system, "acme", eve.id, true).await.unwrap();
    identity.delete_membership(&owner, ownership).await.unwrap();
}

#[tokio::test]
async fn an_empty_organization_can_be_deleted() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    site.organization("acme", &ada).await;
    let (identity, owner) = (&site.identity, site.context(&ada));
    identity.add_member(&owner, "acme", eve.id, false).await.unwrap();
    let member = site.context(&eve);
    assert_eq!(kind_of(identity.delete_organization(&member, "acme").await), Kind::Forbidden);
    let by_project = identity.delete_organization(&owner, "acme.default").await;
    assert_eq!(kind_of(by_project), Kind::Invalid);
    identity.delete_organization(&owner, "acme").await.unwrap();
    assert_eq!(kind_of(identity.delete_organization(&owner, "acme").await), Kind::NotFound);
    assert!(identity.find_organization_by_name("acme").await.unwrap().is_none());
}
