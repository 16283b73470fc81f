//! Times, sizes, counts, commands and addresses as people read them.

use std::fmt;

use kernel::Timestamp;
use maud::{Markup, html};

use super::{Icon, icon};

/// An instant: how long ago or ahead, with the exact time on hover.
pub fn time(now: Timestamp, at: Timestamp) -> Markup {
    html! {
        time datetime=(at) title=(exact(at)) data-relative { (relative(now, at)) }
    }
}

/// An instant, or a word for none, e.g. `never`.
pub fn time_or(now: Timestamp, at: Option<Timestamp>, none: &str) -> Markup {
    at.map_or_else(|| html! { span.quiet { (none) } }, |at| time(now, at))
}

/// When something ends: never, on its day, or long ago.
pub fn expiry(now: Timestamp, at: Option<Timestamp>) -> Markup {
    match at {
        None => html! { span.quiet { "never" } },
        Some(at) if at <= now => html! { span.bad { "expired " (time(now, at)) } },
        Some(at) => time(now, at),
    }
}

fn exact(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    format!("{} UTC", seconds.replace('T', " "))
}

/// How long ago or ahead, in words. The script says the same, so that times stay true while a
/// page is open.
pub fn relative(now: Timestamp, at: Timestamp) -> String {
    let (distance, ahead) = if at > now { (at.since(now), true) } else { (now.since(at), false) };
    let seconds = distance.as_secs();
    let amount = match seconds {
        0..45 => return if ahead { "in a moment" } else { "just now" }.to_owned(),
        45..3_570 => count((seconds + 30) / 60, "minute"),
        3_570..84_600 => count((seconds + 1_800) / 3_600, "hour"),
        84_600..2_548_800 => count((seconds + 43_200) / 86_400, "day"),
        2_548_800..31_104_000 => count(((seconds + 1_296_000) / 2_592_000).max(1), "month"),
        _ => count((seconds + 15_768_000) / 31_536_000, "year"),
    };
    if ahead { format!("in {amount}") } else { format!("{amount} ago") }
}

/// A number and its noun: `1 token`, `2 tokens`.
pub fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => {
            format!("{} {stem}ies", grouped(number))
        }
        _ => format!("{} {noun}s", grouped(number)),
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A size in bytes, as people read it.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if size < 1_000 {
        return format!("{size} B");
    }
    let (mut tenths, mut unit) = (size / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or_default();
    if tenths < 100 {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", tenths / 10)
    }
}

/// One line to be copied.
pub fn copyable(text: &str) -> Markup {
    html! {
        div.copyable {
            code { (text) }
            (copy_button(text))
        }
    }
}

/// Several lines to be copied, under a name such as the file they belong to.
pub fn code_block(name: &str, text: &str) -> Markup {
    html! {
        figure.code {
            figcaption { span { (name) } (copy_button(text)) }
            pre tabindex="0" { code { (text) } }
        }
    }
}

/// A secret that is shown once.
pub fn secret_value(label: &str, text: &str) -> Markup {
    html! {
        div.copyable.secret {
            code aria-label=(label) { (text) }
            (copy_button(text))
        }
    }
}

/// A button that copies a text. Only seen where scripts run.
pub fn copy_button(text: &str) -> Markup {
    html! {
        button.copy type="button" data-copy=(text) {
            (icon(Icon::Copy)) span { "Copy" }
        }
    }
}

/// A text as one segment of a path.
pub fn path_segment(text: &str) -> String {
    Escaped(text).to_string()
}

/// Writes a text percent-encoded, fit for a path segment or a query value.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

/// A message as a sentence: a capital letter, and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', ':']) {
        sentence.push('.');
    }
    sentence
}

/// Where the server is, as Terraform names it: the host, with the port unless it is the usual one.
pub fn host(external_url: &str) -> &str {
    let rest = external_url.split_once("://").map_or(external_url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    host.strip_suffix(":443").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn distances_are_told_in_the_unit_that_fits() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let told = |seconds| relative(now, now.minus(Duration::from_secs(seconds)));
        assert_eq!(told(3), "just now");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(3_600), "1 hour ago");
        assert_eq!(told(86_400), "1 day ago");
        assert_eq!(told(40 * 86_400), "1 month ago");
        assert_eq!(told(800 * 86_400), "2 years ago");
        assert_eq!(relative(now, now.plus(Duration::from_hours(2))), "in 2 hours");
    }

    #[test]
    fn sizes_and_counts_are_readable() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1_500), "1.5 KB");
        assert_eq!(bytes(182_000), "182 KB");
        assert_eq!(bytes(2_000_000), "2.0 MB");
        assert_eq!(count(1, "token"), "1 token");
        assert_eq!(count(10_000, "entry"), "10,000 entries");
    }

    #[test]
    fn segments_hold_nothing_that_ends_them() {
        assert_eq!(path_segment("a/../b?c#d é"), "a%2F..%2Fb%3Fc%23d%20%C3%A9");
    }

    #[test]
    fn exact_times_name_the_zone() {
        assert_eq!(exact(Timestamp::from_micros(0)), "1970-01-01 00:00:00 UTC");
    }

    #[test]
    fn hosts_are_named_as_terraform_does() {
        assert_eq!(host("https://localhost:8443"), "localhost:8443");
        assert_eq!(host("https://state.example.com:443/"), "state.example.com");
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("not found"), "Not found.");
        assert_eq!(sentence("Ok?"), "Ok?");
    }
}
