//! Approval codes: a short form of a digest that a human can type.

/// Crockford's base32 alphabet: no I, L, O or U.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Returns the code of a digest: its first 50 bits in Crockford base32, as `XXXXX-XXXXX`.
///
/// Fifty bits are enough because a code only has to tell the requests of one item apart: a request
/// names the head of the chain, which nobody can foresee, so requests with equal codes cannot be
/// prepared.
#[must_use]
pub fn of(digest: &[u8; 32]) -> String {
    let bits = digest[..8]
        .iter()
        .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let mut code = String::with_capacity(11);
    for place in 0..10 {
        if place == 5 {
            code.push('-');
        }
        let index = (bits >> (59 - 5 * place)) & 31;
        code.push(char::from(
            ALPHABET[usize::try_from(index).expect("five bits")],
        ));
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
    }
}
