//! `stateward dev`: everything from one command, with nothing to set up.

mod environment;
mod page;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use kernel::{Context, Secret};

use crate::{
    app::App,
    certificates,
    commands::{checked, new_password, server::bind},
    options::Options,
    serve,
    terminal::Failure,
};
use environment::Environment;

const USER: &str = "admin";
const EMAIL: &str = "admin@localhost.invalid";
const ORGANIZATION: &str = "acme";
const PROJECT: &str = "default";

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let options =
        arguments.options.or(Options { log_level: Some("warn".to_owned()), ..Options::default() });
    let mut config = checked(options)?;
    serve::start_log(&config.log);
    config.data_dir = prepare_folder(&config.data_dir)?;
    let _folder = serve::lock_folder(&config.data_dir)?;
    let certificates = certificates::prepare(&config.data_dir.join("tls"))?;
    config.tls.get_or_insert(certificates.tls);

    let listener = bind(&config)?;
    let port = listener.local_addr().map_or(config.listen.port(), |address| address.port());
    let external_url =
        config.external_url.clone().unwrap_or_else(|| format!("https://localhost:{port}"));
    let app = App::open(&config, &external_url)?;

    let earlier = Environment::read(&config.data_dir);
    let runtime = serve::runtime()?;
    let credentials = runtime.block_on(prepare_contents(&app, earlier))?;
    let environment =
        Environment::write(&config.data_dir, &external_url, &certificates.bundle, credentials)?;
    let announce = || page::print(&environment, &config.data_dir, app.credentials().is_sealed());
    runtime.block_on(serve::until_stopped(&app, &config, &external_url, listener, announce))
}

/// Who the administrator is to the shell.
struct Secrets {
    password: Secret<String>,
    token: Secret<String>,
    vault_token: Secret<String>,
}

/// Makes the folder, for its owner only, and gives its absolute path.
fn prepare_folder(folder: &Path) -> Result<PathBuf, Failure> {
    let made = fs::create_dir_all(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
        .and_then(|()| folder.canonicalize());
    made.map_err(|error| {
        Failure::new(format!("can't make the data folder {}: {error}", folder.display()))
            .hint("choose another with --data-dir")
    })
}

/// Makes the administrator, the organization and a token, as far as they are missing.
async fn prepare_contents(app: &App, earlier: Option<Environment>) -> Result<Secrets, Failure> {
    let identity = app.identity();
    let context = app.system_context();
    let (earlier_password, earlier_token, earlier_vault_token) = match earlier {
        Some(Environment { password, token, vault_token, .. }) => {
            (Some(password), Some(token), vault_token)
        }
        None => (None, None, None),
    };
    let (user, password) = match (identity.find_user_by_name(USER).await?, earlier_password) {
        (Some(user), Some(password)) => (user, password),
        (Some(user), None) => {
            let password = new_password();
            identity.set_password(&context, user.id, password.clone()).await?;
            (user, password)
        }
        (None, _) => {
            let password = new_password();
            let user =
                identity.create_user(&context, USER, EMAIL, Some(password.clone()), true).await?;
            (user, password)
        }
    };
    if identity.find_organization_by_name(ORGANIZATION).await?.is_none() {
        identity.create_organization(&context, ORGANIZATION, EMAIL, PROJECT, Some(user.id)).await?;
    }
    let token = match earlier_token {
        Some(token) if identity.find_token(token.expose()).await?.is_some() => token,
        _ => new_token(app, &context, user.id).await?,
    };
    let credentials = app.credentials();
    credentials.ensure_own_engine("terraform/").await?;
    let vault_token = match earlier_vault_token {
        Some(token) if credentials.knows_token(&token).await? => token,
        _ => credentials.create_root_token("dev", Duration::ZERO).await?,
    };
    Ok(Secrets { password, token, vault_token })
}

async fn new_token(
    app: &App,
    context: &Context,
    user: kernel::UserId,
) -> Result<Secret<String>, Failure> {
    let (_, token) = app.identity().create_token(context, user, "stateward dev", None).await?;
    Ok(token)
}
