//! What stands behind a backslash.

/// The character that an escape means, and how long the escape is without its backslash.
pub(super) fn read(text: &str) -> Option<(char, usize)> {
    let character = match text.chars().next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        literal @ ('\\' | '"' | '/') => literal,
        '0'..='7' => return Some((number(text, 0, 3, 8)?.try_into().ok()?, 3)),
        'x' => return Some((number(text, 1, 2, 16)?.try_into().ok()?, 3)),
        'u' => return unicode(text),
        'U' => return Some((number(text, 1, 8, 16)?.try_into().ok()?, 9)),
        _ => return None,
    };
    Some((character, 1))
}

/// Four digits; JSON writes what needs more as two halves.
fn unicode(text: &str) -> Option<(char, usize)> {
    let first = number(text, 1, 4, 16)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some((first.try_into().ok()?, 5));
    }
    let second = number(text.get(5..)?.strip_prefix("\\u")?, 0, 4, 16)?;
    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some(((0x1_0000 + ((first - 0xd800) << 10) + low).try_into().ok()?, 11))
}

fn number(text: &str, start: usize, length: usize, radix: u32) -> Option<u32> {
    let digits = text.get(start..start + length)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { u32::from_str_radix(digits, radix).ok() } else { None }
}
