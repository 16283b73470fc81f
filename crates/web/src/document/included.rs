//! Related resources, so that clients can follow them.
//!
//! The clients replace every reference by the included resource that it names, and go on in that
//! one, without noticing that they have been there: two that refer to each other fill their stack
//! until they crash. So a reference that would close a circle is left out.

use std::collections::{HashMap, HashSet};

use serde::{Serialize, Serializer};

use super::Resource;

/// A resource and the relationships that it is written without.
pub(super) struct Included<'a> {
    resource: &'a Resource,
    cut: Vec<&'static str>,
}

impl Serialize for Included<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.resource.write(serializer, &self.cut)
    }
}

/// What is included: each once, without the primary ones, and without circles.
pub(super) fn included<'a>(primary: &'a [Resource], related: &'a [Resource]) -> Vec<Included<'a>> {
    if related.is_empty() {
        return Vec::new();
    }
    let mut seen: HashSet<_> = primary.iter().map(Resource::key).collect();
    let once: Vec<_> = related.iter().filter(|resource| seen.insert(resource.key())).collect();
    let positions = once.iter().enumerate().map(|(position, resource)| (resource.key(), position));
    let mut walk = Walk {
        positions: positions.collect(),
        marks: vec![Mark::New; once.len()],
        cuts: vec![Vec::new(); once.len()],
        resources: once,
    };
    for position in 0..walk.resources.len() {
        walk.visit(position);
    }
    let Walk { resources, cuts, .. } = walk;
    resources.into_iter().zip(cuts).map(|(resource, cut)| Included { resource, cut }).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the way from the start to where we are: what leads back here closes a circle.
    Open,
    Done,
}

struct Walk<'a> {
    resources: Vec<&'a Resource>,
    positions: HashMap<(&'static str, &'a str), usize>,
    marks: Vec<Mark>,
    cuts: Vec<Vec<&'static str>>,
}

impl Walk<'_> {
    fn visit(&mut self, position: usize) {
        let Some(mark) = self.marks.get_mut(position).filter(|mark| **mark == Mark::New) else {
            return;
        };
        *mark = Mark::Open;
        let Some(resource) = self.resources.get(position).copied() else { return };
        for (name, target) in resource.targets() {
            let Some(next) = self.positions.get(&target).copied() else { continue };
            match self.marks.get(next) {
                Some(Mark::Open) => {
                    if let Some(cut) = self.cuts.get_mut(position)
                        && !cut.contains(&name)
                    {
                        cut.push(name);
                    }
                }
                _ => self.visit(next),
            }
        }
        if let Some(mark) = self.marks.get_mut(position) {
            *mark = Mark::Done;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// What the clients do: follow every reference into what is included.
    fn follow(included: &[Value], key: &(Value, Value), depth: usize) {
        assert!(depth <= included.len(), "a circle");
        let found = included.iter().find(|item| (&item["type"], &item["id"]) == (&key.0, &key.1));
        let Some(relationships) = found.and_then(|item| item["relationships"].as_object()) else {
            return;
        };
        for relationship in relationships.values() {
            for target in relationship["data"].as_array().into_iter().flatten() {
                follow(included, &(target["type"].clone(), target["id"].clone()), depth + 1);
            }
        }
    }

    fn written(resources: &[Resource]) -> Vec<Value> {
        let included = included(&[], resources);
        included.iter().map(|one| serde_json::to_value(one).unwrap()).collect()
    }

    #[test]
    fn only_the_reference_back_is_left_out() {
        let organization =
            Resource::new("organizations", "acme").one("default-project", Some(("projects", "p")));
        let project =
            Resource::new("projects", "p").one("organization", Some(("organizations", "acme")));
        let written = written(&[organization, project]);
        assert_eq!(written[0]["relationships"]["default-project"]["data"]["id"], "p");
        assert_eq!(written[1]["relationships"], Value::Null);
    }

    proptest! {
        #[test]
        fn clients_never_walk_in_circles(
            links in prop::collection::vec(prop::collection::vec(0_usize..6, 0..3), 1..6),
        ) {
            let resource = |(id, targets): (usize, &Vec<usize>)| {
                let targets = targets.iter().map(|target| ("things", *target));
                Resource::new("things", id).many("others", targets)
            };
            let resources: Vec<_> = links.iter().enumerate().map(resource).collect();
            let written = written(&resources);
            for id in 0..links.len() {
                follow(&written, &(Value::from("things"), Value::from(id.to_string())), 0);
            }
        }
    }
}
