//! Mounts, policies and audit devices, as this server remembers them: read anew as soon as their generation has
//! changed, which every request asks.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use db::Tx;
use kernel::Result;

use crate::{
    devices::Device,
    mount::Mount,
    policy::{Policy, RESPONSE_WRAPPING_POLICY, Spelling},
    request::Request,
    store,
    token::RESPONSE_WRAPPING,
};

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Known {
    generation: i64,
    /// Every mount, by path.
    pub(crate) mounts: Vec<Mount>,
    /// How paths are spelled that are the same in any case.
    pub(crate) spelling: Arc<Spelling>,
    /// Every policy that can be read, by name.
    pub(crate) policies: HashMap<String, Arc<Policy>>,
    /// Every audit device, by path.
    pub(crate) devices: Vec<Device>,
}

impl Known {
    /// Whether it is still what is there.
    pub(crate) const fn is_current(&self, generation: i64) -> bool {
        self.generation == generation
    }

    /// The request in the spelling that counts.
    pub(crate) fn spelled<'a>(&self, request: &'a Request) -> Cow<'a, Request> {
        match self.spelling.of_path(&request.path) {
            Cow::Borrowed(_) => Cow::Borrowed(request),
            Cow::Owned(path) => Cow::Owned(Request { path, ..request.clone() }),
        }
    }

    /// Reads what is there; `any_case` are the folders in which a type of mount takes names in any
    /// case.
    pub(crate) fn load(
        tx: &mut Tx<'_>,
        any_case: &dyn Fn(&str) -> &'static [&'static str],
    ) -> Result<Self> {
        let generation = store::generation(tx)?.known;
        let mounts = store::list_mounts(tx)?;
        let folders = mounts.iter().flat_map(|mount| {
            any_case(&mount.r#type).iter().map(|folder| format!("{}{folder}", mount.path))
        });
        let spelling = Arc::new(Spelling::below(folders));
        let mut policies = HashMap::new();
        let built_in = (RESPONSE_WRAPPING.to_owned(), RESPONSE_WRAPPING_POLICY.to_owned());
        for (name, text) in store::list_policies(tx)?.into_iter().chain([built_in]) {
            match Policy::parse(&name, &text) {
                Ok(policy) => {
                    policies.insert(name, Arc::new(policy.spelled(&spelling)));
                }
                // It was checked when it was written; one that can't be read gives nothing.
                Err(error) => tracing::error!(policy = name, %error, "a policy can't be read"),
            }
        }
        Ok(Self { generation, mounts, spelling, policies, devices: store::list_devices(tx)? })
    }
}
