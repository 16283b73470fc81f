//! Which tokens one gets: kept ones (`service`) or batch tokens. Roles and mounts say it, and
//! whoever asks for a token.

use crate::{fault::Fault, framework::Input, mount::Mount, token::TokenKind};

/// Where a mount's settings keep what it gives to those who log in.
const SETTING: &str = "token_type";

/// What a role or a mount says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// This, whatever else is said.
    Always(TokenKind),
    /// This, unless something else is said.
    Unless(TokenKind),
}

/// Reads the word of a mount, or of a role of `auth/token/`. What is not known there is as if
/// nothing were said.
fn word(text: &str) -> Word {
    match text {
        "service" => Word::Always(TokenKind::Service),
        "batch" => Word::Always(TokenKind::Batch),
        "default-batch" => Word::Unless(TokenKind::Batch),
        _ => Word::Unless(TokenKind::Service),
    }
}

/// Whether a mount, or a role of `auth/token/`, may say so.
pub(crate) fn is_word(text: &str) -> bool {
    matches!(text, "service" | "batch" | "default-service" | "default-batch")
}

/// What a role of a way to log in may say; an empty text is `default`.
pub(super) fn of_role_text(text: &str) -> Result<String, Fault> {
    match text {
        "" | "default" | "service" | "batch" => Ok(text.to_owned()),
        _ => Err(invalid(text)),
    }
}

/// The refusal of a word that a role can't say.
pub(super) fn invalid(text: &str) -> Fault {
    Fault::refused(format!("invalid 'token_type' value {text:?}"))
}

/// What is got by logging in: what the mount always gives; or else what the role says; or else what
/// the mount gives.
pub(super) fn of_login(mount: &Mount, role: &str) -> TokenKind {
    let tuned = mount.settings.get(SETTING).and_then(|text| text.as_str());
    decide(tuned.unwrap_or_default(), asked_for(role))
}

/// What a token gets that asks for another one: what the role always gives; or else what is asked
/// for; or else what the role gives.
pub(super) fn of_creation(role: &str, input: &Input) -> Result<TokenKind, Fault> {
    let asked = input.text_or_empty("type")?;
    match asked_for(&asked) {
        None if !asked.is_empty() => Err(Fault::refused("invalid 'token_type' value")),
        asked => Ok(decide(role, asked)),
    }
}

fn asked_for(text: &str) -> Option<TokenKind> {
    [TokenKind::Service, TokenKind::Batch].into_iter().find(|kind| kind.as_str() == text)
}

fn decide(said: &str, asked: Option<TokenKind>) -> TokenKind {
    match word(said) {
        Word::Always(kind) => kind,
        Word::Unless(kind) => asked.unwrap_or(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_got_is_what_openbao_gives() {
        const SERVICE: TokenKind = TokenKind::Service;
        const BATCH: TokenKind = TokenKind::Batch;
        // What the mount or the role says; then: nothing asked for, service, batch.
        for (said, expected) in [
            ("", [SERVICE, SERVICE, BATCH]),
            ("default-service", [SERVICE, SERVICE, BATCH]),
            ("default-batch", [BATCH, SERVICE, BATCH]),
            ("service", [SERVICE, SERVICE, SERVICE]),
            ("batch", [BATCH, BATCH, BATCH]),
        ] {
            let got = ["default", "service", "batch"].map(|role| decide(said, asked_for(role)));
            assert_eq!(got, expected, "{said:?}");
        }
    }

    #[test]
    fn each_place_has_its_words() {
        for (text, of_mount, of_role) in [
            ("", false, true),
            ("default", false, true),
            ("service", true, true),
            ("batch", true, true),
            ("default-service", true, false),
            ("default-batch", true, false),
            ("Batch", false, false),
            ("rubbish", false, false),
        ] {
            assert_eq!(is_word(text), of_mount, "{text:?}");
            assert_eq!(of_role_text(text).is_ok(), of_role, "{text:?}");
        }
    }
}
