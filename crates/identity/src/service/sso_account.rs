//! Whose account an introduction leads into.

use db::Tx;
use kernel::{Context, Error, Id, Kind, Result};

use crate::{
    Provider, User,
    audit::{Event, in_name_of, record},
    names,
    sso::{introduction::Introduction, username},
    store,
};

/// The account of somebody who was introduced: theirs since the first time, one that has their
/// verified address, or a new one.
pub(super) fn find_or_make(
    tx: &mut Tx<'_>,
    context: &Context,
    provider: &Provider,
    introduction: &Introduction,
) -> Result<User> {
    require_domain(provider, introduction)?;
    let identity = (provider.issuer.as_str(), introduction.subject.as_str());
    let user = if let Some(user) = store::user_by_identity(tx, identity)? {
        store::lock_user(tx, user.id)?;
        store::touch_identity(tx, identity, context.now)?;
        user
    } else {
        let user = first_time(tx, context, provider, introduction)?;
        store::insert_identity(tx, identity, user.id, context.now)?;
        if introduction.email_verified {
            store::claim_invitations(tx, &user)?;
        }
        user
    };
    if let (Some(email), true) = (&introduction.email, introduction.email_verified) {
        store::set_email_unverified(tx, user.id, email, false)?;
    }
    follow_admin_group(tx, context, provider, introduction, user)
}

/// Refuses people of other domains. An address that nobody has verified proves no domain.
fn require_domain(provider: &Provider, introduction: &Introduction) -> Result<()> {
    if provider.allowed_domains.is_empty() {
        return Ok(());
    }
    let verified = introduction.email.as_deref().filter(|_| introduction.email_verified);
    let domain = verified.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
    let domain = domain.map(names::fold);
    if domain.is_some_and(|domain| provider.allowed_domains.contains(&domain)) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Forbidden,
        format!(
            "this server is for people with a verified e-mail address of {}; {} knows another \
             one of you, or has not verified it",
            provider.allowed_domains.join(" or "),
            provider.name
        ),
    ))
}

fn first_time(
    tx: &mut Tx<'_>,
    context: &Context,
    provider: &Provider,
    introduction: &Introduction,
) -> Result<User> {
    let Some(email) = introduction.email.as_deref() else {
        return Err(Error::new(
            Kind::Forbidden,
            format!(
                "{} does not say your e-mail address; an administrator can ask for it, with the \
                 scope \"email\"",
                provider.name
            ),
        ));
    };
    if let Some(user) = store::user_by_login(tx, email)? {
        return link(tx, context, provider, introduction, user);
    }
    if !provider.create_users {
        return Err(Error::new(
            Kind::Forbidden,
            "you have no account here; an administrator can make one with your e-mail address",
        ));
    }
    let user = User {
        id: Id::generate(),
        username: free_name(tx, &introduction.name)?,
        email: email.to_owned(),
        site_admin: false,
        created_at: context.now,
        updated_at: context.now,
    };
    store::insert_user(tx, &user, None)?;
    store::set_email_unverified(tx, user.id, email, !introduction.email_verified)?;
    let event = Event::new("create", "users", user.id)
        .named(&user.username)
        .with("email", user.email.as_str())
        .with("by", provider.name.as_str());
    record(tx, &in_name_of(context, &user), &event)?;
    Ok(user)
}

/// Leads into the account that has the address, if that is the person's for sure: else somebody
/// could wait for them in an account that bears their address.
fn link(
    tx: &mut Tx<'_>,
    context: &Context,
    provider: &Provider,
    introduction: &Introduction,
    user: User,
) -> Result<User> {
    store::lock_user(tx, user.id)?;
    let obstacle = if !provider.link_by_email {
        Some("this server links no accounts by address (oidc_link_by_email)".to_owned())
    } else if !introduction.email_verified {
        Some(format!("{} has not verified that the address is yours", provider.name))
    } else if store::is_email_unverified(tx, user.id)? {
        Some("whoever has that account set the address without anybody verifying it".to_owned())
    } else {
        None
    };
    if let Some(why) = obstacle {
        return Err(Error::new(
            Kind::Forbidden,
            format!("there is an account with your e-mail address already, and {why}"),
        ));
    }
    let event = Event::new("update", "users", user.id)
        .named(&user.username)
        .with("linked-to", provider.name.as_str());
    record(tx, &in_name_of(context, &user), &event)?;
    Ok(user)
}

/// A username that nobody has, as near to the wanted one as can be.
fn free_name(tx: &mut Tx<'_>, wanted: &str) -> Result<String> {
    for candidate in username::candidates(&username::near(wanted)) {
        if store::user_by_login(tx, &candidate)?.is_none() {
            return Ok(candidate);
        }
    }
    Err(Error::conflict("every name like yours is taken; an administrator can make an account"))
}

/// Where a group says who administers the site, it says so at each sign-in.
fn follow_admin_group(
    tx: &mut Tx<'_>,
    context: &Context,
    provider: &Provider,
    introduction: &Introduction,
    mut user: User,
) -> Result<User> {
    let Some(group) = &provider.site_admin_group else { return Ok(user) };
    let due = introduction.groups.contains(group);
    if due != user.site_admin {
        user.site_admin = due;
        store::set_site_admin(tx, user.id, due, context.now)?;
        let event = Event::new("update", "users", user.id)
            .named(&user.username)
            .with("site-admin", due)
            .with("by", provider.name.as_str());
        record(tx, &in_name_of(context, &user), &event)?;
    }
    Ok(user)
}
