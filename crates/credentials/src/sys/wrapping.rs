//! Answers that wait: `wrapping/wrap`, `unwrap`, `lookup`.

use serde_json::{Value, json};

use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    response::Response,
    sql,
    wrapping::{INVALID, wrapping_token},
};

const TOKEN: &[Field] =
    &[Field { name: "token", kind: FieldKind::Text, description: "The wrapping token." }];
const UPDATE: &[Operation] = &[Operation::Update];

const fn at(
    name: &'static str,
    pieces: &'static [Piece],
    fields: &'static [Field],
    operations: &'static [Operation],
    synopsis: &'static str,
    description: &'static str,
) -> PathDefinition {
    PathDefinition::new(name, Pattern(pieces), fields, operations, synopsis, description)
}

pub(super) static PATHS: [PathDefinition; 4] = [
    at(
        "wrapping.wrap",
        &[Piece::Is("wrapping"), Piece::Is("wrap")],
        &[],
        UPDATE,
        "Puts something away.",
        "Answers with what was sent, which waits for whoever has the wrapping token.",
    )
    .taking_anything(),
    at(
        "wrapping.rewrap",
        &[Piece::Is("wrapping"), Piece::Is("rewrap")],
        TOKEN,
        UPDATE,
        "Lets an answer wait on.",
        "Gives another wrapping token for what one stands for, which it then no longer does.",
    ),
    at(
        "wrapping.unwrap",
        &[Piece::Is("wrapping"), Piece::Is("unwrap")],
        TOKEN,
        UPDATE,
        "Takes an answer out.",
        "Gives out, once, what a wrapping token stands for. Whoever shows that token needs no other; \
         whoever names it shows one of their own, which may do this.",
    ),
    at(
        "wrapping.lookup",
        &[Piece::Is("wrapping"), Piece::Is("lookup")],
        TOKEN,
        &[Operation::Read, Operation::Update],
        "Looks at a wrapping token.",
        "Says since when and for how long an answer waits, without taking it out.",
    )
    .open(),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match call.path.name {
        "wrapping.wrap" if call.request.wrap_ttl.is_none() => {
            Err(Fault::refused("endpoint requires response wrapping to be used"))
        }
        "wrapping.wrap" => Ok(Some(Response::data(Value::Object(call.request.data.clone())))),
        "wrapping.lookup" => lookup(call).await,
        "wrapping.rewrap" => {
            call.core.rewrap(&wrapping_token(call.request)?, call.context).await.map(Some)
        }
        _ => unwrap(call).await,
    }
}

async fn unwrap(call: &Call<'_>) -> Answer {
    let body = call.core.unwrap(&wrapping_token(call.request)?, call.context).await?;
    let document = serde_json::from_slice(&body)
        .map_err(|error| Fault::Internal(kernel::Error::internal(error)))?;
    Ok(Some(Response::bare(document)))
}

async fn lookup(call: &Call<'_>) -> Answer {
    let hash = call.core.token_hash(wrapping_token(call.request)?.expose());
    let now = call.context.now;
    let found = call.core.db().read(move |tx| {
        Ok(tx.query_optional(&sql::FIND_WRAPPING, &[(&hash).into(), now.into()], |row| {
            Ok((row.text(0)?, row.int(1)?, row.timestamp(2)?))
        })?)
    });
    let (path, ttl, created_at) = found.await?.ok_or_else(|| Fault::refused(INVALID))?;
    let data = json!({
        "creation_path": path, "creation_time": created_at, "creation_ttl": ttl,
    });
    Ok(Some(Response::data(data)))
}
