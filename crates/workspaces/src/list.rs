//! Lists of workspaces: what is looked for, and one page of what is found.
//!
//! First the ids of a page are found, in an index alone; then the page's rows are read, and all
//! their tags at once. Only when tags or locks are looked for are all ids of the organization gone
//! through.

use std::collections::HashSet;

use db::{Statement, Tx, Value};
use identity::{Reach, Right, Scope, Tag};
use kernel::{OrganizationId, Page, PageRequest, ProjectId, Result, WorkspaceId};
use web::ListQuery;

use crate::{name, seen::Seen, sql, store, tags, workspace::Workspace};

/// A workspace of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The workspace.
    pub workspace: Workspace,
    /// The tags that it carries itself.
    pub tags: Vec<Tag>,
    /// What the caller may do with it.
    pub scope: Scope,
}

/// Which workspaces are looked for, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A part of the name.
    pub search: Option<String>,
    /// The whole name, with `*` for any characters.
    pub wildcard: Option<String>,
    /// The project.
    pub project: Option<ProjectId>,
    /// Tags that a workspace must carry itself, all of them, with whatever value.
    pub tags: Vec<String>,
    /// Tags of which it must carry none itself.
    pub without_tags: Vec<String>,
    /// Tags, with certain values perhaps, that must count for it: its own or its project's.
    pub tagged: Vec<(String, Option<String>)>,
    /// Whether the lock must be held, or must be free.
    pub locked: Option<bool>,
    /// Asks for something that no workspace has.
    pub impossible: bool,
    /// The order.
    pub order: Order,
}

/// In which order workspaces are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By name.
    #[default]
    Name,
    /// By name, backwards.
    NameDown,
    /// The oldest first.
    Creation,
    /// The newest first.
    CreationDown,
    /// What was left alone longest first.
    Change,
    /// What changed last first.
    ChangeDown,
}

impl Order {
    /// Reads the `sort` parameter; what is unknown means the usual order. Without runs, a
    /// workspace's latest change is the nearest thing to its current run.
    fn parse(text: Option<&str>) -> Self {
        match text {
            Some("-name") => Self::NameDown,
            Some("created-at") => Self::Creation,
            Some("-created-at") => Self::CreationDown,
            Some("latest-change-at" | "current-run.created-at") => Self::Change,
            Some("-latest-change-at" | "-current-run.created-at") => Self::ChangeDown,
            _ => Self::Name,
        }
    }

    const fn statement(self) -> &'static Statement {
        match self {
            Self::Name => &sql::LIST_WORKSPACES_BY_NAME,
            Self::NameDown => &sql::LIST_WORKSPACES_BY_NAME_DOWN,
            Self::Creation => &sql::LIST_WORKSPACES_BY_CREATION,
            Self::CreationDown => &sql::LIST_WORKSPACES_BY_CREATION_DOWN,
            Self::Change => &sql::LIST_WORKSPACES_BY_CHANGE,
            Self::ChangeDown => &sql::LIST_WORKSPACES_BY_CHANGE_DOWN,
        }
    }
}

impl Filter {
    /// Reads a list's query. What is not known is ignored.
    pub fn from_query(query: &ListQuery) -> Self {
        let owned = |name: &str| query.get(name).map(str::to_owned);
        let words = |name: &str| query.list(name).into_iter().map(str::to_owned).collect();
        let project = query.get("filter[project][id]").map(str::parse);
        // An empty value is what clients send for a tag without one: whatever its value is.
        let tagged = query.indexed_pairs("filter[tagged]").into_iter();
        let tagged = tagged.map(|(key, value)| {
            let value = value.filter(|value| !value.is_empty());
            (key.to_owned(), value.map(str::to_owned))
        });
        Self {
            search: owned("search[name]"),
            wildcard: owned("search[wildcard-name]"),
            project: project.as_ref().and_then(|parsed| parsed.as_ref().ok().copied()),
            tags: words("search[tags]"),
            without_tags: words("search[exclude-tags]"),
            tagged: tagged.collect(),
            locked: None,
            // No workspace has a run yet, so none has one of a certain status.
            impossible: project.is_some_and(|parsed| parsed.is_err())
                || query.get("filter[current-run][status]").is_some(),
            order: Order::parse(query.sort.as_deref()),
        }
    }

