//! Lists: tables that become cards on narrow screens, pages of them, names with values.

use kernel::{Page, PageRequest};
use maud::{Markup, html};

use crate::ListQuery;

use super::{
    Icon, icon,
    text::{Escaped, count},
};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    title: &'a str,
    class: &'static str,
    hidden: bool,
}

impl<'a> Column<'a> {
    /// A column of text.
    pub const fn text(title: &'a str) -> Self {
        Self { title, class: "", hidden: false }
    }

    /// The column that names the row and leads to it.
    pub const fn main(title: &'a str) -> Self {
        Self { title, class: "main-cell", hidden: false }
    }

    /// A column of numbers.
    pub const fn number(title: &'a str) -> Self {
        Self { title, class: "number", hidden: false }
    }

    /// A column of buttons; its title is only read out.
    pub const fn actions(title: &'a str) -> Self {
        Self { title, class: "actions-cell", hidden: true }
    }
}

/// A table. The caption is read out. Roles are spelled out since the narrow layout takes them
/// from the elements.
pub fn table(caption: &str, columns: &[Column<'_>], rows: Vec<Vec<Markup>>) -> Markup {
    html! {
        div.table-frame {
            table role="table" {
                caption.read-out { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in columns {
                            th role="columnheader" scope="col" class=(column.class) {
                                span.read-out[column.hidden] { (column.title) }
                            }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for row in rows {
                        tr role="row" {
                            @for (column, cell) in columns.iter().zip(row) {
                                td role="cell" class=(column.class)
                                    data-label=[(!column.hidden).then_some(column.title)] {
                                    (cell)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Names and values.
pub fn definition_list(entries: &[(&str, Markup)]) -> Markup {
    facts("facts", entries)
}

/// Names and long values, such as hashes.
pub fn wide_definition_list(entries: &[(&str, Markup)]) -> Markup {
    facts("facts wide", entries)
}

fn facts(class: &str, entries: &[(&str, Markup)]) -> Markup {
    html! {
        dl class=(class) {
            @for (name, value) in entries {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// The page of a list that `?page=` asks for.
pub fn page_request(query: &ListQuery) -> PageRequest {
    page_request_by("page", PageRequest::DEFAULT_SIZE, query)
}

/// The page of a list that a parameter asks for, where a page has several lists.
pub fn page_request_by(parameter: &str, size: u32, query: &ListQuery) -> PageRequest {
    let number = query.get(parameter).and_then(|number| number.parse().ok()).unwrap_or(1);
    PageRequest::new(number, size)
}

/// How much of a list is shown, and the way to the rest. `path` is the list's address, `query`
/// its other parameters.
pub fn pagination<T>(page: &Page<T>, noun: &str, path: &str, query: &[(&str, &str)]) -> Markup {
    links(page, noun, |number| address(path, query, "page", number))
}

/// The same where a page has several lists: `parameter` is this one's, and the id of its part of
/// the page.
pub fn pagination_by<T>(parameter: &str, page: &Page<T>, noun: &str, path: &str) -> Markup {
    pagination_among(parameter, page, noun, path, &[])
}

/// The same, keeping the list's other parameters.
pub fn pagination_among<T>(
    parameter: &str,
    page: &Page<T>,
    noun: &str,
    path: &str,
    query: &[(&str, &str)],
) -> Markup {
    links(page, noun, |number| format!("{}#{parameter}", address(path, query, parameter, number)))
}

fn links<T>(page: &Page<T>, noun: &str, link: impl Fn(u64) -> String) -> Markup {
    if page.total_pages() == 1 && page.request.number() == 1 {
        return html! {
            p.pages-total { (count(page.total, noun)) }
        };
    }
    let first = u64::try_from(page.request.offset()).unwrap_or_default() + 1;
    let last = first + page.items.len() as u64 - u64::from(!page.items.is_empty());
    html! {
        nav.pages aria-label={ "Pages of " (count(2, noun).trim_start_matches("2 ")) } {
            p.pages-total {
                @if page.items.is_empty() { "Nothing on this page; " (count(page.total, noun)) }
                @else { (first) "–" (last) " of " (count(page.total, noun)) }
            }
            div.pages-links {
                @match page.previous() {
                    Some(number) => a.button rel="prev" href=(link(number)) {
                        (icon(Icon::Back)) "Previous"
                    },
                    None => span.button.off { (icon(Icon::Back)) "Previous" },
                }
                span.pages-number {
                    "Page " (page.request.number()) " of " (page.total_pages())
                }
                @match page.next() {
                    Some(number) => a.button rel="next" href=(link(number)) {
                        "Next" (icon(Icon::Forward))
                    },
                    None => span.button.off { "Next" (icon(Icon::Forward)) },
                }
            }
        }
    }
}

fn address(path: &str, query: &[(&str, &str)], parameter: &str, number: u64) -> String {
    let number = number.to_string();
    let given = query.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = given
        .chain([&(parameter, number.as_str())])
        .map(|(name, value)| format!("{}={}", Escaped(name), Escaped(value)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_keeps_the_search() {
        let page = Page::of((0..50).collect::<Vec<_>>(), PageRequest::new(2, 20));
        let markup =
            pagination(&page, "workspace", "/app/acme/workspaces", &[("q", "a&b"), ("tag", "")]);
        let text = markup.into_string();
        assert!(text.contains("21–40 of 50 workspaces"), "{text}");
        assert!(text.contains("/app/acme/workspaces?q=a%26b&amp;page=3"), "{text}");
    }

    #[test]
    fn one_page_needs_no_way_on() {
        let page = Page::of(vec![1], PageRequest::default());
        let text = pagination(&page, "token", "/", &[]).into_string();
        assert_eq!(text, r#"<p class="pages-total">1 token</p>"#);
    }
}
