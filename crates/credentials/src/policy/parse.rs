//! From the text of a policy to its rules.

mod fields;

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Capabilities, Capability, Policy, PolicyError,
    hcl::{self, Item, Node, Value},
    pattern::Pattern,
    permissions::Permissions,
    rules::{Conditional, ConditionalPath},
    template::{Template, TemplateError},
};
use kernel::Timestamp;

/// How long a text may be, in bytes.
pub const MAX_LENGTH: usize = 1 << 20;
/// How many paths a policy may have.
pub const MAX_PATHS: usize = 10_000;

/// Reads a text into a policy.
pub(super) fn read(text: &str, policy: &mut Policy) -> Result<(), PolicyError> {
    if text.len() > MAX_LENGTH {
        return Err(PolicyError::at("", 0, format_args!("more than {MAX_LENGTH} bytes long")));
    }
    let items = hcl::read(text).map_err(|error| PolicyError::syntax(text, error))?;
    check_keys(text, "", &items, &["name", "path"])?;
    let paths = Reader { text, json: hcl::is_json(text) }.paths(&items)?;
    if let Some(path) = paths.get(MAX_PATHS) {
        let message = format_args!("more than {MAX_PATHS} paths");
        return Err(PolicyError::at(text, path.at, message));
    }
    paths.into_iter().try_for_each(|path| path.read(policy))
}

/// A rule's path and what stands about it.
struct PathRule<'a> {
    text: &'a str,
    /// Where the path stands.
    at: usize,
    path: &'a str,
    items: &'a [Item],
}

struct Reader<'a> {
    text: &'a str,
    json: bool,
}

impl<'a> Reader<'a> {
    fn error(&self, at: usize, message: impl std::fmt::Display) -> PolicyError {
        PolicyError::at(self.text, at, message)
    }

    fn paths(&self, items: &'a [Item]) -> Result<Vec<PathRule<'a>>, PolicyError> {
        let mut paths = Vec::new();
        for item in items {
            match (item.keys.as_slice(), &item.node.value) {
                ([key], value) if key.name == "name" => {
                    if matches!(value, Value::List(_) | Value::Object(_)) {
                        return Err(self.error(item.node.at, "name must be a string"));
                    }
                }
                ([_, path], Value::Object(items)) => {
                    paths.push(PathRule { text: self.text, at: path.at, path: &path.name, items });
                }
                ([_], Value::Object(items)) if self.json => self.named(items, &mut paths)?,
                ([_], Value::List(nodes)) if self.json => {
                    for node in nodes {
                        let Value::Object(items) = &node.value else {
                            return Err(self.error(node.at, "path must be an object"));
                        };
                        self.named(items, &mut paths)?;
                    }
                }
                _ => {
                    let message = "a path is written as: path \"secret/*\" { … }";
                    return Err(self.error(item.node.at, message));
                }
            }
        }
        Ok(paths)
    }

    /// JSON's form: an object with a path for each key.
    fn named(&self, items: &'a [Item], paths: &mut Vec<PathRule<'a>>) -> Result<(), PolicyError> {
        for item in items {
            let ([path], Value::Object(items)) = (item.keys.as_slice(), &item.node.value) else {
                return Err(self.error(item.node.at, "what a path may must be an object"));
            };
            paths.push(PathRule { text: self.text, at: path.at, path: &path.name, items });
        }
        Ok(())
    }
}

impl PathRule<'_> {
    fn error(&self, at: usize, message: impl std::fmt::Display) -> PolicyError {
        PolicyError::at(self.text, at, format_args!("path {:?}: {message}", self.path))
    }

    /// What the path stands for, before anybody is known.
    fn path(&self) -> Result<ConditionalPath, PolicyError> {
        let wildcards = "invalid use of wildcards ('+*' is forbidden)";
        // Paths begin behind the slash.
        let path = self.path.strip_prefix('/').unwrap_or(self.path);
        match Template::parse(path) {
            Ok(Some(template)) => Ok(ConditionalPath::Template(template)),
            Ok(None) => {
                let pattern = Pattern::parse(path).ok_or_else(|| self.error(self.at, wildcards))?;
                Ok(ConditionalPath::Fixed(pattern))
            }
            Err(TemplateError::Wildcards) => Err(self.error(self.at, wildcards)),
            Err(TemplateError::Unbalanced) => {
                let message = "failed to validate policy templating: \
                               unbalanced templating characters";
                Err(self.error(self.at, message))
            }
        }
    }

