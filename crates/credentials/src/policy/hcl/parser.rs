//! From tokens to a tree.

use super::{
    Item, Key, MAX_DEPTH, Node, SyntaxError, Value, is_json,
    lexer::{Lexer, Token},
};

/// Reads a text: what stands in it outermost.
pub(crate) fn read(text: &str) -> Result<Vec<Item>, SyntaxError> {
    let mut lexer = Lexer::new(text);
    let (token, at) = lexer.next()?;
    let mut parser = Parser { lexer, token, at, depth: 0, json: is_json(text) };
    let items = if parser.json {
        parser.advance()?;
        parser.items(&Token::Sign('}'))?
    } else {
        parser.items(&Token::End)?
    };
    match parser.token {
        Token::End => Ok(items),
        _ => Err(parser.unexpected("the end of the text")),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    /// Where the token begins.
    at: usize,
    depth: usize,
    json: bool,
}

impl<'a> Parser<'a> {
    /// Takes the token, and reads the next one.
    fn advance(&mut self) -> Result<Token<'a>, SyntaxError> {
        let (token, at) = self.lexer.next()?;
        self.at = at;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        let found = self.token.describe();
        SyntaxError::new(self.at, format!("expected {expected}, found {found}"))
    }

    fn takes(&mut self, sign: char) -> Result<bool, SyntaxError> {
        let is_there = self.token == Token::Sign(sign);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    /// Items until `end`, which is taken. Commas may stand between them, in JSON they must.
    fn items(&mut self, end: &Token<'_>) -> Result<Vec<Item>, SyntaxError> {
        let mut items = Vec::new();
        while self.token != *end {
            let item = if self.json { self.pair()? } else { self.item()? };
            items.push(item);
            if !self.takes(',')? && self.json && self.token != *end {
                return Err(self.unexpected("',' or '}'"));
            }
        }
        if *end != Token::End {
            self.advance()?;
        }
        Ok(items)
    }

    /// `"key": value`.
    fn pair(&mut self) -> Result<Item, SyntaxError> {
        let Some(key) = self.key(false)? else { return Err(self.unexpected("a key in quotes")) };
        if !self.takes(':')? {
            return Err(self.unexpected("':'"));
        }
        Ok(Item { keys: vec![key], node: self.value()? })
    }

    /// `key = value`, or `key "name" { … }`.
    fn item(&mut self) -> Result<Item, SyntaxError> {
        let mut keys = Vec::new();
        while let Some(key) = self.key(true)? {
            keys.push(key);
        }
        let node = match (&self.token, keys.len()) {
            (_, 0) => return Err(self.unexpected("a key")),
            (Token::Sign('='), 1) => {
                self.advance()?;
                self.value()?
            }
            (Token::Sign('{'), _) => self.value()?,
            (_, 1) => return Err(self.unexpected("'=' or '{'")),
            _ => return Err(self.unexpected("'{'")),
        };
        Ok(Item { keys, node })
    }

    fn key(&mut self, words: bool) -> Result<Option<Key>, SyntaxError> {
        let at = self.at;
        let name = match &mut self.token {
            Token::Word(word) if words => (*word).to_owned(),
            Token::Text(text) => std::mem::take(text),
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some(Key { at, name }))
    }

    fn value(&mut self) -> Result<Node, SyntaxError> {
        let at = self.at;
        let value = match &self.token {
            Token::Sign('{' | '[') => return self.nested(),
            Token::Text(_) | Token::Number(_) | Token::Word("true" | "false") => {
                scalar(self.advance()?).ok_or_else(|| SyntaxError::new(at, "no such number"))?
            }
            Token::Word("null") if self.json => scalar(self.advance()?).unwrap_or(Value::Null),
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { at, value })
    }

    fn nested(&mut self) -> Result<Node, SyntaxError> {
        let at = self.at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(at, format!("more than {MAX_DEPTH} levels deep")));
        }
        let value = match self.advance()? {
            Token::Sign('{') => Value::Object(self.items(&Token::Sign('}'))?),
            _ => Value::List(self.list()?),
        };
        self.depth -= 1;
        Ok(Node { at, value })
    }

    /// Values until the bracket, which is taken. A comma may stand behind the last.
    fn list(&mut self) -> Result<Vec<Node>, SyntaxError> {
        let mut values = Vec::new();
        while !self.takes(']')? {
            values.push(self.value()?);
            if !self.takes(',')? && self.token != Token::Sign(']') {
                return Err(self.unexpected("',' or ']'"));
            }
        }
        Ok(values)
    }
}

fn scalar(token: Token<'_>) -> Option<Value> {
    match token {
        Token::Text(text) => Some(Value::Text(text)),
        Token::Word("true") => Some(Value::Bool(true)),
        Token::Word("false") => Some(Value::Bool(false)),
        Token::Number(number) => self::number(number),
        _ => None,
    }
}

/// Decimal, hexadecimal (`0x1f`) or octal (`017`), or with a point or an exponent.
fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        None => (digits, 10),
    };
    if radix != 16 && digits.contains(['.', 'e', 'E']) {
        let float: f64 = text.parse().ok()?;
        return float.is_finite().then_some(Value::Float(float));
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = if plain { i64::from_str_radix(digits, radix).ok()? } else { return None };
    Some(Value::Integer(if negative { -number } else { number }))
}
