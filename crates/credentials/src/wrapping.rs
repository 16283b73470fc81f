//! Answers that are not given out, but wait, once and for a while, for whoever has the token that
//! is given out instead.

use kernel::{Context, Secret};

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
        let sealed = self.seal().key()?.seal(place(&info.accessor).as_bytes(), body.as_bytes())?;
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
        let hash = self.token_hash(token.expose());
        let now = context.now;
        let taken = self
            .db()
            .write(move |tx| {
                Ok(tx.query_optional(
                    &sql::TAKE_WRAPPING,
                    &[(&hash).into(), now.into()],
                    |row| Ok((row.text(0)?, row.bytes(1)?)),
                )?)
            })
            .await?;
        let (accessor, sealed) = taken.ok_or_else(|| Fault::refused(INVALID))?;
        Ok(self.seal().key()?.open(place(&accessor).as_bytes(), &sealed)?)
    }
}

fn place(accessor: &str) -> String {
    format!("{PLACE}:{accessor}")
}
