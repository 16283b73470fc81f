//! Projects and their tags.

use std::time::Duration;

use kernel::{Kind, PageRequest, Result};

use super::{Site, kind_of, pointer_of};
use crate::{
    ExecutionMode, NewProject, ProjectChange, ProjectDetails, ProjectFilter, ProjectOrder, Tag,
    User,
};

fn tag(key: &str, value: &str) -> Tag {
    Tag::new(key, value).unwrap()
}

async fn create(site: &Site, user: &User, name: &str, tags: Vec<Tag>) -> Result<ProjectDetails> {
    site.advance(Duration::from_secs(1));
    let new = NewProject { name: name.into(), tags, ..Default::default() };
    let context = site.context(user);
    Ok(site.identity.create_project(&context, "acme", new).await?.1)
}

async fn names(site: &Site, user: &User, address: &str, filter: ProjectFilter) -> Vec<String> {
    let (context, page) = (site.context(user), PageRequest::default());
    let (_, found) = site.identity.list_projects(&context, address, filter, page).await.unwrap();
    assert_eq!(found.total, found.items.len() as u64);
    found.items.into_iter().map(|listed| listed.details.project.name).collect()
}

#[tokio::test]
async fn projects_are_found_by_name_text_and_tag() {
    let site = Site::new();
    let ada = site.person("ada").await;
    site.organization("acme", &ada).await;
    create(&site, &ada, "Web", vec![tag("env", "prod"), tag("team", "x")]).await.unwrap();
    create(&site, &ada, "api", vec![tag("env", "dev")]).await.unwrap();
    create(&site, &ada, "api 2", vec![tag("env", "prod")]).await.unwrap();
    let search = |text: &str| ProjectFilter { search: Some(text.into()), ..Default::default() };
    let tagged = |pairs: &[(&str, Option<&str>)]| ProjectFilter {
        tagged: pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)))
            .collect(),
        ..Default::default()
    };
    let named = |list: &[&str]| ProjectFilter {
        names: Some(list.iter().map(|name| (*name).to_owned()).collect()),
        ..Default::default()
    };
    let order = |order| ProjectFilter { order, ..Default::default() };
    let cases = [
        (ProjectFilter::default(), vec!["api", "api 2", "default", "Web"]),
        (order(ProjectOrder::NameDescending), vec!["Web", "default", "api 2", "api"]),
        (order(ProjectOrder::Created), vec!["default", "Web", "api", "api 2"]),
        (order(ProjectOrder::CreatedDescending), vec!["api 2", "api", "Web", "default"]),
        (search("API"), vec!["api", "api 2"]),
        (search("%"), vec![]),
        (named(&["WEB", "api", "nothing", "a/b"]), vec!["api", "Web"]),
        (named(&["nothing"]), vec![]),
        (tagged(&[("env", None)]), vec!["api", "api 2", "Web"]),
        (tagged(&[("env", Some("prod"))]), vec!["api 2", "Web"]),
        (tagged(&[("env", Some("prod")), ("team", None)]), vec!["Web"]),
        (tagged(&[("env", Some("prod")), ("team", Some("y"))]), vec![]),
    ];
    for (filter, expected) in cases {
        let shown = format!("{filter:?}");
        assert_eq!(names(&site, &ada, "acme", filter).await, expected, "{shown}");
    }
    assert_eq!(names(&site, &ada, "acme.api", ProjectFilter::default()).await, ["api"]);
    assert!(names(&site, &ada, "acme.api", named(&["Web"])).await.is_empty());
}

#[tokio::test]
async fn a_project_is_changed_as_far_as_the_change_says() {
    let site = Site::new();
    let ada = site.person("ada").await;
    site.organization("acme", &ada).await;
    let made = create(&site, &ada, "api", vec![tag("a", "1")]).await.unwrap();
    let (identity, context, id) = (&site.identity, site.context(&ada), made.project.id);
    let change = ProjectChange {
        description: Some("text".into()),
        default_execution_mode: Some(Some(ExecutionMode::Remote)),
        auto_destroy_activity_duration: Some(Some("14d".into())),
        ..Default::default()
    };
    let (_, after) = identity.update_project(&context, id, change).await.unwrap();
    assert_eq!(after.project.name, "api");
    assert_eq!(after.project.default_execution_mode, Some(ExecutionMode::Remote));
    let tags = identity.add_project_tags(&context, id, vec![tag("b", ""), tag("a", "2")]).await;
    let pairs = |tags: Vec<crate::TagBinding>| -> Vec<(String, String)> {
        tags.into_iter().map(|binding| (binding.key, binding.value)).collect()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(pairs(tags.unwrap()), [pair("a", "2"), pair("b", "")]);
    let change = ProjectChange {
        default_execution_mode: Some(None),
        auto_destroy_activity_duration: Some(None),
        tags: Some(vec![tag("c", "3")]),
        ..Default::default()
    };
    let (_, after) = identity.update_project(&context, id, change).await.unwrap();
    assert_eq!(after.project.default_execution_mode, None);
    assert_eq!(after.project.description, "text");
    let tags = identity.project_tags(&context, id).await.unwrap();
    assert_eq!(pairs(tags), [pair("c", "3")]);
    identity.delete_project(&context, id).await.unwrap();
    assert_eq!(kind_of(identity.read_project(&context, id).await), Kind::NotFound);
}

#[tokio::test]
async fn what_is_wrong_is_named_at_its_place() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    site.organization("acme", &ada).await;
    let made = create(&site, &ada, "api", vec![]).await.unwrap();
    for name in ["API", "a/b", "", "a\nb"] {
        let refused = create(&site, &ada, name, vec![]).await;
        assert_eq!(pointer_of(refused), "/data/attributes/name", "{name:?}");
    }
    let (identity, context) = (&site.identity, site.context(&ada));
    let new = NewProject { name: "x".into(), ..Default::default() };
    let inside = identity.create_project(&context, "acme.api", new).await;
    assert_eq!(kind_of(inside), Kind::Invalid);
    let change = ProjectChange {
        auto_destroy_activity_duration: Some(Some("soon".into())),
        ..Default::default()
    };
    let refused = identity.update_project(&context, made.project.id, change).await;
    assert_eq!(pointer_of(refused), "/data/attributes/auto-destroy-activity-duration");
    let foreign = site.context(&eve);
    let id = made.project.id;
    assert_eq!(kind_of(identity.read_project(&foreign, id).await), Kind::NotFound);
    assert_eq!(kind_of(identity.delete_project(&foreign, id).await), Kind::NotFound);
    site.member("acme", &eve, &[]).await;
    assert_eq!(kind_of(identity.delete_project(&foreign, id).await), Kind::NotFound);
    let bob = site.person("bob").await;
    site.member("acme", &bob, &["read-projects"]).await;
    let reader = site.context(&bob);
    assert_eq!(kind_of(identity.delete_project(&reader, id).await), Kind::Forbidden);
}
