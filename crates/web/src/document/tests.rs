//! Documents as clients decode them.

use kernel::PageRequest;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{RequestInfo, Settings};

fn url(path_and_query: &str) -> RequestUrl {
    let request = http::Request::builder().uri(path_and_query).body(()).unwrap();
    let mut info = RequestInfo::of(&request.into_parts().0);
    info.settings = std::sync::Arc::new(Settings::new("https://tf.example/"));
    info.url()
}

fn rendered(document: &Document) -> Value {
    serde_json::from_slice(&document.to_bytes().unwrap()).unwrap()
}

fn workspace(id: &str) -> Resource {
    Resource::new("workspaces", id).attributes(json!({"name": id, "auto-apply": false}))
}

#[test]
fn a_resource_has_the_shape_that_clients_decode() {
    let resource = workspace("ws-1")
        .one("project", Some(("projects", "prj-1")))
        .one("current-run", None::<(&'static str, String)>)
        .many("tags", [("tags", "tag-1"), ("tags", "tag-2")])
        .relationship_link("tags", "related", "/api/v2/workspaces/ws-1/tags")
        .relationship_link("outputs", "related", "/outputs")
        .link("self", "/api/v2/workspaces/ws-1");
    assert_eq!(
        rendered(&Document::one(resource)),
        json!({"data": {
            "id": "ws-1",
            "type": "workspaces",
            "attributes": {"name": "ws-1", "auto-apply": false},
            "relationships": {
                "project": {"data": {"type": "projects", "id": "prj-1"}},
                "current-run": {"data": null},
                "tags": {
                    "data": [{"type": "tags", "id": "tag-1"}, {"type": "tags", "id": "tag-2"}],
                    "links": {"related": "/api/v2/workspaces/ws-1/tags"}
                },
                "outputs": {"links": {"related": "/outputs"}}
            },
            "links": {"self": "/api/v2/workspaces/ws-1"}
        }})
    );
}

#[test]
fn related_things_are_included_once_and_primary_ones_never() {
    let project = || Resource::new("projects", "prj-1").attributes(json!({}));
    let document = Document::collection([workspace("ws-1"), workspace("ws-2")])
        .include(project())
        .include_all([workspace("ws-2"), project()]);
    let included = &rendered(&document)["included"];
    assert_eq!(included, &json!([{"id": "prj-1", "type": "projects", "attributes": {}}]));
}

#[test]
fn nothing_is_null_and_an_empty_list_is_an_array() {
    assert_eq!(rendered(&Document::nothing()), json!({"data": null}));
    assert_eq!(rendered(&Document::collection([])), json!({"data": []}));
}

#[test]
fn a_list_carries_totals_and_links() {
    let page = Page { items: vec![workspace("ws-1")], total: 21, request: PageRequest::default() };
    let path = "/api/v2/organizations/acme/workspaces?search%5Bname%5D=a%26b&page%5Bnumber%5D=1";
    let document = rendered(&Document::list(page, &url(path)));
    assert_eq!(
        document["meta"]["pagination"],
        json!({"current-page": 1, "page-size": 20, "prev-page": null, "next-page": 2,
               "total-pages": 2, "total-count": 21})
    );
    let at = |number: u32| {
        format!(
            "https://tf.example/api/v2/organizations/acme/workspaces?page%5Bnumber%5D={number}\
             &page%5Bsize%5D=20&search%5Bname%5D=a%26b"
        )
    };
    assert_eq!(
        document["links"],
        json!({"self": at(1), "first": at(1), "prev": null, "next": at(2), "last": at(2)})
    );
}

#[test]
fn attributes_that_are_no_object_are_our_fault() {
    let error = Document::one(Resource::new("x", "1").attributes(5)).to_bytes().unwrap_err();
    assert_eq!(error.kind(), kernel::Kind::Internal);
}

/// The loop of the clients: from page one, while there are more pages, to `next-page`.
fn walk(total: usize, size: u32) -> Vec<usize> {
    let mut seen = Vec::new();
    let mut number = 1;
    for _ in 0..=total {
        let request = PageRequest::new(number, size);
        let page = Page::of((0..total).collect(), request);
        seen.extend(&page.items);
        let page = page.map(|number| Resource::new("things", number));
        let document = rendered(&Document::list(page, &url("/things")));
        let pagination = &document["meta"]["pagination"];
        let number_of = |name: &str| pagination[name].as_u64();
        assert_eq!(number_of("current-page"), Some(number.into()));
        assert_eq!(document["links"]["next"].is_null(), pagination["next-page"].is_null());
        if number_of("current-page") >= number_of("total-pages") {
            return seen;
        }
        number = u32::try_from(number_of("next-page").unwrap()).unwrap();
    }
    panic!("a client would walk for ever");
}

proptest! {
    #[test]
    fn clients_see_every_item_once(total in 0_usize..150, size in 1_u32..120) {
        prop_assert_eq!(walk(total, size), (0..total).collect::<Vec<_>>());
    }

    #[test]
    fn page_links_lead_back_to_the_same_query(
        number in 1_u32..1_000,
        search in "[^\\x00-\\x1f]{0,40}",
    ) {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("search[name]", &search)
            .append_pair("page[number]", "7")
            .finish();
        let link = url(&format!("/things?{query}")).at_page(number.into(), 5);
        let (_, query) = link.split_once('?').unwrap();
        let list = crate::ListQuery::parse(query);
        prop_assert_eq!(list.page, PageRequest::new(number, 5));
        prop_assert_eq!(list.get("search[name]").unwrap_or_default(), search);
    }
}
