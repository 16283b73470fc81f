//! What is there before the first request: the key, unless people hold it, and the mounts that
//! every server has.

use std::sync::Arc;

use barrier::{DataKey, random_bytes};
use db::Tx;
use identity::Identity;
use kernel::{Result, Timestamp};
use serde_json::Map;

use crate::{
    Credentials, Settings,
    backend::Backend,
    ids,
    known::Known,
    mount::{Mount, MountKind},
    policy,
    seal::SealKind,
    sql, store,
    token::DEFAULT,
};

/// The mounts that nobody made and nobody takes away: path, kind, type, description.
const BUILT_IN: [(&str, MountKind, &str, &str); 5] = [
    (
        "sys/",
        MountKind::Secret,
        "system",
        "system endpoints used for control, policy and debugging",
    ),
    ("cubbyhole/", MountKind::Secret, "cubbyhole", "per-token private secret storage"),
    ("identity/", MountKind::Secret, "identity", "identity store"),
    ("auth/token/", MountKind::Auth, "token", "token based credentials"),
    ("auth/stateward/", MountKind::Auth, "stateward", "tokens and logins of this server"),
];

/// Where the sealed root key stands.
pub(crate) const ROOT_PLACE: &[u8] = b"credential_seal:root";

impl Credentials {
    /// Opens this side: unsealed, unless people hold its key. Blocks.
    pub(crate) fn open_with(
        identity: Identity,
        settings: Settings,
        backends: Vec<Arc<dyn Backend>>,
        now: Timestamp,
    ) -> Result<Self> {
        let core = Self::with_backends(identity, settings, backends);
        let opening = core.clone();
        let (root, known) = core.db().write_blocking(move |tx| {
            let root = opening.open_root(tx, now)?;
            for (path, kind, r#type, description) in BUILT_IN {
                ensure_mount(tx, path, kind, r#type, description, now)?;
            }
            ensure_default_policy(tx, now)?;
            Ok((root, Known::load(tx)?))
        })?;
        core.remember(known);
        if let Some(root) = root {
            core.seal().unseal(DataKey::of_root("credentials", root)?);
        }
        Ok(core)
    }

    /// The root key, made on the very first start; none while people hold it.
    fn open_root(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<[u8; 32]>> {
        let system = self.identity().barrier().system_key().clone();
        let stored =
            tx.query_optional(&sql::FIND_SEAL, &[], |row| Ok((row.text(0)?, row.bytes(1)?)))?;
        match stored {
            Some((kind, _)) if kind == SealKind::Shamir.as_str() => Ok(None),
            Some((_, sealed)) => {
                let root = system.open(ROOT_PLACE, &sealed)?;
                Ok(Some(
                    root.try_into()
                        .map_err(|_| kernel::Error::internal("the root key has another length"))?,
                ))
            }
            None if self.settings().seal == SealKind::Shamir => Ok(None),
            None => {
                let root = random_bytes::<32>();
                let sealed = system.seal(ROOT_PLACE, &root)?;
                let params = [
                    SealKind::Static.as_str().into(),
                    1.into(),
                    1.into(),
                    sealed.into(),
                    ids::uuid().into(),
                    now.into(),
                ];
                tx.execute(&sql::INSERT_SEAL, &params)?;
                Ok(Some(root))
            }
        }
    }
}

/// Makes a mount unless something stands at its path.
pub(crate) fn ensure_mount(
    tx: &mut Tx<'_>,
    path: &str,
    kind: MountKind,
    r#type: &str,
    description: &str,
    now: Timestamp,
) -> Result<()> {
    if store::list_mounts(tx)?.iter().any(|mount| mount.path == path) {
        return Ok(());
    }
    store::insert_mount(
        tx,
        &Mount {
            path: path.to_owned(),
            kind,
            r#type: r#type.to_owned(),
            uuid: ids::uuid(),
            accessor: ids::mount_accessor(r#type),
            description: description.to_owned(),
            default_lease_ttl: std::time::Duration::ZERO,
            max_lease_ttl: std::time::Duration::ZERO,
            settings: Map::new(),
            tainted: false,
            created_at: now,
        },
    )
}

/// Writes the policy that everybody gets, unless somebody has written another.
fn ensure_default_policy(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    if store::list_policies(tx)?.iter().any(|(name, _)| name == DEFAULT) {
        return Ok(());
    }
    store::put_policy(tx, DEFAULT, policy::DEFAULT_POLICY, now)
}
