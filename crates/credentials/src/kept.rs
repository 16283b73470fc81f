//! What a mount keeps, looked at by itself.

use serde::de::DeserializeOwned;

use crate::{
    Credentials,
    backend::{Answer, Call},
    fault::Fault,
    mount::Mount,
    response::Response,
};

impl Credentials {
    /// What a mount keeps under a key.
    pub(crate) async fn kept<T>(&self, mount: &Mount, key: String) -> Result<Option<T>, Fault>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let view = self.view(mount)?;
        Ok(self.db().glance(move |tx| view.get(tx, &key)).await?)
    }
}

impl Call<'_> {
    /// What the mount keeps under a key.
    pub(crate) async fn kept<T>(&self, key: String) -> Result<Option<T>, Fault>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.core.kept(self.mount, key).await
    }

    /// The answer to a list: the names of all that the mount keeps in a folder.
    pub(crate) async fn names_in(&self, folder: String) -> Answer {
        let view = self.view()?;
        let names = self.core.db().read(move |tx| view.list(tx, &folder)).await?;
        Ok(Some(Response::keys(names)))
    }
}
