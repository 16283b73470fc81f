//! Words, strings, numbers and signs.

use super::{SyntaxError, escape};

/// The smallest part of a text that means something.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Text(String),
    Number(&'a str),
    /// One of `{}[]=:,`.
    Sign(char),
    End,
}

impl Token<'_> {
    /// How errors call it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("{word:?}"),
            Self::Text(_) => "a string".to_owned(),
            Self::Number(number) => format!("the number {number}"),
            Self::Sign(sign) => format!("'{sign}'"),
            Self::End => "the end of the text".to_owned(),
        }
    }
}

/// Goes through a text once.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    length: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // What some editors leave at the beginning of a file.
        Self { rest: text.strip_prefix('\u{feff}').unwrap_or(text), length: text.len() }
    }

    /// The next token and where it begins.
    pub(super) fn next(&mut self) -> Result<(Token<'a>, usize), SyntaxError> {
        self.skip_blanks()?;
        let at = self.position();
        let Some(first) = self.rest.chars().next() else { return Ok((Token::End, at)) };
        let token = match first {
            '{' | '}' | '[' | ']' | '=' | ':' | ',' => {
                self.take(1);
                Token::Sign(first)
            }
            '"' => {
                self.take(1);
                Token::Text(self.string(at)?)
            }
            '-' | '0'..='9' => Token::Number(
                self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-')),
            ),
            '_' => Token::Word(self.word()),
            letter if letter.is_alphabetic() => Token::Word(self.word()),
            '<' if self.rest.starts_with("<<") => {
                return Err(SyntaxError::new(at, "write a string in quotes instead of a heredoc"));
            }
            _ => return Err(SyntaxError::new(at, format!("illegal character {first:?}"))),
        };
        Ok((token, at))
    }

    fn word(&mut self) -> &'a str {
        self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    }

    /// What stands between quotes; the first is behind.
    fn string(&mut self, start: usize) -> Result<String, SyntaxError> {
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|c| !matches!(c, '"' | '\\' | '\n' | '\0')));
            match self.rest.chars().next() {
                Some('"') => {
                    self.take(1);
                    return Ok(text);
                }
                Some('\\') => {
                    let at = self.position();
                    self.take(1);
                    let (character, length) = escape::read(self.rest)
                        .ok_or_else(|| SyntaxError::new(at, "illegal escape in a string"))?;
                    text.push(character);
                    self.take(length);
                }
                _ => return Err(SyntaxError::new(start, "the string does not end on its line")),
            }
        }
    }

    /// Blanks and comments.
    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let Some(end) = comment.find("*/") else {
                    return Err(SyntaxError::new(self.position(), "the comment does not end"));
                };
                self.take(end + 4);
            } else {
                return Ok(());
            }
        }
    }

    const fn position(&self) -> usize {
        self.length - self.rest.len()
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}
