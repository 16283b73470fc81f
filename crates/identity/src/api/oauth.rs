//! The token endpoint of `terraform login`: a code and its verifier for an API token.

use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{Kind, Result};
use serde_json::{Value, json};
use web::RequestInfo;

use crate::{Identity, oauth::CLIENT_ID, service::Exchange};

/// An error as RFC 6749 has it: a word for the client, a sentence for the person.
struct Refusal {
    error: &'static str,
    text: &'static str,
}

const fn refusal(error: &'static str, text: &'static str) -> Refusal {
    Refusal { error, text }
}

pub(super) async fn exchange(
    State(identity): State<Identity>,
    info: RequestInfo,
    request: Request,
) -> Response {
    let form = is_form(&request);
    let answer = match web::body::read(request).await {
        Ok(body) if form => grant(&identity, &info, &body).await,
        Ok(_) => Ok(Err(refusal(
            "invalid_request",
            "send the parameters as application/x-www-form-urlencoded",
        ))),
        Err(error) => Err(error),
    };
    match answer {
        Ok(Ok(document)) => answer_with(StatusCode::OK, document),
        Ok(Err(refusal)) => {
            let document = json!({ "error": refusal.error, "error_description": refusal.text });
            answer_with(StatusCode::BAD_REQUEST, document)
        }
        Err(error) => {
            let (status, word) = match error.kind() {
                Kind::BadRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
                Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
                Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
                _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
            };
            if status.is_server_error() {
                tracing::error!(
                    request.id = info.request_id,
                    error = ?error,
                    "a login could not be completed"
                );
            }
            answer_with(status, json!({ "error": word, "error_description": error.to_string() }))
        }
    }
}

async fn grant(
    identity: &Identity,
    info: &RequestInfo,
    body: &[u8],
) -> Result<std::result::Result<Value, Refusal>> {
    let exchange = match read(body) {
        Ok(exchange) => exchange,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let granted = identity.exchange_code(&identity.anonymous(info), &exchange).await?;
    Ok(match granted {
        Some(token) => Ok(json!({ "access_token": token.expose(), "token_type": "bearer" })),
        None => Err(refusal(
            "invalid_grant",
            "the code is unknown, used or expired; run `terraform login` again",
        )),
    })
}

/// Reads the parameters. None may be repeated, and one that is empty counts as missing.
fn read(body: &[u8]) -> std::result::Result<Exchange, Refusal> {
    let parameter = |wanted: &str| {
        let mut found = form_urlencoded::parse(body)
            .filter(|(name, value)| name == wanted && !value.is_empty())
            .map(|(_, value)| value.into_owned());
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(value),
            (Some(_), Some(_)) => Err(refusal("invalid_request", "a parameter is repeated")),
            (None, _) => Err(refusal("invalid_request", "a parameter is missing")),
        }
    };
    if parameter("grant_type")? != "authorization_code" {
        let text = "only \"authorization_code\" is granted here";
        return Err(refusal("unsupported_grant_type", text));
    }
    if parameter("client_id")? != CLIENT_ID {
        return Err(refusal("invalid_client", "this client is not known here"));
    }
    Ok(Exchange {
        code: parameter("code")?,
        verifier: parameter("code_verifier")?,
        redirect_uri: parameter("redirect_uri")?,
    })
}

fn is_form(request: &Request) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Nobody on the way may keep what is in it.
fn answer_with(status: StatusCode, document: Value) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (status, headers, Json(document)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "grant_type=authorization_code&client_id=terraform-cli&code=abc\
                        &code_verifier=v&redirect_uri=http%3A%2F%2Flocalhost%3A10000%2Flogin";

    #[test]
    fn the_parameters_of_the_command_line_are_read() {
        let exchange = read(GOOD.as_bytes()).ok().unwrap();
        assert_eq!(exchange.redirect_uri, "http://localhost:10000/login");
        assert_eq!((exchange.code.as_str(), exchange.verifier.as_str()), ("abc", "v"));
    }

    #[test]
    fn refusals_have_the_words_of_the_standard() {
        let word = |body: &str| read(body.as_bytes()).err().unwrap().error;
        assert_eq!(word(""), "invalid_request");
        assert_eq!(word(&format!("{GOOD}&code=other")), "invalid_request");
        assert_eq!(word(&GOOD.replace("code=abc", "code=")), "invalid_request");
        assert_eq!(word(&GOOD.replace("terraform-cli", "other")), "invalid_client");
        assert_eq!(word(&GOOD.replace("authorization_code", "password")), "unsupported_grant_type");
    }
}
