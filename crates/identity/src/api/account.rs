//! One's own account, and other people.

use axum::{extract::State, response::IntoResponse};
use kernel::{Error, Secret, UserId};
use serde::Deserialize;
use web::{Answer, Path, body::JsonApi, document::Document};

use crate::{
    Caller, Identity, User, UserChange,
    resources::{account_resource, service_resource, user_resource},
};

#[derive(Deserialize, Default)]
pub(super) struct AccountAttributes {
    username: Option<String>,
    email: Option<String>,
}

/// The contract writes these with underscores; hyphens are read too.
#[derive(Deserialize)]
pub(super) struct PasswordAttributes {
    #[serde(alias = "current-password")]
    current_password: Secret<String>,
    password: Secret<String>,
    #[serde(alias = "password-confirmation")]
    password_confirmation: Secret<String>,
}

async fn document(identity: &Identity, caller: &Caller, user: &User) -> kernel::Result<Document> {
    let creates = identity.may_create_organizations(&caller.context);
    let two_factor = identity.ways_in(&caller.context).await?.second_factor.is_some();
    Ok(Document::one(account_resource(user, creates, two_factor, caller.context.token())))
}

async fn own(identity: &Identity, caller: &Caller) -> kernel::Result<User> {
    let id = person(caller)?;
    identity.read_user(&caller.context, id).await
}

/// Who calls, if it is a person: nobody else has an account to change.
fn person(caller: &Caller) -> kernel::Result<UserId> {
    caller.context.user().map(|user| user.id).ok_or_else(|| {
        Error::forbidden(
            "this token is no person's, so there is no account to change; use a user's token",
        )
    })
}

pub(super) async fn read(State(identity): State<Identity>, caller: Caller) -> Answer<Document> {
    if let Some(service) = caller.context.service() {
        return Ok(Document::one(service_resource(service)));
    }
    let user = own(&identity, &caller).await?;
    Ok(document(&identity, &caller, &user).await?)
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    body: JsonApi<AccountAttributes>,
) -> Answer<Document> {
    person(&caller)?;
    let body = body.of_kind("users")?;
    let change = UserChange { username: body.attributes.username, email: body.attributes.email };
    let user = identity.update_account(&caller.context, change).await?;
    Ok(document(&identity, &caller, &user).await?)
}

pub(super) async fn change_password(
    State(identity): State<Identity>,
    caller: Caller,
    body: JsonApi<PasswordAttributes>,
) -> Answer<Document> {
    person(&caller)?;
    let PasswordAttributes { current_password, password, password_confirmation } =
        body.of_kind("users")?.attributes;
    if password != password_confirmation {
        return Err(Error::invalid(
            "password_confirmation",
            "this is not the same as the new password",
        )
        .into());
    }
    identity.change_password(&caller.context, &current_password, &password).await?;
    let user = own(&identity, &caller).await?;
    Ok(document(&identity, &caller, &user).await?)
}

pub(super) async fn read_user(
    State(identity): State<Identity>,
    caller: Caller,
    Path(user): Path<UserId>,
) -> Answer<impl IntoResponse> {
    let user = identity.read_user(&caller.context, user).await?;
    Ok(Document::one(user_resource(&user)))
}
