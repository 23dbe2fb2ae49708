//! The code a person types to say which request they mean.
//!
//! A code is the first 50 bits of a digest in Crockford's base 32, shown as `XXXXX-XXXXX`. It is
//! short enough to type and says nothing by itself: whoever reads one compares it with the code of
//! the digest that is in force.

use std::fmt;
use std::str::FromStr;

use trail_record::code::{self, ALPHABET, DIGITS};
use trail_record::{Digest, Entry, Record, Text};

/// The short form of a digest, as people type it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u64);

/// What is wrong with a text that should be a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a code (ten letters and digits, as in `7K3QX-0M9TB`): {0:?}")]
pub struct Malformed(pub String);

impl Code {
    /// Returns the code of a digest: its first 50 bits.
    #[must_use]
    pub fn of(digest: &[u8; 32]) -> Self {
        Self(code::bits(digest))
    }
}

/// Returns the code that binds a text to a word: what a `/start` or an `/amend` covers. The chain's
/// head is in it: nobody can foresee that, so no text can be prepared that shares a code with another.
///
/// It is the code of the digest of `WORD LF TEXT LF HEAD LF`, with `-` where there is no head.
#[must_use]
pub fn of_text(word: &str, text: Digest<Text>, head: Option<Digest<Entry>>) -> String {
    let head = head.map_or_else(|| "-".to_owned(), |head| head.to_string());
    let covered = Digest::<Text>::of(format!("{word}\n{text}\n{head}\n").as_bytes());
    code::of(covered.as_bytes())
}

/// Returns the code that binds deliveries to `/revert`: it covers their receipts, in this order, and
/// the chain's head.
///
/// It is [`of_text`] of the digest of the receipts, each followed by a line feed.
#[must_use]
pub fn of_receipts(receipts: &[Digest<Record>], head: Option<Digest<Entry>>) -> String {
    let lines: String = receipts.iter().map(|own| format!("{own}\n")).collect();
    of_text(REVERT, Digest::of(lines.as_bytes()), head)
}

/// The word of [`of_receipts`].
const REVERT: &str = "revert";
/// The word of [`of_text`] for a text that is to be begun.
pub const START: &str = "start";
/// The word of [`of_text`] for a text that is to take another's place.
pub const AMEND: &str = "amend";

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&code::write(self.0))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

impl FromStr for Code {
    type Err = Malformed;

    /// Reads a code as people type it: in any case, with or without the hyphen, `O` for zero and
    /// `I` or `L` for one.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed(text.to_owned());
        // Pages and phones replace a plain hyphen by a typographic one.
        let hyphen = |c: &char| matches!(c, '-' | '\u{2010}'..='\u{2014}' | '\u{2212}');
        let mut bits = 0;
        let mut count = 0;
        for (index, c) in text.chars().enumerate() {
            if hyphen(&c) && index == 5 {
                continue;
            }
            let value = value_of(c).ok_or_else(malformed)?;
            count += 1;
            if count > DIGITS {
                return Err(malformed());
            }
            bits = (bits << 5) | value;
        }
        if count == DIGITS {
            Ok(Self(bits))
        } else {
            Err(malformed())
        }
    }
}

/// Returns the value of one digit of a code.
fn value_of(c: char) -> Option<u64> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = ALPHABET.iter().position(|digit| char::from(*digit) == c)?;
    u64::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_the_first_fifty_bits_of_a_digest() {
        let mut digest = [0; 32];
        assert_eq!(Code::of(&digest).to_string(), "00000-00000");
        digest[..8].copy_from_slice(&[0xff; 8]);
        assert_eq!(Code::of(&digest).to_string(), "ZZZZZ-ZZZZZ");
        digest[..8].copy_from_slice(&[0x08, 0x42, 0x10, 0x84, 0x21, 0x0f, 0xff, 0xff]);
        assert_eq!(Code::of(&digest).to_string(), "11111-1111Z");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code: Code = "7K3QX-0M9TB".parse().unwrap();
        for typed in [
            "7k3qx-0m9tb",
            "7K3QX0M9TB",
            "7k3qx-om9tb",
            "7K3QX\u{2011}0M9TB",
        ] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        assert_eq!("LLIII-00000".parse::<Code>(), "11111-OOOOO".parse());
    }

    #[test]
    fn other_texts_are_no_codes() {
        for text in [
            "",
            "7K3QX",
            "7K3QX-0M9T",
            "7K3QX-0M9TBB",
            "7K3-QX0M9TB",
            "UUUUU-UUUUU",
            "-",
        ] {
            assert_eq!(
                text.parse::<Code>(),
                Err(Malformed(text.to_owned())),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn shown_codes_read_back(digest: [u8; 32]) {
            let code = Code::of(&digest);
            prop_assert_eq!(code.to_string(), trail_record::code::of(&digest));
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(code.to_string().to_lowercase().replace('-', "").parse(), Ok(code));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,20}") {
            let _ = text.parse::<Code>();
        }
    }
}
