//! QR codes, drawn in place: the content security policy lets no picture in from a `data:` address.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// The light border that readers need, in modules.
const BORDER: usize = 4;

/// A text as a QR code, dark on light whatever the page's colours. Nothing if it is too long for
/// one; `label` is read out in its place.
pub fn qr_code(label: &str, text: &str) -> Markup {
    // On a screen nothing is smudged: fewer modules are easier to read.
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::L) else { return html! {} };
    let size = code.width() + 2 * BORDER;
    html! {
        svg.qr-code viewBox={ "0 0 " (size) " " (size) } role="img" aria-label=(label)
            shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#fff" {}
            path d=(dark_modules(&code)) fill="#000" {}
        }
    }
}

/// The dark modules, as one path of rows.
fn dark_modules(code: &QrCode) -> String {
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::with_capacity(colors.len() * 4);
    for (y, row) in colors.chunks(width.max(1)).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a string does not fail.
                let _ =
                    write!(path, "M{} {}h{}v1h-{}z", x + BORDER, y + BORDER, run.len(), run.len());
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let code = QrCode::new("otpauth://totp/x").unwrap();
        let path = dark_modules(&code);
        let lengths = path.split('h').skip(1).filter_map(|rest| rest.split('v').next());
        let drawn: usize = lengths.filter_map(|length| length.parse::<usize>().ok()).sum();
        let dark = code.to_colors().into_iter().filter(|color| *color == Color::Dark).count();
        assert_eq!(drawn, dark);
        // The corner's pattern: seven dark modules behind the border.
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
    }

    #[test]
    fn the_text_itself_is_not_in_the_markup() {
        let markup = qr_code("for your app", "otpauth://totp/x?secret=AAAA").into_string();
        assert!(markup.contains("role=\"img\"") && !markup.contains("AAAA"), "{markup}");
        assert!(qr_code("", &"x".repeat(10_000)).into_string().is_empty());
    }
}
