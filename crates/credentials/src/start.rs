//! What is there before the first request: the key, unless people hold it, and the mounts that
//! every server has.

use std::sync::Arc;

use barrier::{DataKey, random_bytes};
use db::Tx;
use identity::Identity;
use kernel::{Result, Secret, Timestamp};
use serde_json::Map;

use crate::{
    Credentials, Settings,
    auth::token::TokenAuth,
    backend::Backend,
    engines::terraform::{self, Terraform},
    ids,
    known::Known,
    mount::{Mount, MountKind},
    policy,
    seal::SealKind,
    sql, store,
    sys::System,
    token::DEFAULT,
    view::View,
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
    pub fn open(identity: Identity, settings: Settings, now: Timestamp) -> Result<Self> {
        let backends: Vec<Arc<dyn Backend>> =
            vec![Arc::new(System), Arc::new(TokenAuth), Arc::new(Terraform)];
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

impl Credentials {
    /// Mounts the Terraform engine at a path, for this server's own API, unless something stands
    /// there.
    pub async fn ensure_own_engine(&self, path: &str) -> Result<()> {
        let Ok(key) = self.seal().key() else { return Ok(()) };
        let (path, now) = (path.to_owned(), self.identity().now());
        self.db()
            .write(move |tx| {
                if store::list_mounts(tx)?.iter().any(|mount| mount.path == path) {
                    return Ok(());
                }
                let description = "tokens of this server";
                ensure_mount(tx, &path, MountKind::Secret, "terraform", description, now)?;
                let mounts = store::list_mounts(tx)?;
                let Some(mount) = mounts.iter().find(|mount| mount.path == path) else {
                    return Ok(());
                };
                let view = View::new(mount.uuid.as_str(), key.clone());
                view.put(tx, terraform::CONFIG, &terraform::Config::own_server())
            })
            .await
    }

    /// Whether a token lets its bearer in.
    pub async fn knows_token(&self, token: &Secret<String>) -> Result<bool> {
        let (hash, now) = (self.token_hash(token.expose()), self.identity().now());
        let found = self.db().read(move |tx| store::find_token(tx, &hash)).await?;
        Ok(found.is_some_and(|token| token.is_admitted(now, None)))
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
