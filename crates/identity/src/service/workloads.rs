//! Letting a CI job in by the identity that its platform has signed for it, in place of a secret
//! that somebody stored.
//!
//! An identity is judged once, when it is first shown: then it is a token like others, resting on
//! the trusts that let it in, until it expires or those trusts change. Whoever is not let in is
//! told nothing but that; the reason stands in the log.

use std::{sync::Arc, time::Duration};

use barrier::jwt::{Claims, JwtError, LEEWAY, MAX_LENGTH, Unverified};
use kernel::{Actor, Context, Error, Principal, Result, ServiceActor, TokenId, TokenLimits};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    Identity, TokenKind,
    audit::{self, Event},
    issuers::{KeySource, NotBelieved},
    store,
    trust::{Mismatch, Trust, audiences_of},
};

/// How long others are waited for when the keys of one source have said yes: organizations that
/// name different sources for one issuer do not hold each other up.
const GRACE: Duration = Duration::from_millis(300);
/// How much of a subject is kept as the name of a CI job.
const MAX_NAME: usize = 250;
/// How many trusts are named in the log.
const SHOWN: usize = 5;

/// Why an identity is not let in.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Token(#[from] JwtError),
    #[error("it names no issuer")]
    Nameless,
    #[error("nobody trusts its issuer")]
    Stranger,
    #[error("no trust lets it in: {0}")]
    Mismatch(String),
    #[error("{0}")]
    NotBelieved(#[from] NotBelieved),
    #[error("the trust has changed meanwhile")]
    Changed,
    #[error("it was revoked")]
    Revoked,
    #[error("it lives longer than keys may live in the organization that has the trust {0:?}")]
    TooLong(String),
    #[error("it could not be judged")]
    Lost,
}

