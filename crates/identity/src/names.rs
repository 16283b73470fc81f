//! What people may call things: the rules for names, e-mail addresses, passwords and texts.
//!
//! Whatever passes here is free of control characters, so it can stand in a header, a log line, a
//! URL and both databases.

use kernel::{Error, OrganizationId, ProjectId, Result, TeamId};

const MAX_EMAIL: usize = 254;
const MIN_PASSWORD: usize = 8;
const MAX_PASSWORD: usize = 1_000;

/// What stands in the console's addresses in the place of an organization's name.
const RESERVED: &[&str] =
    &["credentials", "oauth", "organizations", "settings", "sign-in", "sign-out"];

/// The form under which names and addresses are compared: case does not count.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// An organization's name: 3 to 40 of `[A-Za-z0-9_-]`, and not in the form of an id.
pub fn organization_name(text: &str) -> Result<String> {
    let form = (3..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !form {
        return Err(Error::invalid(
            "name",
            "an organization's name has 3 to 40 letters, digits, hyphens or underscores",
        ));
    }
    if RESERVED.contains(&fold(text).as_str()) {
        return Err(Error::invalid("name", "this name is kept for pages of the server itself"));
    }
    // Else one could take a name that reads as another organization's id.
    if text.parse::<OrganizationId>().is_ok() {
        return Err(Error::invalid("name", "an organization's name can't look like an id"));
    }
    Ok(text.to_owned())
}

/// Whether a text has the form of a project's name: 1 to 40 of `[A-Za-z0-9_-]` with single spaces
/// inside.
pub fn is_project_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b' '))
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

/// A project's name.
pub fn project_name(text: &str) -> Result<String> {
    if !is_project_name(text) {
        return Err(Error::invalid(
            "name",
            "a project's name has 1 to 40 letters, digits, hyphens, underscores or inner spaces",
        ));
    }
    if text.parse::<ProjectId>().is_ok() {
        return Err(Error::invalid("name", "a project's name can't look like an id"));
    }
    Ok(text.to_owned())
}

/// Whether a text has the form of a team's name: 1 to 90 of `[A-Za-z0-9_-]`.
pub fn is_team_name(text: &str) -> bool {
    (1..=90).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A team's name.
pub fn team_name(text: &str) -> Result<String> {
    if !is_team_name(text) {
        return Err(Error::invalid(
            "name",
            "a team's name has 1 to 90 letters, digits, hyphens or underscores",
        ));
    }
    if text.parse::<TeamId>().is_ok() {
        return Err(Error::invalid("name", "a team's name can't look like an id"));
    }
    Ok(text.to_owned())
}

/// A person's name on this server: 1 to 60 of `[A-Za-z0-9._-]`, the first a letter or digit.
pub fn username(text: &str) -> Result<String> {
    let form = (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    if form {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(
            "username",
            "a username has 1 to 60 letters, digits, dots, hyphens or underscores, and starts with \
             a letter or digit",
        ))
    }
}

/// An e-mail address: not the whole grammar, but what mail servers in use accept.
pub fn email(text: &str) -> Result<String> {
    let text = text.trim();
    let form = text.len() <= MAX_EMAIL
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
        && !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>\"(),:;\\[]".contains(c));
    if form {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid("email", "this is not an e-mail address, like \"name@example.com\""))
    }
}

/// A new password. `field` is its name on the wire.
pub fn password(field: &str, text: &str) -> Result<()> {
    if text.chars().count() < MIN_PASSWORD {
        return Err(Error::invalid(
            field,
            format!("a password has at least {MIN_PASSWORD} characters"),
        ));
    }
    if text.len() > MAX_PASSWORD {
        return Err(Error::invalid(
            field,
            format!("a password has at most {MAX_PASSWORD} characters"),
        ));
    }
    Ok(())
}

/// A free text of at most `max` characters, on one or more lines.
pub fn text(field: &str, text: &str, max: usize) -> Result<String> {
    if text.chars().count() > max {
        return Err(Error::invalid(field, format!("this text has at most {max} characters")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, "this text can't contain control characters"));
    }
    Ok(text.to_owned())
}

