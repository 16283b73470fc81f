//! What a record tells about things of this crate, before and after a change.

use serde_json::{Value, json};

use crate::{Organization, Project, Tag, User};

pub(crate) fn organization(organization: &Organization) -> Value {
    let mut facts = json!({
        "name": organization.name,
        "email": organization.email,
        "default-execution-mode": organization.default_execution_mode,
        "default-project": organization.default_project_id.to_string(),
    });
    if let (Value::Object(facts), Ok(Value::Object(settings))) =
        (&mut facts, serde_json::to_value(&organization.settings))
    {
        facts.extend(settings);
    }
    facts
}

pub(crate) fn project(project: &Project) -> Value {
    json!({
        "name": project.name,
        "description": project.description,
        "default-execution-mode": project.default_execution_mode,
        "auto-destroy-activity-duration": project.auto_destroy_activity_duration,
    })
}

pub(crate) fn user(user: &User) -> Value {
    json!({ "username": user.username, "email": user.email, "site-admin": user.site_admin })
}

/// Tags as people write them.
pub fn tags(tags: &[Tag]) -> Value {
    let words = |tag: &Tag| match tag.value.as_str() {
        "" => tag.key.clone(),
        value => format!("{}={value}", tag.key),
    };
    tags.iter().map(words).collect()
}
