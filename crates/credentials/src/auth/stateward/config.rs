//! What all tokens of the mount are.

use db::Tx;
use identity::audit;
use serde_json::{Map, Value};

use crate::{
    auth::params::TokenParams,
    backend::{Answer, Call},
    response::Response,
    view::View,
};

const KEY: &str = "config";

/// What is said of all tokens; nothing in particular if nobody has said anything.
pub(super) fn load(tx: &mut Tx<'_>, view: &View) -> kernel::Result<TokenParams> {
    Ok(view.get(tx, KEY)?.unwrap_or_default())
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let view = call.view()?;
    let params = call.core.db().read(move |tx| load(tx, &view)).await?;
    let mut data = Map::new();
    params.show(&mut data, &[]);
    Ok(Some(Response::data(Value::Object(data))))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let view = call.view()?;
    let mut params = call.core.db().read(move |tx| load(tx, &view)).await?;
    params.merge(&call.input, &[])?;
    let (view, context) = (call.view()?, call.context.clone());
    let (uuid, path) = (call.mount.uuid.clone(), call.mount.path.clone());
    call.core
        .db()
        .write(move |tx| {
            view.put(tx, KEY, &params)?;
            let event = audit::Event::new("configure", "credential-mounts", &uuid)
                .named(path.as_str())
                .with("policies", params.policies.clone());
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}