    /// Whether it asks for what only other tables, or whole rows, can tell.
    fn is_about_more(&self) -> bool {
        let tags = self.tags.len() + self.without_tags.len() + self.tagged.len();
        tags > 0 || self.locked.is_some()
    }
}

/// One page of the workspaces that an address shows and a filter lets through.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<Listed>> {
    if filter.impossible || filter.project.is_some_and(|project| !scope.admits(project)) {
        return Ok(Page { items: Vec::new(), total: 0, request });
    }
    let reach = scope.reach(tx)?;
    if reach.projects(scope).is_some_and(|seen| seen.is_empty()) {
        // Whoever sees nothing here, and not for want of grants, is told so.
        scope.at_organization().require(Right::ReadOrganization)?;
    }
    let search = Search::new(scope, &reach, filter);
    let ids = if filter.is_about_more() {
        let wanted = Wanted::load(tx, scope.organization.id, filter)?;
        let mut all = search.ids(tx, filter.order, i64::MAX, 0)?;
        all.retain(|id| wanted.admits(*id));
        Page::of(all, request)
    } else {
        let items = search.ids(tx, filter.order, request.limit(), request.offset())?;
        Page { items, total: search.count(tx)?, request }
    };
    Ok(Page { items: load(tx, scope, &reach, &ids.items)?, total: ids.total, request })
}

/// The workspaces with these ids, in this order, with their tags and what the caller may do.
pub(crate) fn load(
    tx: &mut Tx<'_>,
    scope: &Scope,
    reach: &Reach,
    ids: &[WorkspaceId],
) -> Result<Vec<Listed>> {
    let mut tags = tags::tags_of_all(tx, ids)?;
    let workspaces = store::list_by_id(tx, ids)?.into_iter();
    Ok(workspaces
        .map(|workspace| {
            let tags = tags.remove(&workspace.id).unwrap_or_default().into_iter();
            let tags = tags.map(|tag| Tag { key: tag.key, value: tag.value }).collect();
            let scope = reach.at_workspace(scope, workspace.project_id, workspace.id);
            Listed { workspace, tags, scope }
        })
        .collect())
}

/// What the database looks for.
struct Search {
    organization: OrganizationId,
    project: Option<ProjectId>,
    containing: Option<String>,
    matching: Option<String>,
    seen: Seen,
}

impl Search {
    fn new(scope: &Scope, reach: &Reach, filter: &Filter) -> Self {
        Self {
            seen: Seen::of(scope, reach),
            organization: scope.organization.id,
            project: filter.project.or_else(|| scope.project.as_ref().map(|project| project.id)),
            containing: filter.search.as_deref().map(name::containing),
            matching: filter.wildcard.as_deref().map(name::matching),
        }
    }

    fn params(&self) -> [Value<'_>; 5] {
        [
            self.organization.into(),
            self.project.into(),
            self.containing.as_deref().into(),
            self.matching.as_deref().into(),
            self.seen.everything().into(),
        ]
    }

    fn count(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let statement = &sql::COUNT_WORKSPACES;
        let counts =
            tx.query_in(statement, &self.params(), &self.seen.places(), |row| row.int(0))?;
        Ok(counts.first().and_then(|count| u64::try_from(*count).ok()).unwrap_or_default())
    }

