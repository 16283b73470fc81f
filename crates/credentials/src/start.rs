//! What is there before the first request: the key, unless people hold it, and the mounts that
//! every server has.

use std::{sync::Arc, time::Duration};

use barrier::{DataKey, random_bytes};
use db::Tx;
use identity::{Identity, audit};
use kernel::{Result, Secret, Timestamp};
use serde_json::Map;

use crate::{
    Credentials, Settings,
    auth::{
        approle::Approle, jwt::Jwt, stateward::Stateward, token::TokenAuth, userpass::Userpass,
    },
    backend::Backend,
    cubbyhole::Cubbyhole,
    engines::terraform::{self, Terraform},
    fault::Fault,
    identity_store::IdentityStore,
    ids,
    mount::{Mount, MountKind},
    policy,
    seal::{Division, SealKind},
    store::{self, WrittenSeal},
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
/// What the root key is called in faults.
pub(crate) const ROOT_SCOPE: &str = "credentials";

impl Credentials {
    /// Opens this side: unsealed, unless people hold its key. Blocks.
    pub fn open(identity: Identity, settings: Settings, now: Timestamp) -> Result<Self> {
        let backends: Vec<Arc<dyn Backend>> = vec![
            Arc::new(System),
            Arc::new(Cubbyhole),
            Arc::new(IdentityStore),
            Arc::new(TokenAuth),
            Arc::new(Userpass),
            Arc::new(Approle),
            Arc::new(Jwt::default()),
            Arc::new(Stateward),
            Arc::new(Terraform::default()),
        ];
        let core = Self::with_backends(identity, settings, backends);
        let opening = core.clone();
        let (root, seals, known) = core.db().write_blocking(move |tx| {
            let root = opening.open_root(tx, now)?;
            for (path, kind, r#type, description) in BUILT_IN {
                ensure_mount(tx, path, kind, r#type, description, now)?;
            }
            ensure_default_policy(tx, now)?;
            Ok((root, store::generation(tx)?.seals, opening.load_known(tx)?))
        })?;
        core.remember(known);
        if let Some(root) = root {
            core.seal().unseal(DataKey::of_root(ROOT_SCOPE, root)?, seals);
        }
        Ok(core)
    }

    /// The root key, made on the very first start; none while people hold it.
    fn open_root(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<[u8; 32]>> {
        let wanted = self.settings().seal;
        let written = match store::find_seal(tx)? {
            Some(written) => written,
            None if wanted == SealKind::Shamir => return Ok(None),
            None => self.new_static_seal(tx, now)?,
        };
        match (written.kind, wanted) {
            (SealKind::Shamir, _) => Ok(None),
            (SealKind::Static, SealKind::Static) => self.open_static_root(&written).map(Some),
            (SealKind::Static, SealKind::Shamir) => Err(kernel::Error::conflict(
                "the key of the credential engine is kept under the master key, and the setting \
                 seal wants it in shares: `stateward admin split-seal` makes them",
            )),
        }
    }

    /// A new root key under the master key.
    fn new_static_seal(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<WrittenSeal> {
        let system = self.identity().barrier().system_key();
        let written = WrittenSeal {
            kind: SealKind::Static,
            sealed_root: system.seal(ROOT_PLACE, &random_bytes::<32>())?,
            shares: 1,
            threshold: 1,
            cluster_id: ids::uuid(),
            created_at: now,
        };
        store::insert_seal(tx, &written)?;
        // Another server that starts at this moment may have been first.
        Ok(store::find_seal(tx)?.unwrap_or(written))
    }

    fn open_static_root(&self, written: &WrittenSeal) -> Result<[u8; 32]> {
        let system = self.identity().barrier().system_key();
        let root = system.open(ROOT_PLACE, &written.sealed_root)?;
        root.try_into().map_err(|_| kernel::Error::internal("the root key has another length"))
    }

    /// A root token for whoever administers this machine. Refused where people hold the key: who
    /// has enough shares makes one.
    pub async fn create_operator_token(
        &self,
        ttl: Duration,
    ) -> std::result::Result<Secret<String>, Fault> {
        let written = self.written_seal().await?;
        if written.is_none_or(|written| written.kind == SealKind::Shamir) {
            return Err(Fault::refused("people hold the key of the credential engine in shares"));
        }
        Ok(self.create_root_token("operator", ttl).await?)
    }

    /// Puts the root key, which the master key has opened so far, into shares that people hold:
    /// in hexadecimal digits. From the next start on this side is sealed.
    pub async fn split_seal(
        &self,
        shares: u8,
        threshold: u8,
    ) -> std::result::Result<Vec<Secret<String>>, Fault> {
        let division = Division::checked(shares.into(), threshold.into())?;
        let written = self.written_seal().await?;
        let written = written
            .filter(|written| written.kind == SealKind::Static)
            .ok_or_else(|| Fault::refused("the key is in shares already"))?;
        let root = self.open_static_root(&written)?;
        let system = self.identity().system();
        let shares = self.keep_in_shares(&root, division, &written, &system).await?;
        Ok(shares.iter().map(|share| Secret::new(barrier::hex(share.expose()))).collect())
    }
}

impl Credentials {
    /// Mounts the Terraform engine at a path, for this server's own API, unless something stands
    /// there: now, or with each unsealing.
    pub async fn ensure_own_engine(&self, path: &str) -> Result<()> {
        self.own_engine().get_or_init(|| path.to_owned());
        let Ok(key) = self.seal().key() else { return Ok(()) };
        let core = self.clone();
        self.db().write(move |tx| core.mount_own_engine(tx, &key)).await
    }

    /// Mounts that engine if there is to be one, now that there is a key.
    pub(crate) fn mount_own_engine(&self, tx: &mut Tx<'_>, key: &DataKey) -> Result<()> {
        let Some(path) = self.own_engine().get() else { return Ok(()) };
        let system = self.identity().system();
        let description = "tokens of this server";
        let made = ensure_mount(tx, path, MountKind::Secret, "terraform", description, system.now)?;
        let Some(mount) = made else { return Ok(()) };
        let view = View::new(mount.uuid.as_str(), key.clone());
        view.put(tx, terraform::CONFIG, &terraform::Config::own_server())?;
        let event = audit::Event::new("create", "credential-mounts", &mount.uuid);
        audit::record(tx, &system, &event.named(path.as_str()))
    }

    /// Whether nothing can be asked of this side before people have brought their shares.
    pub fn is_sealed(&self) -> bool {
        self.seal().is_sealed()
    }

    /// Whether a token lets its bearer in.
    pub async fn knows_token(&self, token: &Secret<String>) -> Result<bool> {
        let (hash, now) = (self.token_hash(token.expose()), self.identity().now());
        let found = self.db().read(move |tx| store::find_token(tx, &hash)).await?;
        Ok(found.is_some_and(|token| token.is_admitted(now, None)))
    }
}

/// Makes a mount unless something stands at its path: the new one.
pub(crate) fn ensure_mount(
    tx: &mut Tx<'_>,
    path: &str,
    kind: MountKind,
    r#type: &str,
    description: &str,
    now: Timestamp,
) -> Result<Option<Mount>> {
    if store::list_mounts(tx)?.iter().any(|mount| mount.path == path) {
        return Ok(None);
    }
    let mount = Mount {
        path: path.to_owned(),
        kind,
        r#type: r#type.to_owned(),
        uuid: ids::uuid(),
        accessor: kind.new_accessor(r#type),
        description: description.to_owned(),
        default_lease_ttl: Duration::ZERO,
        max_lease_ttl: Duration::ZERO,
        settings: Map::new(),
        tainted: false,
        created_at: now,
    };
    store::insert_mount(tx, &mount)?;
    Ok(Some(mount))
}

/// Writes the policy that everybody gets, unless somebody has written another.
fn ensure_default_policy(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    if store::list_policies(tx)?.iter().any(|(name, _)| name == DEFAULT) {
        return Ok(());
    }
    store::put_policy(tx, DEFAULT, policy::DEFAULT_POLICY, now)
}
