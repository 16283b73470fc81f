//! Keys: tokens that stand for nobody but themselves, with a level at one place.
//!
//! Whoever says who may do what at a place keeps its keys; keys to a whole organization are kept
//! by those who keep its tokens. A key is no more than whoever makes it.

use db::Tx;
use kernel::{Context, Error, Page, PageRequest, Result, Secret, TokenId, WorkspaceId};

use super::{
    giving::require_giving,
    minting::{KEYS, held, hidden, is_itself},
    tokens::revoke,
};
use crate::{
    Identity, ListedToken, NewToken, Placed, Reach, Right, Scope, Token, TokenHolder,
    placing::PlaceWish, scope, scope_by_id, store,
};

impl Identity {
    /// Makes a key. Through an address that names a project, it is one for that project unless a
    /// workspace in it is named.
    pub async fn create_key(
        &self,
        context: &Context,
        address: &str,
        wish: PlaceWish,
        new: NewToken,
    ) -> Result<(Token, Secret<String>)> {
        let address = address.to_owned();
        self.mint(context, new, move |tx, context| {
            let seen = scope(tx, context, &address)?;
            let whole = held(tx, context, seen.organization.id)?;
            let placed = wish_here(&wish, &seen).placed()?;
            require_known(tx, &whole, &seen, &placed)?;
            require_giving(tx, &whole, &placed)?;
            Ok(TokenHolder::Key(whole.organization.id, placed))
        })
        .await
    }

    /// A page of the keys that the caller keeps, the newest first; of one project, if the address
    /// names it. `search` is a part of the description or of the place's name.
    pub async fn list_keys(
        &self,
        context: &Context,
        address: &str,
        search: Option<String>,
        page: PageRequest,
    ) -> Result<(Scope, Page<ListedToken>)> {
        let (context, address) = (context.clone(), address.to_owned());
        let (scope, keys) = self
            .db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let keys = kept(tx, &scope, search.as_deref(), page)?;
                Ok((scope, keys))
            })
            .await?;
        Ok((scope, keys.map(|key| self.listed_with_last_use(key))))
    }

    /// A key, for those who keep it and for itself.
    pub async fn read_key(&self, context: &Context, id: TokenId) -> Result<(Scope, ListedToken)> {
        let context = context.clone();
        let (scope, key) = self.db().read(move |tx| key(tx, &context, id)).await?;
        Ok((scope, self.listed_with_last_use(key)))
    }

    /// Revokes a key.
    pub async fn revoke_key(&self, context: &Context, id: TokenId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write_settled(move |tx| {
                let (_, key) = key(tx, &context, id)?;
                revoke(tx, &context, &key.token)
            })
            .await
    }

    /// The workspace of a name, for pages on which people type it.
    pub async fn workspace_id(
        &self,
        context: &Context,
        address: &str,
        name: &str,
    ) -> Result<Option<WorkspaceId>> {
        let (context, address, name) = (context.clone(), address.to_owned(), name.to_owned());
        self.db()
            .read(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let id = store::workspace_id_by_name(tx, scope.organization.id, &name)?;
                let Some(id) = id else { return Ok(None) };
                let Some((_, home)) = store::workspace_home(tx, id)? else { return Ok(None) };
                let seen = scope.at_workspace(tx, home, id)?.allows(Right::ReadWorkspace);
                Ok(seen.then_some(id))
            })
            .await
    }
}

fn key(tx: &mut Tx<'_>, context: &Context, id: TokenId) -> Result<(Scope, ListedToken)> {
    let found = store::find_listed_token(tx, id)?.ok_or_else(Error::not_found)?;
    let TokenHolder::Key(organization, placed) = &found.token.holder else {
        return Err(Error::not_found());
    };
    let scope = scope_by_id(tx, context, *organization)?;
    if is_itself(context, &found.token) || manages_key(tx, &scope, placed)? {
        return Ok((scope, found));
    }
    Err(hidden(Right::ManageAccess, Some(*organization), (KEYS, id.to_string())))
}

