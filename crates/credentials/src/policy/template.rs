//! Paths with `{{…}}` in them, which stand for what is known of whoever asks.

use super::pattern::Pattern;

/// What is known of whoever asks: the value of a directive such as `identity.entity.id`.
pub type Values<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A path with directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    /// How many `+` segments the path has, and whether a `*` stands at its end.
    wildcards: (usize, bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Directive(String),
}

/// Why a path is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// `{{` without `}}`, or the other way round.
    Unbalanced,
    /// `+*`.
    Wildcards,
}

impl Template {
    /// Takes a path apart; none if it has no directives.
    pub(crate) fn parse(path: &str) -> Result<Option<Self>, TemplateError> {
        let mut parts = path.split("{{");
        let first = parts.next().unwrap_or_default();
        if first.contains("}}") {
            return Err(TemplateError::Unbalanced);
        }
        let mut pieces = vec![Piece::Text(first.to_owned())];
        for part in parts {
            match part.split_once("}}") {
                Some((directive, text)) if !text.contains("}}") => {
                    pieces.push(Piece::Directive(directive.trim().to_owned()));
                    pieces.push(Piece::Text(text.to_owned()));
                }
                _ => return Err(TemplateError::Unbalanced),
            }
        }
        if pieces.len() == 1 {
            return Ok(None);
        }
        let mut template = Self { pieces, wildcards: (0, false) };
        let filled = template.text(&|_| Some("x".to_owned()));
        let pattern = Pattern::parse(&filled.unwrap_or_default());
        template.wildcards = pattern.ok_or(TemplateError::Wildcards)?.wildcards();
        Ok(Some(template))
    }

    /// The pattern that it stands for. None, so that it never matches, where a value is missing or
    /// empty, or would be a wildcard: nobody gets further by what they are called.
    pub(crate) fn fill(&self, values: Values<'_>) -> Option<Pattern> {
        let pattern = Pattern::parse(&self.text(values)?)?;
        (pattern.wildcards() == self.wildcards).then_some(pattern)
    }

    fn text(&self, values: Values<'_>) -> Option<String> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Directive(directive) => {
                    filled.push_str(&values(directive).filter(|value| !value.is_empty())?);
                }
            }
        }
        Some(filled)
    }
}
