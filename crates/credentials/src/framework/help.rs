//! The help of a path and of a whole mount, laid out as `vault path-help` readers expect it.

use std::fmt::Write as _;

use super::PathDefinition;

const INDENT: &str = "    ";
const DEEP: &str = "        ";

/// The help of one path: `request` is what was asked for, below the mount.
pub fn of_path(request: &str, path: &PathDefinition) -> String {
    let mut text = format!(
        "Request:        {request}\nMatching Route: {}\n\n{}\n\n",
        path.pattern.regex(),
        or(path.synopsis, "<no synopsis>")
    );
    if !path.fields.is_empty() {
        text.push_str("## PARAMETERS\n");
        let mut fields: Vec<_> = path.fields.iter().collect();
        fields.sort_by_key(|field| field.name);
        for field in fields {
            // Writing to a text can't fail.
            let _ = write!(text, "\n{INDENT}{} ({})\n\n", field.name, field.kind.label());
            for line in field.description.lines() {
                let _ = writeln!(text, "{DEEP}{line}");
            }
        }
        text.push('\n');
    }
    let _ = write!(text, "## DESCRIPTION\n\n{}", or(path.description, "<no description>"));
    text.trim().to_owned()
}

/// The help of a mount.
pub fn of_mount(about: &str, families: &[&[PathDefinition]]) -> String {
    let mut text = format!(
        "## DESCRIPTION\n\n{}\n\n## PATHS\n\nThe paths below are what this mount answers to. Ask \
         for the help of each of them\nby putting it behind the mount's own path. A policy may \
         still keep you from using it.\n",
        about.trim()
    );
    let paths = families.iter().flat_map(|family| family.iter());
    let mut rows: Vec<_> = paths.map(|path| (path.pattern.regex(), path)).collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    for (pattern, path) in rows {
        let synopsis = or(path.synopsis, "<no synopsis>");
        let _ = write!(text, "\n{INDENT}{pattern}\n{DEEP}{synopsis}\n");
    }
    text.trim().to_owned()
}

fn or<'a>(text: &'a str, absent: &'a str) -> &'a str {
    if text.is_empty() { absent } else { text.trim() }
}
