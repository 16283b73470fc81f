//! Mounts, policies and audit devices, as this server remembers them: read anew as soon as their generation has
//! changed, which every request asks.

use std::{collections::HashMap, sync::Arc};

use db::Tx;
use kernel::Result;

use crate::{
    devices::Device,
    mount::Mount,
    policy::{Policy, RESPONSE_WRAPPING_POLICY},
    store,
    token::RESPONSE_WRAPPING,
};

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Known {
    generation: i64,
    /// Every mount, by path.
    pub(crate) mounts: Vec<Mount>,
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

    /// Reads what is there.
    pub(crate) fn load(tx: &mut Tx<'_>) -> Result<Self> {
        let generation = store::generation(tx)?.known;
        let mounts = store::list_mounts(tx)?;
        let mut policies = HashMap::new();
        let built_in = (RESPONSE_WRAPPING.to_owned(), RESPONSE_WRAPPING_POLICY.to_owned());
        for (name, text) in store::list_policies(tx)?.into_iter().chain([built_in]) {
            match Policy::parse(&name, &text) {
                Ok(policy) => {
                    policies.insert(name, Arc::new(policy));
                }
                // It was checked when it was written; one that can't be read gives nothing.
                Err(error) => tracing::error!(policy = name, %error, "a policy can't be read"),
            }
        }
        Ok(Self { generation, mounts, policies, devices: store::list_devices(tx)? })
    }
}
