//! Whether a token may do what a request wants: its policies decide.

use std::sync::Arc;

use kernel::Timestamp;

use crate::{
    Credentials, Operation,
    fault::Fault,
    known::Known,
    policy::{Acl, Decision, Question},
    request::Request,
    token::Token,
};

impl Credentials {
    /// What a token may do, by mounts and policies as they are remembered.
    pub(crate) fn acl(&self, token: &Token) -> Acl {
        acl(token, &self.known(), self.identity().now())
    }

    /// What the token's policies allow; refused if that is not this.
    pub(crate) fn authorize(
        &self,
        token: &Token,
        known: &Known,
        operation: Operation,
        needs_sudo: bool,
        request: &Request,
    ) -> Result<Decision, Fault> {
        let question = Question {
            operation,
            path: &request.path,
            parameters: &request.data,
            wrap_ttl: request.wrap_ttl,
        };
        let decision = acl(token, known, self.identity().now()).allow(&question);
        if decision.allowed && (decision.sudo || !needs_sudo) {
            return Ok(decision);
        }
        Err(Fault::Denied)
    }
}

fn acl(token: &Token, known: &Known, now: Timestamp) -> Acl {
    if token.is_root() {
        return Acl::root();
    }
    let names = token.policies.iter().chain(token.identity_policies());
    let policies = names.filter_map(|name| known.policies.get(name));
    let value = |directive: &str| token.entity.as_ref()?.value(directive);
    Acl::new(policies.map(Arc::clone).collect(), now, &value)
}