    fn read(&self, policy: &mut Policy) -> Result<(), PolicyError> {
        let (permissions, expires_at) = self.permissions()?;
        match (self.path()?, expires_at) {
            (ConditionalPath::Fixed(pattern), None) => policy.add(pattern, permissions),
            (path, expires_at) => {
                let permissions = Arc::new(permissions);
                policy.add_conditional(Conditional { path, expires_at, permissions });
            }
        }
        Ok(())
    }

    fn permissions(&self) -> Result<(Permissions, Option<Timestamp>), PolicyError> {
        check_keys(self.text, &format!("path {:?}: ", self.path), self.items, &fields::KNOWN)?;
        let mut permissions = Permissions::default();
        let (mut capabilities, mut expires_at) = (Capabilities::NONE, None);
        let mut seen = BTreeSet::new();
        for item in self.items {
            let ([key], node) = (item.keys.as_slice(), &item.node) else {
                return Err(self.error(item.node.at, "a name too many"));
            };
            if !seen.insert(key.name.as_str()) {
                let message = format_args!(
                    "the argument {:?} was already set; each argument can only be defined once",
                    key.name
                );
                return Err(self.error(key.at, message));
            }
            let read = match key.name.as_str() {
                "capabilities" => self.capabilities(node).map(|read| {
                    capabilities = capabilities.union(read);
                }),
                "policy" => self.old_policy(node).map(|read| {
                    capabilities = capabilities.union(read);
                }),
                "expiration" => fields::instant(node)
                    .map(|read| expires_at = Some(read))
                    .map_err(|message| self.error(node.at, message)),
                name => fields::read(&mut permissions, name, node)
                    .map_err(|(at, message)| self.error(at, message)),
            };
            read?;
        }
        let (min, max) = (permissions.min_wrapping_ttl, permissions.max_wrapping_ttl);
        if !max.is_zero() && max < min {
            let message = "max_wrapping_ttl cannot be less than min_wrapping_ttl";
            return Err(self.error(self.at, message));
        }
        permissions.capabilities = capabilities;
        if capabilities == Capabilities::DENY {
            permissions = Permissions::deny();
        }
        Ok((permissions, expires_at))
    }

    fn capabilities(&self, node: &Node) -> Result<Capabilities, PolicyError> {
        let names = fields::texts(node)
            .map_err(|at| self.error(at, "capabilities must be a list of strings"))?;
        let mut capabilities = Capabilities::NONE;
        for (at, name) in names {
            let capability = Capability::parse(&name)
                .ok_or_else(|| self.error(at, format_args!("invalid capability {name:?}")))?;
            capabilities = capabilities.union(Capabilities::of(&[capability]));
        }
        Ok(capabilities)
    }

    /// What one word gave before there were capabilities.
    fn old_policy(&self, node: &Node) -> Result<Capabilities, PolicyError> {
        use Capability::{Create, Delete, List, Read, Sudo, Update};
        let word = fields::text(node).unwrap_or_default();
        Ok(match word.as_str() {
            "" if matches!(node.value, Value::Text(_)) => Capabilities::NONE,
            "deny" => Capabilities::DENY,
            "read" => Capabilities::of(&[Read, List]),
            "write" => Capabilities::of(&[Create, Read, Update, Delete, List]),
            "sudo" => Capabilities::of(&[Create, Read, Update, Delete, List, Sudo]),
            _ => return Err(self.error(node.at, format_args!("invalid policy {word:?}"))),
        })
    }
}

fn check_keys(text: &str, prefix: &str, items: &[Item], known: &[&str]) -> Result<(), PolicyError> {
    let keys = items.iter().filter_map(|item| item.keys.first());
    let unknown = keys.filter(|key| !known.contains(&key.name.as_str()));
    let unknown: Vec<_> = unknown.map(|key| (key.at, key.name.as_str())).collect();
    if unknown.is_empty() { Ok(()) } else { Err(PolicyError::keys(text, prefix, &unknown)) }
}
