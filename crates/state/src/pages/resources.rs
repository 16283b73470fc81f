//! The resources of a state.

use kernel::Page;
use web::page::{
    Column, Icon, Markup, Tone, badge, empty_state, html, pagination_by, section_heading, table,
};

use crate::{Instance, Mode};

/// The part of a page with a state's resources. `path` is the page's address.
pub(super) fn section(resources: &Page<Instance>, opaque: bool, path: &str) -> Markup {
    let rows = resources.items.iter().map(row).collect();
    html! {
        section {
            (section_heading("resources", "Resources", html! {}))
            @if opaque {
                (empty_state(Icon::Lock, "Encrypted by the client", html! {
                    "This state is kept byte for byte, and only who has the key can read what is in it."
                }, html! {}))
            } @else if resources.total == 0 {
                (empty_state(Icon::State, "No resources", html! {
                    "This state manages nothing at the moment."
                }, html! {}))
            } @else {
                (table("Resources", &[Column::main("Address"), Column::text("Provider")], rows))
                (pagination_by("resources", resources, "resource", path))
            }
        }
    }
}

fn row(instance: &Instance) -> Vec<Markup> {
    vec![
        html! {
            code { (instance.address) }
            @if instance.mode == Mode::Data { " " (badge(Tone::Neutral, "Data")) }
        },
        html! { (provider(&instance.provider)) },
    ]
}

/// `provider["registry.terraform.io/hashicorp/aws"]` is `hashicorp/aws`; other registries stay.
fn provider(text: &str) -> &str {
    let quoted = text.split_once('"').and_then(|(_, rest)| rest.split_once('"'));
    let source = quoted.map_or(text, |(source, _)| source);
    let known = ["registry.terraform.io/", "registry.opentofu.org/"];
    known.iter().find_map(|registry| source.strip_prefix(registry)).unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_called_what_people_call_them() {
        let cases = [
            (r#"provider["registry.terraform.io/hashicorp/aws"]"#, "hashicorp/aws"),
            (r#"module.a.provider["registry.opentofu.org/hashicorp/null"].x"#, "hashicorp/null"),
            (r#"provider["tf.example/acme/dns"]"#, "tf.example/acme/dns"),
            ("provider.aws", "provider.aws"),
        ];
        for (text, expected) in cases {
            assert_eq!(provider(text), expected);
        }
    }
}