/// Whether a text may be a signed identity: the form alone, at no cost.
pub(crate) fn may_be_identity(token: &str) -> bool {
    token.len() <= MAX_LENGTH && token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// An identity that is let in, and by whom.
struct Admitted {
    claims: Claims,
    trusts: Vec<Trust>,
}

impl Identity {
    /// Lets a CI job in by its identity, so that its token is known from now on. `hash` is what the
    /// token is looked up by.
    pub(crate) async fn admit_workload(
        &self,
        token: &str,
        hash: [u8; 32],
        context: &Context,
    ) -> Result<()> {
        let parsed = Unverified::parse(token).map_err(Refusal::from);
        let issuer = parsed.as_ref().ok().and_then(|parsed| parsed.issuer.clone());
        let outcome = match parsed {
            Ok(parsed) => self.judge(parsed, context).await?,
            Err(refusal) => Err(refusal),
        };
        let outcome = match outcome {
            Ok(admitted) => self.remember(admitted, hash, context).await?,
            Err(refusal) => Err(refusal),
        };
        outcome.map_err(|refusal| {
            self.refusals().note(context, issuer.as_deref(), &refusal);
            Error::unauthorized()
        })
    }

    /// Which trusts let an identity in. The outer error is a fault of ours.
    async fn judge(
        &self,
        token: Unverified,
        context: &Context,
    ) -> Result<Result<Admitted, Refusal>> {
        let Some(issuer) = token.issuer.clone() else { return Ok(Err(Refusal::Nameless)) };
        let trusts = self.db().read(move |tx| store::trusts_in(tx, &issuer)).await?;
        if trusts.is_empty() {
            return Ok(Err(Refusal::Stranger));
        }
        // What it says of itself is enough to pass over most, and no keys are asked for in vain.
        let ours = audiences_of(self.external_url());
        let (mut fitting, mut mismatches) = (Vec::new(), Vec::new());
        for trust in trusts {
            match trust.admit(token.claims_unverified(), &ours) {
                Ok(()) => fitting.push(trust),
                Err(mismatch) => mismatches.push((trust.name, mismatch)),
            }
        }
        if fitting.is_empty() {
            return Ok(Err(Refusal::Mismatch(in_words(&mismatches))));
        }
        Ok(self.verify(Arc::new(token), fitting, context).await)
    }

    /// Checks the signature with the keys of each of the trusts. Those that have the same source
    /// are checked once.
    async fn verify(
        &self,
        token: Arc<Unverified>,
        trusts: Vec<Trust>,
        context: &Context,
    ) -> Result<Admitted, Refusal> {
        let now = context.now;
        let mut sources: Vec<KeySource> = trusts.iter().map(Trust::key_source).collect();
        sources.sort();
        sources.dedup();
        let mut checks = JoinSet::new();
        for source in sources {
            let (token, issuers) = (Arc::clone(&token), self.issuers().clone());
            checks.spawn(async move {
                let outcome = issuers.verify(&token, &source, now, LEEWAY).await;
                (source, outcome)
            });
        }
        let (mut claims, mut believed, mut refusal) = (None, Vec::new(), Refusal::Lost);
        loop {
            let next = match claims {
                None => checks.join_next().await,
                Some(_) => timeout(GRACE, checks.join_next()).await.ok().flatten(),
            };
            match next {
                None => break,
                Some(Ok((source, Ok(found)))) => {
                    claims = Some(found);
                    believed.push(source);
                }
                Some(Ok((_, Err(error)))) => refusal = error.into(),
                Some(Err(_)) => {}
            }
        }
        let Some(claims) = claims else { return Err(refusal) };
        let trusts =
            trusts.into_iter().filter(|trust| believed.contains(&trust.key_source())).collect();
        Ok(Admitted { claims, trusts })
    }

    /// Makes the identity a token like others.
    async fn remember(
        &self,
        admitted: Admitted,
        hash: [u8; 32],
        context: &Context,
    ) -> Result<Result<(), Refusal>> {
        let Admitted { claims, trusts } = admitted;
        let expires_at = match claims.expires_at() {
            Ok(end) => end.plus(LEEWAY),
            Err(error) => return Ok(Err(error.into())),
        };
        let name = name_of(&claims);
        let context = context.clone();
        self.db()
            .write(move |tx| {
                if store::is_barred_workload(tx, &hash)? {
                    return Ok(Err(Refusal::Revoked));
                }
                let token = store::put_workload(tx, &hash, &name, context.now, expires_at)?;
                let context = Context { actor: actor(token, &name), ..context.clone() };
                let mut rested = Err(Refusal::Changed);
                for trust in &trusts {
                    // It is a key of sorts, which somebody else has made.
                    let longest = store::longest_life(tx, trust.organization_id, TokenKind::Key)?;
                    if longest
                        .is_some_and(|longest| expires_at.since(context.now) > longest + LEEWAY)
                    {
                        if rested.is_err() {
                            rested = Err(Refusal::TooLong(trust.name.clone()));
                        }
                    } else if store::put_token_trust(tx, token, trust)? {
                        rested = Ok(());
                        audit::record(tx, &context, &signed_in(token, &name, trust))?;
                    }
                }
                Ok(rested)
            })
            .await
    }
}

/// What people know a CI job by.
fn name_of(claims: &Claims) -> String {
    let subject = claims.subject().or_else(|| claims.issuer()).unwrap_or_default();
    subject.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

fn actor(token: TokenId, name: &str) -> Actor {
    Actor::Service(ServiceActor {
        principal: Principal::Workload(token),
        name: name.to_owned(),
        token,
        limits: TokenLimits::default(),
    })
}

fn signed_in(token: TokenId, name: &str, trust: &Trust) -> Event {
    Event::new("sign-in", "workloads", token)
        .of(trust.organization_id)
        .named(name)
        .with("issuer", trust.issuer.as_str())
        .with("trusted-issuer", trust.id.to_string())
}

/// Why no trust lets an identity in, for whoever reads the log.
fn in_words(mismatches: &[(String, Mismatch)]) -> String {
    let mut words: Vec<String> = mismatches
        .iter()
        .take(SHOWN)
        .map(|(trust, mismatch)| format!("{trust:?} wants {mismatch}"))
        .collect();
    if mismatches.len() > SHOWN {
        words.push(format!("and {} more", mismatches.len() - SHOWN));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_form_is_looked_at() {
        assert!(may_be_identity("eyJhbGciOiJub25lIn0.e30."));
        assert!(may_be_identity(".."));
        for other in ["", "stw_abc", "a.b", "a.b.c.d"] {
            assert!(!may_be_identity(other), "{other}");
        }
        assert!(!may_be_identity(&format!("a.{}.c", "x".repeat(MAX_LENGTH))));
    }

    #[test]
    fn a_refusal_names_what_does_not_fit() {
        let mismatch = |name: &str| (name.to_owned(), Mismatch::Claim("ref".to_owned()));
        assert_eq!(
            in_words(&[mismatch("ci"), ("b".to_owned(), Mismatch::Audience)]),
            "\"ci\" wants another value of the claim \"ref\", \"b\" wants another audience"
        );
        let many: Vec<_> = (0..9).map(|_| mismatch("ci")).collect();
        assert!(in_words(&many).ends_with("and 4 more"));
    }
}