/// The place that is meant through an address which may name a project.
fn wish_here(wish: &PlaceWish, seen: &Scope) -> PlaceWish {
    let mut wish = wish.clone();
    if wish.project.is_none() && wish.workspace.is_none() {
        wish.project = seen.project.as_ref().map(|project| project.id);
    }
    wish
}

/// Refuses places that are not in the organization, or not in the project that the address names,
/// or that the caller can't see: deliberately the same.
fn require_known(tx: &mut Tx<'_>, scope: &Scope, seen: &Scope, placed: &Placed) -> Result<()> {
    let missing = |name: &str, text: &str| {
        Error::invalid_at(format!("/data/relationships/{name}/data/id"), text)
    };
    match placed {
        Placed::Organization(_) => Ok(()),
        Placed::Project(id, ..) => {
            let found = store::project_by_id(tx, *id)?
                .filter(|project| project.organization_id == scope.organization.id)
                .filter(|project| seen.admits(project.id));
            let reach = scope.reach(tx)?;
            let sees = reach.at_project(scope, *id).allows(Right::ReadProject);
            match found {
                Some(_) if sees => Ok(()),
                _ => Err(missing("project", "there is no such project here")),
            }
        }
        Placed::Workspace(id, ..) => {
            let home = store::workspace_home(tx, *id)?;
            let home = home.filter(|(at, home)| *at == scope.organization.id && seen.admits(*home));
            let sees = match home {
                Some((_, home)) => scope.at_workspace(tx, home, *id)?.allows(Right::ReadWorkspace),
                None => false,
            };
            let unknown = || missing("workspace", "there is no such workspace here");
            if sees { Ok(()) } else { Err(unknown()) }
        }
    }
}

/// Whether the caller keeps the keys of a place. `scope` is that of the whole organization.
pub(super) fn manages_key(tx: &mut Tx<'_>, scope: &Scope, placed: &Placed) -> Result<bool> {
    let reach = scope.reach(tx)?;
    let home = match placed.workspace_id() {
        Some(id) => store::workspace_home(tx, id)?,
        None => None,
    };
    Ok(keeps(scope, &reach, placed, home.map(|(_, project)| project)))
}

fn keeps(scope: &Scope, reach: &Reach, placed: &Placed, home: Option<kernel::ProjectId>) -> bool {
    let scope = scope.at_organization();
    match (placed, home) {
        (Placed::Organization(_), _) => scope.allows(Right::ManageOrganizationTokens),
        (Placed::Project(id, ..), _) => reach.at_project(&scope, *id).allows(Right::ManageAccess),
        (Placed::Workspace(id, ..), Some(home)) => {
            reach.at_workspace(&scope, home, *id).allows(Right::ManageAccess)
        }
        (Placed::Workspace(..), None) => false,
    }
}

/// The keys that the caller keeps. Who keeps all of them gets a page from the database; of the
/// others each key is looked at.
fn kept(
    tx: &mut Tx<'_>,
    scope: &Scope,
    search: Option<&str>,
    page: PageRequest,
) -> Result<Page<ListedToken>> {
    let id = scope.organization.id;
    let project = scope.project.as_ref().map(|project| project.id);
    let whole = scope.at_organization();
    let all = whole.allows(Right::ManageOrganizationTokens) && whole.allows(Right::ManageAccess);
    if all {
        let items = store::list_keys(tx, id, project, search, (page.limit(), page.offset()))?;
        let total = store::count_keys(tx, id, project, search)?;
        return Ok(Page { items, total, request: page });
    }
    let reach = whole.reach(tx)?;
    let mut keys = store::list_keys(tx, id, project, search, (i64::MAX, 0))?;
    keys.retain(|key| match &key.token.holder {
        TokenHolder::Key(_, placed) => keeps(&whole, &reach, placed, key.home),
        _ => false,
    });
    Ok(Page::of(keys, page))
}