    fn ids(
        &self,
        tx: &mut Tx<'_>,
        order: Order,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<WorkspaceId>> {
        let [organization, project, containing, matching, everything] = self.params();
        let (limit, offset) = (limit.into(), offset.into());
        let params = [organization, project, containing, matching, everything, limit, offset];
        Ok(tx.query_in(order.statement(), &params, &self.seen.places(), |row| row.id(0))?)
    }
}

/// The workspaces that have what is wanted, and those that have what is not.
struct Wanted {
    each: Vec<HashSet<WorkspaceId>>,
    none: HashSet<WorkspaceId>,
}

impl Wanted {
    fn load(tx: &mut Tx<'_>, organization: OrganizationId, filter: &Filter) -> Result<Self> {
        let mut carriers = |statement: &Statement, key: &str, value: Option<&str>| {
            let params = [organization.into(), key.into(), value.into()];
            tx.query(statement, &params, |row| row.id(0))
        };
        let mut wanted = Self { each: Vec::new(), none: HashSet::new() };
        for key in &filter.tags {
            wanted
                .each
                .push(carriers(&sql::LIST_TAGGED_WORKSPACES, key, None)?.into_iter().collect());
        }
        for (key, value) in &filter.tagged {
            let found = carriers(&sql::LIST_EFFECTIVELY_TAGGED_WORKSPACES, key, value.as_deref())?;
            wanted.each.push(found.into_iter().collect());
        }
        for key in &filter.without_tags {
            wanted.none.extend(carriers(&sql::LIST_TAGGED_WORKSPACES, key, None)?);
        }
        if let Some(locked) = filter.locked {
            let held =
                tx.query(&sql::LIST_LOCKED_WORKSPACES, &[organization.into()], |row| row.id(0));
            if locked {
                wanted.each.push(held?.into_iter().collect());
            } else {
                wanted.none.extend(held?);
            }
        }
        Ok(wanted)
    }

    fn admits(&self, id: WorkspaceId) -> bool {
        self.each.iter().all(|carriers| carriers.contains(&id)) && !self.none.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_junk_is_left() {
        let project = ProjectId::generate();
        let query = ListQuery::parse(&format!(
            "search%5Bname%5D=app-&search[wildcard-name]=*x&search[tags]=a,b&search[exclude-tags]=c\
             &filter[project][id]={project}&filter[tagged][0][key]=env&filter[tagged][0][value]=dev\
             &filter[tagged][1][key]=team&TagBindings=%7B%2Benv%2Bdev%7D&sort=-name&include=readme"
        ));
        let filter = Filter::from_query(&query);
        assert_eq!(filter.search.as_deref(), Some("app-"));
        assert_eq!(filter.wildcard.as_deref(), Some("*x"));
        assert_eq!(filter.tags, ["a", "b"]);
        assert_eq!(filter.without_tags, ["c"]);
        assert_eq!(filter.project, Some(project));
        assert_eq!(
            filter.tagged,
            [("env".to_owned(), Some("dev".to_owned())), ("team".to_owned(), None)]
        );
        assert_eq!(filter.order, Order::NameDown);
        assert!(!filter.impossible);
    }

    #[test]
    fn what_no_workspace_can_have_finds_none() {
        for query in ["filter[project][id]=prj-x", "filter[current-run][status]=applied"] {
            assert!(Filter::from_query(&ListQuery::parse(query)).impossible, "{query}");
        }
        for query in ["", "filter[project][id]=", "filter[current-run][status]=", "sort=nonsense"] {
            assert!(!Filter::from_query(&ListQuery::parse(query)).impossible, "{query}");
        }
    }

    #[test]
    fn every_tag_is_wanted_and_none_of_the_others() {
        let ids: Vec<WorkspaceId> = (0..4).map(|_| WorkspaceId::generate()).collect();
        let set = |wanted: &[usize]| wanted.iter().map(|position| ids[*position]).collect();
        let wanted = Wanted { each: vec![set(&[0, 1, 2]), set(&[1, 2, 3])], none: set(&[2]) };
        let admitted: Vec<bool> = ids.iter().map(|id| wanted.admits(*id)).collect();
        assert_eq!(admitted, [false, true, false, false]);
    }
}