/// A duration in days or hours, e.g. `14d` or `24h`. `field` is its name on the wire.
pub fn duration(field: &str, text: &str) -> Result<()> {
    let number = text.strip_suffix(['d', 'h']).unwrap_or_default();
    if (1..=4).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(Error::invalid(field, "a duration is a number of days or hours, like \"14d\" or \"24h\""))
}

/// A tag's key: letters, digits, spaces and `_ . : / = + - @`.
pub fn tag_key(text: &str) -> Result<String> {
    if text.trim() == text && (1..=128).contains(&text.chars().count()) && is_tag_text(text) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid(
        "key",
        "a tag's key has 1 to 128 letters, digits, inner spaces or any of _ . : / = + - @",
    ))
}

/// A tag's value: like a key, or empty.
pub fn tag_value(text: &str) -> Result<String> {
    if text.chars().count() <= 256 && is_tag_text(text) {
        return Ok(text.to_owned());
    }
    Err(Error::invalid(
        "value",
        "a tag's value has at most 256 letters, digits, spaces or any of _ . : / = + - @",
    ))
}

fn is_tag_text(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c))
}

/// A pattern for SQL's `LIKE … ESCAPE '\'` on a folded column: `wanted` anywhere inside.
pub fn contains_pattern(wanted: &str) -> String {
    let mut pattern = String::with_capacity(wanted.len() + 2);
    pattern.push('%');
    for character in fold(wanted).chars().filter(|character| *character != '\0') {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_refused() {
        let hostile = [
            "",
            "a/b",
            "../etc",
            "a\nb",
            "a\0b",
            "a b\r\nSet-Cookie: x",
            "ünï",
            "a.b",
            "%2e%2e",
            "<script>",
            "' OR 1=1 --",
            "org-AAAAAAAAAAAAAAAA",
            "Settings",
        ];
        for name in hostile {
            let error = organization_name(name).unwrap_err();
            assert_eq!(error.details()[0].pointer.as_deref(), Some("/data/attributes/name"));
        }
        for name in ["", " a", "a ", "a/b", "a.b", "a\n", "prj-AAAAAAAAAAAAAAAA"] {
            assert!(project_name(name).is_err(), "{name:?}");
        }
        for name in ["", "a b", "a,b", "a.b", "a\n", "ä", "team-AAAAAAAAAAAAAAAA"] {
            assert!(team_name(name).is_err(), "{name:?}");
        }
        for name in ["", "-a", "a b", "a@b", "a\0", "ä"] {
            assert!(username(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn usual_names_pass() {
        assert_eq!(organization_name("Acme_1-x").unwrap(), "Acme_1-x");
        assert_eq!(project_name("Default Project").unwrap(), "Default Project");
        assert_eq!(username("ada.lovelace").unwrap(), "ada.lovelace");
        assert_eq!(email(" ada@example.com ").unwrap(), "ada@example.com");
        assert_eq!(email("ada+tag@localhost").unwrap(), "ada+tag@localhost");
    }

    #[test]
    fn broken_addresses_are_refused() {
        for text in ["", "ada", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: x", "<a@b>"] {
            assert!(email(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn passwords_have_a_length() {
        assert!(password("password", "1234567").is_err());
        assert!(password("password", "12345678").is_ok());
        assert!(password("password", &"x".repeat(1_001)).is_err());
    }

    #[test]
    fn tags_and_durations_have_a_form() {
        assert!(tag_key("cost center").is_ok() && tag_key("env:prod/eu").is_ok());
        assert!(tag_value("").is_ok() && tag_value("größe 3").is_ok());
        for key in ["", " a", "a\n", "a\0", "a<b", "a,b"] {
            assert!(tag_key(key).is_err(), "{key:?}");
        }
        assert!(duration("x", "14d").is_ok() && duration("x", "24h").is_ok());
        for text in ["", "d", "14", "14m", "-1d", "99999d"] {
            assert!(duration("x", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn patterns_match_their_own_text_only() {
        assert_eq!(contains_pattern("A_b%"), "%a\\_b\\%%");
        assert_eq!(contains_pattern("a\0"), "%a%");
    }
}
