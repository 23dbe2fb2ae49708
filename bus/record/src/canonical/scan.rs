//! Tells in one pass, without building anything, whether bytes are canonical JSON.
//!
//! Most bytes a verifier meets are canonical. This pass is what it costs to know; only bytes that
//! fail it are parsed again, slowly, to say what is wrong with them.

use super::{MAX_DEPTH, MAX_SAFE_INTEGER};

/// Tells whether `bytes` are one JSON value in the form RFC 8785 gives it, within the limits of
/// the stored format: no unsafe integer, no duplicate key, not too deep.
pub(super) fn is_canonical(bytes: &[u8]) -> bool {
    // Escapes and structure are ASCII, so UTF-8 is judged once for all.
    if std::str::from_utf8(bytes).is_err() {
        return false;
    }
    let mut scan = Scan { bytes, at: 0 };
    scan.value(0).is_some() && scan.at == bytes.len()
}

/// Compares two texts by their UTF-16 code units, the order of RFC 8785, section 3.2.3.
pub(super) fn order(a: &str, b: &str) -> std::cmp::Ordering {
    if plain(a.as_bytes()) && plain(b.as_bytes()) {
        a.cmp(b)
    } else {
        a.encode_utf16().cmp(b.encode_utf16())
    }
}

/// Tells whether UTF-8 and UTF-16 order the text alike: below U+E000 they do.
fn plain(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte < 0xEE)
}

/// Returns how many bytes of `text` come before a quote, a backslash or a control character; none if
/// no such byte follows. Looks at eight bytes at a time: most of a history is text.
fn plain_length(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // The lowest high bit that is set marks the first byte of `word` below `limit`.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGHS;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let mut words = text.chunks_exact(8);
    let mut length = 0;
    for word in &mut words {
        let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
        let ends = below(word, 0x20) | equal(word, b'"') | equal(word, b'\\');
        if ends != 0 {
            return Some(length + (ends.trailing_zeros() / 8) as usize);
        }
        length += 8;
    }
    let ends = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    words
        .remainder()
        .iter()
        .position(ends)
        .map(|rest| length + rest)
}

struct Scan<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Scan<'b> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..]
            .starts_with(word)
            .then(|| self.at += word.len())
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.string().map(drop),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        let mut last: Option<&'b [u8]> = None;
        loop {
            let key = self.string()?;
            if last.is_some_and(|last| !ascends(last, key)) {
                return None;
            }
            last = Some(key);
            self.take(b':')?;
            self.value(depth + 1)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// Takes a string whose escapes are the ones RFC 8785 prescribes; returns what is between the
    /// quotes.
    fn string(&mut self) -> Option<&'b [u8]> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            self.at += plain_length(&self.bytes[self.at..])?;
            match self.peek()? {
                b'"' => {
                    let inside = &self.bytes[start..self.at];
                    self.at += 1;
                    return Some(inside);
                }
                b'\\' => {
                    self.at += 1;
                    match self.peek()? {
                        b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
                        b'u' => {
                            let digits = self.bytes.get(self.at + 1..self.at + 5)?;
                            if !is_bare_control(digits) {
                                return None;
                            }
                            self.at += 5;
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let length = self.bytes[start..]
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(self.bytes.len() - start);
        self.at += length;
        let text = std::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let canonical = text == "0" || !digits.starts_with('0');
            let safe = digits
                .parse::<u64>()
                .is_ok_and(|integer| integer <= MAX_SAFE_INTEGER);
            return (canonical && safe).then_some(());
        }
        let number: f64 = text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())?;
        let written = serde_json_canonicalizer::to_vec(&number).ok()?;
        (written == text.as_bytes()).then_some(())
    }
}

/// Tells whether the four digits of a `\u` escape name a control character that has no short form.
fn is_bare_control(digits: &[u8]) -> bool {
    matches!(
        digits,
        [b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f']
            | [b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f']
    )
}

/// Tells whether `key`, both as they stand between quotes, comes after `last`.
fn ascends(last: &[u8], key: &[u8]) -> bool {
    let simple = |raw: &[u8]| raw.iter().all(|byte| *byte < 0xEE && *byte != b'\\');
    if simple(last) && simple(key) {
        return last < key;
    }
    let text = |raw: &[u8]| {
        let quoted = [b"\"", raw, b"\""].concat();
        serde_json::from_slice::<String>(&quoted).ok()
    };
    match (text(last), text(key)) {
        (Some(last), Some(key)) => order(&last, &key).is_lt(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_text_ends_where_looking_at_each_byte_says(
            text in prop::collection::vec(any::<u8>(), 0..40),
            fill in any::<bool>(),
        ) {
            let lift = |byte: &u8| if fill { byte | 0x60 } else { *byte };
            let text: Vec<u8> = text.iter().map(lift).collect();
            let slow =
                text.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\');
            prop_assert_eq!(plain_length(&text), slow);
        }
    }
}
