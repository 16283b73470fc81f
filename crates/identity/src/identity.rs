//! The capability itself: what its services share.

use std::{sync::Arc, time::Duration};

use barrier::Barrier;
use db::Db;
use kernel::{Actor, Clock, Context, Result, Timestamp};
use outgoing::Outgoing;
use web::RequestInfo;

use crate::{
    Provider,
    audit::{AuditSettings, Denials},
    issuers::Issuers,
    last_used::LastUsed,
    password::Passwords,
    refusals::Refusals,
};

/// What an operator can set about people and their access.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What clients put before a path, e.g. `https://tf.example.org:8443`; no slash at the end.
    pub external_url: String,
    /// How long a browser session lasts at most.
    pub session_lifetime: Duration,
    /// How long a browser session lasts unused.
    pub session_idle: Duration,
    /// Whether everybody may create organizations, or site administrators only.
    pub members_create_organizations: bool,
    /// Whether people may sign in with a password that is kept here.
    pub local_accounts: bool,
    /// Whether those people must have a second factor.
    pub require_second_factor: bool,
    /// Another server at which people sign in.
    pub provider: Option<Provider>,
    /// How long the audit trail is kept, and where it is sent.
    pub audit: AuditSettings,
    /// The limits of requests to others: issuers of identities.
    pub outgoing: outgoing::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            external_url: "https://localhost:8443".to_owned(),
            session_lifetime: Duration::from_hours(7 * 24),
            session_idle: Duration::from_hours(24),
            members_create_organizations: true,
            local_accounts: true,
            require_second_factor: false,
            provider: None,
            audit: AuditSettings::default(),
            outgoing: outgoing::Settings::default(),
        }
    }
}

/// People and their access.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    db: Db,
    barrier: Barrier,
    clock: Arc<dyn Clock>,
    settings: Settings,
    last_used: LastUsed,
    denials: Denials,
    passwords: Passwords,
    outgoing: Outgoing,
    issuers: Issuers,
    refusals: Refusals,
}

impl Identity {
    /// Over a database, with the barrier that hashes its tokens.
    pub fn new(db: Db, barrier: Barrier, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let outgoing = Outgoing::new(settings.outgoing.clone());
        Self(Arc::new(Inner {
            issuers: Issuers::new(outgoing.clone(), Arc::clone(&clock)),
            outgoing,
            db,
            barrier,
            clock,
            settings,
            last_used: LastUsed::default(),
            denials: Denials::default(),
            passwords: Passwords::new(),
            refusals: Refusals::default(),
        }))
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The barrier.
    pub fn barrier(&self) -> &Barrier {
        &self.0.barrier
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// What the operator has set.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// What clients put before a path.
    pub fn external_url(&self) -> &str {
        &self.0.settings.external_url
    }

    /// The way out, for requests to others.
    pub fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    /// The issuers of identities, and their keys.
    pub fn issuers(&self) -> &Issuers {
        &self.0.issuers
    }

    /// Issuers whose servers have certificates of an authority that is given in PEM, besides those
    /// that the machine trusts.
    pub fn issuers_trusting(&self, authorities: String) -> Result<Issuers> {
        let settings = outgoing::Settings {
            authorities: Some(authorities),
            ..self.settings().outgoing.clone()
        };
        settings.check()?;
        Ok(Issuers::new(Outgoing::new(settings), Arc::clone(&self.0.clock)))
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.0.refusals
    }

    pub(crate) fn last_used(&self) -> &LastUsed {
        &self.0.last_used
    }

    pub(crate) fn denials(&self) -> &Denials {
        &self.0.denials
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// The context of a request by somebody.
    pub(crate) fn context(&self, actor: Actor, info: &RequestInfo) -> Context {
        Context {
            actor,
            now: self.now(),
            request_id: info.request_id.clone(),
            address: info.address,
        }
    }

    /// The context of a request by nobody we know.
    pub fn anonymous(&self, info: &RequestInfo) -> Context {
        self.context(Actor::Anonymous, info)
    }

    /// The context of the server's own work: background roles and administration commands.
    pub fn system(&self) -> Context {
        Context {
            actor: Actor::System,
            now: self.now(),
            request_id: "system".to_owned(),
            address: None,
        }
    }
}
