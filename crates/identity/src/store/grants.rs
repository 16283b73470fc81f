//! The tables `project_access` and `workspace_access`.

use db::{DbError, Row, Tx, Value};
use kernel::{Error, Id, Page, PageRequest, Result, TeamId};

use super::{count, known, teams::team};
use crate::{Grant, Grantable, access::Custom};

fn grant<L: Grantable>(row: &Row<'_>) -> Result<Grant<L>, DbError> {
    let level = row.text(12)?;
    Ok(Grant {
        team: team(row)?,
        id: row.id(10)?,
        at: row.id(11)?,
        level: known(&level, L::read(&level))?,
        custom: super::standing::custom(row, 13)?,
        created_at: row.timestamp(14)?,
        updated_at: row.timestamp(15)?,
    })
}

fn text(custom: Option<&Custom>) -> Result<Option<String>> {
    custom.map(serde_json::to_string).transpose().map_err(Error::internal)
}

pub(crate) fn insert_grant<L: Grantable>(tx: &mut Tx<'_>, grant: &Grant<L>) -> Result<()> {
    let custom = text(grant.custom.as_ref())?;
    let params = [
        grant.id.into(),
        grant.at.into(),
        grant.team.id.into(),
        grant.level.word().into(),
        custom.into(),
        grant.created_at.into(),
    ];
    tx.execute(L::TABLE.insert, &params).map_err(|error| {
        error.or_constraint(L::TABLE.once, || {
            let text = "this team has access here already; change that instead";
            Error::invalid_at("/data/relationships/team", text)
        })
    })?;
    Ok(())
}

pub(crate) fn update_grant<L: Grantable>(tx: &mut Tx<'_>, grant: &Grant<L>) -> Result<()> {
    let custom = text(grant.custom.as_ref())?;
    let params =
        [grant.id.into(), grant.level.word().into(), custom.into(), grant.updated_at.into()];
    tx.execute(L::TABLE.update, &params)?;
    Ok(())
}

pub(crate) fn delete_grant<L: Grantable>(tx: &mut Tx<'_>, id: Id<L::Access>) -> Result<()> {
    tx.execute(L::TABLE.delete, &[id.into()])?;
    Ok(())
}

pub(crate) fn find_grant<L: Grantable>(
    tx: &mut Tx<'_>,
    id: Id<L::Access>,
) -> Result<Option<Grant<L>>> {
    Ok(tx.query_optional(L::TABLE.find, &[id.into()], grant)?)
}

/// A page of what was granted at a place, to the teams that a caller sees: all, or those that
/// everybody sees and `own`.
pub(crate) fn list_grants<L: Grantable>(
    tx: &mut Tx<'_>,
    at: Id<L::Place>,
    (all, own): (bool, &[TeamId]),
    page: PageRequest,
) -> Result<Page<Grant<L>>> {
    let mut list: Vec<Value<'_>> = own.iter().map(Value::from).collect();
    if list.is_empty() {
        // No id is empty, so this finds no more than everybody sees.
        list.push("".into());
    }
    let params = [at.into(), all.into(), page.limit().into(), page.offset().into()];
    let items = tx.query_in(L::TABLE.list, &params, &list, grant)?;
    let [at, all, ..] = params;
    let total = tx.query_in(L::TABLE.count, &[at, all], &list, |row| row.int(0))?;
    Ok(Page { items, total: total.first().map_or(0, |total| count(*total)), request: page })
}
