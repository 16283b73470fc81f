//! What all these pages have in common: the frame, the way between them, what has just happened, and
//! what refusals become.

use identity::Visitor;
use kernel::{Error, Kind};
use serde_json::{Map, Value};
use web::page::{PageShell, Tab, Tone};

use super::administrator::Administrator;
use crate::{duration, fault::Fault};

/// Where the pages are.
pub(super) const HOME: &str = "/app/credentials";

/// The sections: what each is called, and where it is.
const SECTIONS: [(&str, &str); 5] = [
    ("Mounts", "/mounts"),
    ("Leases", "/leases"),
    ("Policies", "/policies"),
    ("Ways to log in", "/login-methods"),
    ("Commands", "/commands"),
];

/// The address of a section.
pub(super) fn at(section: &str) -> String {
    format!("{HOME}{section}")
}

/// The frame of a page in a section, as [`SECTIONS`] has it.
pub(super) fn shell(visitor: &Visitor, title: &str, section: &str) -> PageShell {
    let mut shell = visitor.shell(title).crumb("Short-lived credentials", HOME);
    shell.tabs = SECTIONS
        .iter()
        .map(|(label, part)| Tab {
            label: (*label).to_owned(),
            href: at(part),
            current: *part == section,
        })
        .collect();
    let named = SECTIONS.iter().find(|(_, part)| *part == section);
    match named {
        Some((label, part)) => shell.crumb(*label, at(part)),
        None => shell,
    }
}

impl Administrator {
    /// The frame of a page in a section; `done` is what `?done=…` says has just happened.
    pub(super) fn shell(&self, title: &str, section: &str, done: Option<&str>) -> PageShell {
        let shell = shell(&self.visitor, title, section);
        match done.and_then(said) {
            Some(text) => shell.flash(Tone::Good, text),
            None => shell,
        }
    }
}

/// Words of ours only: nobody can make a link that puts their own on our pages.
fn said(word: &str) -> Option<&'static str> {
    Some(match word {
        "created" => "Created.",
        "saved" => "Your changes are saved.",
        "deleted" => "Deleted.",
        "revoked" => "The lease is revoked: what it was for has ended.",
        "revoked-all" => "All of them are over, and are being revoked now.",
        "enabled" => "The engine is there. Say where it works next.",
        "disabled" => "The mount is gone, with everything that it kept.",
        _ => return None,
    })
}

/// What a refused form says. Errors that no form can mend have a page of their own.
pub(super) fn problem(fault: Fault) -> kernel::Result<Error> {
    match fault {
        Fault::Internal(error) => match error.kind() {
            Kind::Invalid | Kind::BadRequest | Kind::Conflict => Ok(error),
            _ => Err(error),
        },
        Fault::Sealed => {
            Err(Error::new(Kind::Unavailable, "the credential engine has just been sealed"))
        }
        Fault::NotFound | Fault::NoRoute(_) | Fault::UnsupportedPath => Err(Error::not_found()),
        other => Ok(Error::new(Kind::Invalid, other.sentence())),
    }
}

/// What a path is sent: texts by the names of its fields.
pub(super) fn fields<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Map<String, Value> {
    let pair = |(name, text): (&str, &str)| (name.to_owned(), Value::String(text.to_owned()));
    pairs.into_iter().map(pair).collect()
}

/// Checks a length of time that somebody has typed; nothing is zero. The field's name is for the
/// place of the error.
pub(super) fn length<'a>(field: &str, text: &'a str) -> kernel::Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok("0");
    }
    match duration::parse(&Value::String(text.to_owned())) {
        Ok(_) => Ok(text),
        Err(_) => Err(Error::invalid(
            field,
            "a length of time is a number with a unit, such as 90s, 15m or 12h",
        )),
    }
}
