//! `stateward admin`: what an administrator does on the server's own machine, also while it runs.

mod credentials;

use std::{io::Read as _, time::Duration};

use ::credentials::SealKind;
use kernel::{Secret, Timestamp};

use super::ConfigArguments;
use crate::{
    app::{self, App},
    serve,
    terminal::{Failure, Style},
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Print JSON in place of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Create a person's account; prints a new password unless one is given on standard input
    CreateUser {
        /// The name to sign in with
        name: String,
        /// The person's e-mail address
        #[arg(long)]
        email: String,
        /// Let them administer the whole site
        #[arg(long)]
        site_admin: bool,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Create an organization with its first project
    CreateOrganization {
        /// 3 to 40 letters, digits, dashes and underscores
        name: String,
        /// The user who becomes its owner
        #[arg(long)]
        owner: String,
        /// The contact address; the owner's when left out
        #[arg(long)]
        email: Option<String>,
        /// The name of the project that new workspaces go to
        #[arg(long, default_value = "default")]
        project: String,
    },
    /// Add a user to an organization, or a member to teams
    AddMember {
        /// The organization's name
        organization: String,
        /// The user's name
        user: String,
        /// Make them an owner
        #[arg(long)]
        owner: bool,
        /// Put them into this team; may be given several times
        #[arg(long = "team", value_name = "NAME")]
        teams: Vec<String>,
    },
    /// Create an API token for a user and print it, once
    CreateToken {
        /// The user's name
        user: String,
        /// What the token is for
        #[arg(long, default_value = "made by stateward admin")]
        description: String,
        /// Days until it expires; it does not expire when left out
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u32>,
    },
    /// Set a new password for a user, and end their browser sessions
    ResetPassword {
        /// The user's name
        name: String,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take a user's second factor away, because device and recovery codes are lost; ends their
    /// browser sessions
    ResetSecondFactor {
        /// The user's name
        name: String,
    },
    /// Create a root token of the credential engine and print it, once
    CreateRootToken {
        /// Hours until it expires; 0 for never
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        expires_in_hours: u32,
    },
    /// Put the credential engine's key into shares that people hold, in place of the master key
    SplitSeal {
        /// How many shares there are
        #[arg(long, value_name = "COUNT", default_value_t = 5)]
        shares: u8,
        /// How many of them unseal the engine
        #[arg(long, value_name = "COUNT", default_value_t = 3)]
        threshold: u8,
    },
}

/// What an action has to say: a sentence, and the same as fields.
struct Outcome {
    text: String,
    fields: Vec<(&'static str, String)>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut config = arguments.config.config_of_answer()?;
    serve::start_log(&config.log);
    if matches!(arguments.action, Action::SplitSeal { .. }) {
        // Whatever the settings want, so far the master key opens it.
        config.seal = SealKind::Static;
    }
    // Only an installation's first account makes a database: elsewhere the folder is mistyped.
    if !matches!(arguments.action, Action::CreateUser { .. }) {
        app::require_database(&config)?;
    }
    let url = config.external_url.clone().unwrap_or_else(|| "https://localhost:8443".to_owned());
    let app = App::open(&config, &url)?;
    let outcome = serve::runtime()?.block_on(async {
        let outcome = perform(&app, arguments.action).await?;
        // There may be no server that does it.
        app.identity().finish_audit().await?;
        Ok::<_, Failure>(outcome)
    })?;
    if arguments.json {
        let fields: serde_json::Map<_, _> =
            outcome.fields.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        println!("{}", serde_json::Value::Object(fields));
    } else {
        println!("{}", outcome.text);
    }
    Ok(())
}

async fn perform(app: &App, action: Action) -> Result<Outcome, Failure> {
    match action {
        Action::CreateUser { name, email, site_admin, password_stdin } => {
            create_user(app, &name, &email, site_admin, password_stdin).await
        }
        Action::CreateOrganization { name, owner, email, project } => {
            create_organization(app, &name, &owner, email, &project).await
        }
        Action::AddMember { organization, user, owner, teams } => {
            add_member(app, &organization, &user, owner, teams).await
        }
        Action::CreateToken { user, description, expires_in_days } => {
            create_token(app, &user, &description, expires_in_days).await
        }
        Action::ResetPassword { name, password_stdin } => {
            reset_password(app, &name, password_stdin).await
        }
        Action::ResetSecondFactor { name } => reset_second_factor(app, &name).await,
        Action::CreateRootToken { expires_in_hours } => {
            credentials::create_root_token(app, expires_in_hours).await
        }
        Action::SplitSeal { shares, threshold } => {
            credentials::split_seal(app, shares, threshold).await
        }
    }
}

async fn create_user(
    app: &App,
    name: &str,
    email: &str,
    site_admin: bool,
    password_stdin: bool,
) -> Result<Outcome, Failure> {
    let password = password(password_stdin)?;
    let user = app
        .identity()
        .create_user(&app.system_context(), name, email, Some(password.clone()), site_admin)
        .await?;
    let mut outcome = with_password(format!("User {name} created."), &password, password_stdin);
    outcome.fields.push(("id", user.id.to_string()));
    outcome.fields.push(("username", name.to_owned()));
    Ok(outcome)
}

async fn create_organization(
    app: &App,
    name: &str,
    owner: &str,
    email: Option<String>,
    project: &str,
) -> Result<Outcome, Failure> {
    let owner = find_user(app, owner).await?;
    let email = email.unwrap_or_else(|| owner.email.clone());
    let organization = app
        .identity()
        .create_organization(&app.system_context(), name, &email, project, Some(owner.id))
        .await?;
    Ok(Outcome {
        text: format!(
            "Organization {name} created, with project {project}; {} owns it.",
            owner.username
        ),
        fields: vec![
            ("id", organization.id.to_string()),
            ("name", name.to_owned()),
            ("project", project.to_owned()),
        ],
    })
}

async fn add_member(
    app: &App,
    organization: &str,
    user: &str,
    owner: bool,
    mut teams: Vec<String>,
) -> Result<Outcome, Failure> {
    let member = find_user(app, user).await?;
    let context = app.system_context();
    if owner {
        teams.push(identity::OWNERS.to_owned());
    }
    if teams.is_empty() {
        app.identity().add_member(&context, organization, member.id, false).await?;
    } else {
        let named = teams.clone();
        app.identity().add_member_to_teams(&context, organization, member.id, named).await?;
    }
    let role = if owner { "owner" } else { "member" };
    let mut text = format!("{user} is {role} of {organization}.");
    if !teams.is_empty() {
        text = format!("{user} is {role} of {organization}, in {}.", teams.join(", "));
    }
    Ok(Outcome {
        text,
        fields: vec![
            ("organization", organization.to_owned()),
            ("username", user.to_owned()),
            ("role", role.to_owned()),
            ("teams", teams.join(" ")),
        ],
    })
}

async fn create_token(
    app: &App,
    user: &str,
    description: &str,
    days: Option<u32>,
) -> Result<Outcome, Failure> {
    let user = find_user(app, user).await?;
    let context = app.system_context();
    let expires_at: Option<Timestamp> =
        days.map(|days| context.now.plus(Duration::from_secs(u64::from(days) * 24 * 3600)));
    let (token, value) =
        app.identity().create_token(&context, user.id, description, expires_at).await?;
    Ok(Outcome {
        text: format!(
            "{}\n{}",
            value.expose(),
            Style::for_stdout()
                .dim("Keep it now: it is stored as a hash and can't be shown again.")
        ),
        fields: vec![("id", token.id.to_string()), ("token", value.into_exposed())],
    })
}

async fn reset_password(app: &App, name: &str, password_stdin: bool) -> Result<Outcome, Failure> {
    let user = find_user(app, name).await?;
    let password = password(password_stdin)?;
    app.identity().set_password(&app.system_context(), user.id, password.clone()).await?;
    let text = format!("The password of {name} is new, and their browser sessions have ended.");
    Ok(with_password(text, &password, password_stdin))
}

async fn reset_second_factor(app: &App, name: &str) -> Result<Outcome, Failure> {
    let user = find_user(app, name).await?;
    let was_on = app.identity().reset_second_factor(&app.system_context(), user.id).await?;
    let text = if was_on {
        format!("{name} has no second factor any more, and their browser sessions have ended.")
    } else {
        format!("{name} had no second factor.")
    };
    Ok(Outcome { text, fields: vec![("username", user.username), ("reset", was_on.to_string())] })
}

async fn find_user(app: &App, name: &str) -> Result<identity::User, Failure> {
    app.identity().find_user_by_name(name).await?.ok_or_else(|| {
        Failure::new(format!("there is no user {name}"))
            .hint("create one with: stateward admin create-user")
    })
}

/// The password from standard input, or a new one.
fn password(from_stdin: bool) -> Result<Secret<String>, Failure> {
    if !from_stdin {
        return Ok(super::new_password());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Failure::new(format!("can't read the password from standard input: {error}"))
    })?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn with_password(text: String, password: &Secret<String>, given: bool) -> Outcome {
    if given {
        return Outcome { text, fields: Vec::new() };
    }
    Outcome {
        text: format!("{text}\nPassword: {}", password.expose()),
        fields: vec![("password", password.expose().clone())],
    }
}
