//! Approval codes: a short form of a digest that a human can type.

/// Crockford's base32 alphabet: no I, L, O or U.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many digits a code has; each stands for five bits.
pub const DIGITS: u32 = 10;

/// Returns the code of a digest: its first 50 bits in Crockford base32, as `XXXXX-XXXXX`.
///
/// Fifty bits are enough because a code only has to tell the requests of one item apart: a request
/// names the head of the chain, which nobody can foresee, so requests with equal codes cannot be
/// prepared.
#[must_use]
pub fn of(digest: &[u8; 32]) -> String {
    write(bits(digest))
}

/// Returns the bits of a digest that its code stands for: the first 50.
#[must_use]
pub fn bits(digest: &[u8; 32]) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first) >> (64 - 5 * DIGITS)
}

/// Writes the bits of a code as `XXXXX-XXXXX`; what is above the lowest 50 is left out.
#[must_use]
pub fn write(bits: u64) -> String {
    let mut code = String::with_capacity(11);
    for place in (0..DIGITS).rev() {
        let digit = (bits >> (5 * place)) & 31;
        code.push(char::from(
            ALPHABET[usize::try_from(digit).expect("five bits fit")],
        ));
        if place == DIGITS / 2 {
            code.push('-');
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_first_fifty_bits() {
        let mut digest = [0; 32];
        assert_eq!(of(&digest), "00000-00000");
        digest[0] = 0xFF;
        assert_eq!(of(&digest), "ZW000-00000");
        assert_eq!(of(&[0xFF; 32]), "ZZZZZ-ZZZZZ");
        digest[..8].copy_from_slice(&[0x08, 0x42, 0x10, 0x84, 0x21, 0x0f, 0xff, 0xff]);
        assert_eq!(of(&digest), "11111-1111Z");
    }
}
