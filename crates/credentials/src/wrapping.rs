//! Answers that are not given out, but wait, once and for a while, for whoever has the token that
//! is given out instead.

mod asking;

use std::time::Duration;

use kernel::{Context, Secret};

pub(crate) use asking::wrapping_token;

use crate::{
    Credentials,
    backend::Answer,
    fault::Fault,
    ids,
    request::Request,
    response::{Response, WrapInfo},
    sql,
};

/// The text for every wrapping token that gives nothing out.
pub(crate) const INVALID: &str = "wrapping token is not valid or does not exist";

/// Whose door the answers stand behind.
const PLACE: &str = "credential_wrappings";

impl Credentials {
    /// Puts an answer away, if that was asked for. What says nothing is never wrapped.
    pub(crate) async fn wrap(
        &self,
        request: &Request,
        context: &Context,
        answer: Option<Response>,
    ) -> Answer {
        let (ttl, answer) = match (request.wrap_ttl, answer) {
            (Some(ttl), Some(answer)) if !answer.is_empty_list() && answer.bare.is_none() => {
                (ttl, answer)
            }
            (_, answer) => return Ok(answer),
        };
        let info = WrapInfo {
            token: ids::token(),
            accessor: ids::accessor(),
            ttl,
            created_at: context.now,
            creation_path: request.path.clone(),
            wrapped_accessor: answer.auth.as_ref().map(|auth| auth.accessor.clone()),
        };
        self.put_away(request, &info, &answer).await?;
        Ok(Some(Response { wrap_info: Some(info), ..Response::default() }))
    }

    async fn put_away(
        &self,
        request: &Request,
        info: &WrapInfo,
        answer: &Response,
    ) -> Result<(), Fault> {
        let body = answer.envelope(&request.id, "").to_string();
        self.store_wrapping(info, body.as_bytes()).await
    }

    async fn store_wrapping(&self, info: &WrapInfo, body: &[u8]) -> Result<(), Fault> {
        let sealed = self.seal().key()?.seal(place(&info.accessor).as_bytes(), body)?;
        let hash = self.token_hash(info.token.expose());
        let info = info.clone();
        let write = move |tx: &mut db::Tx<'_>| {
            let seconds = i64::try_from(info.ttl.as_secs()).unwrap_or(i64::MAX);
            tx.execute(
                &sql::INSERT_WRAPPING,
                &[
                    (&hash).into(),
                    (&info.accessor).into(),
                    (&sealed).into(),
                    (&info.creation_path).into(),
                    seconds.into(),
                    info.created_at.into(),
                    info.created_at.plus(info.ttl).into(),
                ],
            )?;
            Ok(())
        };
        Ok(self.db().write(write).await?)
    }

    /// Gives an answer out, once.
    pub(crate) async fn unwrap(
        &self,
        token: &Secret<String>,
        context: &Context,
    ) -> Result<Vec<u8>, Fault> {
        self.take(token, context).await.map(|taken| taken.body)
    }

    /// Lets an answer wait on, with another token and as long again.
    pub(crate) async fn rewrap(
        &self,
        token: &Secret<String>,
        context: &Context,
    ) -> Result<Response, Fault> {
        let Taken { body, creation_path, ttl } = self.take(token, context).await?;
        let info = WrapInfo {
            token: ids::token(),
            accessor: ids::accessor(),
            ttl,
            created_at: context.now,
            creation_path,
            wrapped_accessor: accessor_in(&body),
        };
        self.store_wrapping(&info, &body).await?;
        Ok(Response { wrap_info: Some(info), ..Response::default() })
    }

    async fn take(&self, token: &Secret<String>, context: &Context) -> Result<Taken, Fault> {
        let hash = self.token_hash(token.expose());
        let now = context.now;
        let row = |row: &db::Row<'_>| {
            let ttl = Duration::from_secs(u64::try_from(row.int(3)?).unwrap_or(0));
            Ok((row.text(0)?, Taken { body: row.bytes(1)?, creation_path: row.text(2)?, ttl }))
        };
        let take = move |tx: &mut db::Tx<'_>| {
            Ok(tx.query_optional(&sql::TAKE_WRAPPING, &[(&hash).into(), now.into()], row)?)
        };
        let taken = self.db().write(take).await?;
        let (accessor, sealed) = taken.ok_or_else(|| Fault::refused(INVALID))?;
        let body = self.seal().key()?.open(place(&accessor).as_bytes(), &sealed.body)?;
        Ok(Taken { body, ..sealed })
    }
}

/// An answer that no longer waits.
struct Taken {
    body: Vec<u8>,
    creation_path: String,
    ttl: Duration,
}

/// The accessor of the token that an answer holds, if it holds one.
fn accessor_in(body: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    document.pointer("/auth/accessor")?.as_str().map(str::to_owned)
}

fn place(accessor: &str) -> String {
    format!("{PLACE}:{accessor}")
}
