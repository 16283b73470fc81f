//! The variables of a set. Whoever sees a set sees its variables, but for sensitive values.

use barrier::Barrier;
use db::Tx;
use kernel::{Context, Page, PageRequest, Result, VariableId, VariableSetId};

use super::{
    VariableSet,
    service::{find, hold},
    store::require_no_conflict,
};
use crate::variables::{
    Category, Home, Owner, Variable, VariableChange, create_in, delete_in, find_by_key, find_in,
    list as all, update_in,
};

impl VariableSet {
    const fn home(&self) -> Home {
        Home { organization: self.organization_id, owner: Owner::Set(self.id) }
    }
}

/// A page of a set's variables, by key.
pub(crate) fn list_variables(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    set: VariableSetId,
    request: PageRequest,
) -> Result<Page<Variable>> {
    let (set, _) = find(tx, context, set)?;
    let key = barrier.organization_key(tx, set.organization_id)?;
    Ok(Page::of(all(tx, &key, Owner::Set(set.id))?, request))
}

/// One of them.
pub(crate) fn find_variable(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    set: VariableSetId,
    id: VariableId,
) -> Result<Variable> {
    let (set, _) = find(tx, context, set)?;
    find_in(tx, barrier, set.home(), id)
}

/// Gives a set another variable.
pub(crate) fn create_variable(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    set: VariableSetId,
    change: &VariableChange,
) -> Result<Variable> {
    let (set, _) = hold(tx, context, set)?;
    let variable = create_in(tx, context, barrier, set.home(), change)?;
    require_no_conflict(tx, &set, "key")?;
    Ok(variable)
}

/// Changes one.
pub(crate) fn update_variable(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    set: VariableSetId,
    (id, change): (VariableId, &VariableChange),
) -> Result<Variable> {
    let (set, _) = hold(tx, context, set)?;
    let variable = update_in(tx, context, barrier, set.home(), id, change)?;
    require_no_conflict(tx, &set, "key")?;
    Ok(variable)
}

/// Takes one away.
pub(crate) fn delete_variable(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    set: VariableSetId,
    id: VariableId,
) -> Result<()> {
    let (set, _) = hold(tx, context, set)?;
    delete_in(tx, context, barrier, set.home(), id)
}

/// Puts a variable into a set that is held: a new one, or other attributes for the one that has
/// its key.
pub(super) fn put(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    set: &VariableSet,
    change: &VariableChange,
) -> Result<()> {
    let key = change.key.as_ref().and_then(Option::as_deref).unwrap_or_default();
    let category = change.category.as_ref().and_then(Option::as_deref).and_then(Category::parse);
    let known = match category {
        Some(category) => find_by_key(tx, set.id, category, key)?,
        None => None,
    };
    match known {
        Some(id) => update_in(tx, context, barrier, set.home(), id, change).map(drop),
        None => create_in(tx, context, barrier, set.home(), change).map(drop),
    }
}
