//! What the other server says about a person, once it is known to be the one who says it.

use barrier::{constant_time_equal, jwt::Claims};
use kernel::{Error, Kind, Result};
use serde_json::Value;

use super::Provider;
use crate::names;

/// As long as a subject may be, by the standard.
const MAX_SUBJECT: usize = 255;
/// More groups than anybody has; each is looked for among the teams.
const MAX_GROUPS: usize = 8_000;

/// What the other server says about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Introduction {
    /// Who they are to that server, for ever.
    pub(crate) subject: String,
    /// Their address; none if it did not say.
    pub(crate) email: Option<String>,
    /// Whether it knows that the address is theirs.
    pub(crate) email_verified: bool,
    /// What a new account is to be called.
    pub(crate) name: String,
    /// Their groups.
    pub(crate) groups: Vec<String>,
}

/// Checks that an identity, whose signature and times are in order, is the answer to our request.
pub(crate) fn check(claims: &Claims, provider: &Provider, nonce: &str) -> Result<()> {
    let refuse = |text: &str| Err(refusal(provider, text));
    if claims.issuer() != Some(provider.issuer.as_str()) {
        return refuse("it comes from another issuer");
    }
    let audiences = claims.audiences();
    if !audiences.contains(&provider.client_id.as_str()) {
        return refuse("it is meant for another application");
    }
    // A token for several must say which of them asked for it.
    let party = claims.text("azp");
    let ours = party.as_deref() == Some(provider.client_id.as_str());
    if !ours && (party.is_some() || audiences.len() > 1) {
        return refuse("another application asked for it");
    }
    if !constant_time_equal(claims.text("nonce").unwrap_or_default(), nonce) {
        return refuse("it does not belong to this sign-in");
    }
    Ok(())
}

/// Reads what is said about a person: in the identity, and, where that is silent, in what the
/// server said when it was asked (`more`).
pub(crate) fn read(
    claims: &Claims,
    more: Option<&Claims>,
    provider: &Provider,
) -> Result<Introduction> {
    let subject = claims.subject().filter(|subject| is_subject(subject));
    let subject = subject.ok_or_else(|| refusal(provider, "it does not say who it is about"))?;
    if more.is_some_and(|more| more.subject() != Some(subject)) {
        return Err(refusal(provider, "two answers are about different people"));
    }
    let text = |claim: &str| {
        let found = claims.text(claim).or_else(|| more.and_then(|more| more.text(claim)));
        found.filter(|text| !text.trim().is_empty())
    };
    let email = text("email").and_then(|email| names::email(&email).ok());
    let name =
        [text(&provider.username_claim), text("preferred_username"), email.clone(), text("name")]
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default();
    let from_claims = claims.find("email").is_some();
    let verified = match (from_claims, more) {
        (true, _) => is_verified(claims, provider),
        (false, Some(more)) => is_verified(more, provider),
        (false, None) => false,
    };
    Ok(Introduction {
        subject: subject.to_owned(),
        email_verified: email.is_some() && verified,
        email,
        name,
        groups: groups(claims, more, provider)?,
    })
}

/// Whether an identity leaves something out that the server may say when it is asked.
pub(crate) fn is_silent(claims: &Claims, provider: &Provider) -> bool {
    ["email", &provider.groups_claim, &provider.username_claim]
        .iter()
        .any(|claim| claims.find(claim).is_none())
}

fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_SUBJECT && !text.chars().any(char::is_control)
}

/// Whether the server knows that the address is the person's. Entra ID has a claim of its own for
/// that, which is believed of nobody else.
fn is_verified(claims: &Claims, provider: &Provider) -> bool {
    let is_true = |claim: &str| match claims.find(claim) {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    };
    let entra = provider.issuer.starts_with("https://login.microsoftonline.com/");
    is_true("email_verified") || (entra && is_true("xms_edov"))
}

fn groups(claims: &Claims, more: Option<&Claims>, provider: &Provider) -> Result<Vec<String>> {
    let claim = provider.groups_claim.as_str();
    let listed = claims.list(claim).or_else(|| more.and_then(|more| more.list(claim)));
    let too_many = || {
        Error::new(
            Kind::Forbidden,
            format!(
                "{} has more groups of yours than it can name; let an administrator there limit \
                 them to those that are assigned to this application",
                provider.name
            ),
        )
    };
    // Named and left out ("distributed claims"): taken for none, they would cost people their teams.
    let elsewhere = claims.find("_claim_names").and_then(|names| names.get(claim)).is_some();
    match listed {
        None if elsewhere => Err(too_many()),
        Some(groups) if groups.len() > MAX_GROUPS => Err(too_many()),
        // What no database can hold is no team's group either.
        groups => {
            Ok(groups.unwrap_or_default().into_iter().filter(|g| !g.contains('\0')).collect())
        }
    }
}

/// An identity that is not believed.
pub(crate) fn refusal(provider: &Provider, why: &str) -> Error {
    Error::new(
        Kind::Forbidden,
        format!("the identity that {} sent is not in order: {why}", provider.name),
    )
}

#[cfg(test)]
#[path = "introduction/tests.rs"]
mod tests;
