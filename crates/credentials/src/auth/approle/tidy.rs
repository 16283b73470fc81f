//! Forgetting secret ids that have come to their end.

use serde_json::Value;

use super::{
    role::ROLE,
    secret::{self, SecretId},
};
use crate::{
    Credentials,
    backend::{Answer, Call},
    fault::Fault,
    mount::Mount,
    response::Response,
};

/// How many are looked at in one transaction.
const AT_ONCE: usize = 200;

/// Tidies because somebody asks for it.
pub(super) async fn now(call: &Call<'_>) -> Answer {
    tidy(call.core, call.mount).await?;
    let answer = Response { data: None, ..Response::data(Value::Null) }.warn(
        "Tidy operation successfully started. Any information from the operation will be printed \
         to OpenBao's server logs.",
    );
    Ok(Some(answer.with_status(http::StatusCode::ACCEPTED)))
}

/// Forgets what has come to its end in a mount.
pub(super) async fn tidy(core: &Credentials, mount: &Mount) -> Result<(), Fault> {
    let (view, now) = (core.view(mount)?, core.identity().now());
    let listing = view.clone();
    let all = core.db().read(move |tx| {
        let mut all = Vec::new();
        for role in listing.list(tx, ROLE)? {
            let hashes = listing.list(tx, &secret::of_role(&role))?;
            all.extend(hashes.into_iter().map(|hash| (role.clone(), hash)));
        }
        Ok(all)
    });
    for some in all.await?.chunks(AT_ONCE) {
        let (view, some) = (view.clone(), some.to_vec());
        core.db()
            .write(move |tx| {
                for (role, hash) in &some {
                    let key = format!("{}{hash}", secret::of_role(role));
                    let found: Option<SecretId> = view.get(tx, &key)?;
                    if let Some(secret) = found.filter(|secret| secret.is_over(now)) {
                        secret::forget(tx, &view, role, hash, &secret.accessor)?;
                    }
                }
                Ok(())
            })
            .await?;
    }
    Ok(())
}
