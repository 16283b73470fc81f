//! `<org>` and `<org>.<project>`: how a path names an organization, and a project in it.
//!
//! Either part is a name or an id. Names don't contain dots, so the first dot parts the two. Case
//! does not count in names and counts in ids.

use std::str::FromStr;

use kernel::{OrganizationId, ProjectId};

use crate::names::{fold, is_project_name, organization_name};

/// One part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<I> {
    /// By id.
    Id(I),
    /// By name, folded.
    Name(String),
}

/// What a path says about the organization, and perhaps the project, that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The organization.
    pub organization: Part<OrganizationId>,
    /// The project, if one is named.
    pub project: Option<Part<ProjectId>>,
}

impl Address {
    /// Reads an address; none if nothing could have it.
    pub fn parse(text: &str) -> Option<Self> {
        let (organization, project) = match text.split_once('.') {
            Some((organization, project)) => (organization, Some(project)),
            None => (text, None),
        };
        let organization = part(organization, |name| organization_name(name).is_ok())?;
        let project = match project {
            Some(text) => Some(part(text, is_project_name)?),
            None => None,
        };
        Some(Self { organization, project })
    }

    /// The organization's id, when it is addressed by id.
    pub const fn organization_id(&self) -> Option<OrganizationId> {
        match &self.organization {
            Part::Id(id) => Some(*id),
            Part::Name(_) => None,
        }
    }

    /// The project's id, when it is addressed by id.
    pub const fn project_id(&self) -> Option<ProjectId> {
        match &self.project {
            Some(Part::Id(id)) => Some(*id),
            Some(Part::Name(_)) | None => None,
        }
    }
}

fn part<I: FromStr>(text: &str, is_name: impl Fn(&str) -> bool) -> Option<Part<I>> {
    match text.parse() {
        Ok(id) => Some(Part::Id(id)),
        Err(_) if is_name(text) => Some(Part::Name(fold(text))),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name<I>(text: &str) -> Part<I> {
        Part::Name(text.to_owned())
    }

    #[test]
    fn names_and_ids_can_be_mixed() {
        let organization = OrganizationId::generate();
        let project = ProjectId::generate();
        assert_eq!(
            Address::parse("Acme"),
            Some(Address { organization: name("acme"), project: None })
        );
        assert_eq!(
            Address::parse("acme.Payments"),
            Some(Address { organization: name("acme"), project: Some(name("payments")) })
        );
        assert_eq!(
            Address::parse(&format!("{organization}.{project}")),
            Some(Address {
                organization: Part::Id(organization),
                project: Some(Part::Id(project))
            })
        );
        let mixed = Address::parse(&format!("acme.{project}")).unwrap();
        assert_eq!((mixed.organization_id(), mixed.project_id()), (None, Some(project)));
    }

    #[test]
    fn what_nothing_can_be_called_is_no_address() {
        for text in ["", ".", "acme.", ".payments", "acme.a.b", "ac", "a/b", "acme./", "acme\0"] {
            assert_eq!(Address::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".*") {
            let _ = Address::parse(&text);
        }

        #[test]
        fn names_come_back_folded(
            organization in "[A-Za-z0-9_-]{3,12}",
            project in "[A-Za-z0-9_]([A-Za-z0-9_ -]{0,10}[A-Za-z0-9_])?",
        ) {
            let address = Address::parse(&format!("{organization}.{project}")).unwrap();
            prop_assert_eq!(address.organization, Part::Name(organization.to_lowercase()));
            prop_assert_eq!(address.project, Some(Part::Name(project.to_lowercase())));
        }

        #[test]
        fn case_does_not_count_in_names(organization in "[A-Za-z]{3,20}") {
            prop_assert_eq!(
                Address::parse(&organization.to_uppercase()),
                Address::parse(&organization.to_lowercase())
            );
        }

        #[test]
        fn an_address_has_at_most_one_dot(text in "[a-z]{3,9}\\.[a-z.]{0,9}\\.[a-z]{0,9}") {
            prop_assert_eq!(Address::parse(&text), None);
        }
    }
}
