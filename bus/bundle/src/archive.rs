//! The container: uncompressed ustar (POSIX.1-1988) in one form only.
//!
//! Any `tar` opens it, so an auditor needs no program of ours to look inside. But tar has many ways to
//! say one thing, and readers differ in which they believe. So a bundle has the one header that
//! [`header`] makes of a name and a size, and a reader makes it again and compares all 512 bytes:
//! there is nothing left to read two ways. Nothing is compressed, so nothing can grow.

/// Headers and contents take whole blocks of this many bytes.
pub(crate) const BLOCK: u64 = 512;

/// The fields of a header: where each begins (POSIX.1-1988, "ustar Interchange Format").
const MODE: usize = 100;
const SIZE: usize = 124;
const SUM: usize = 148;
const TYPE: usize = 156;
const MAGIC: usize = 257;
const PREFIX: usize = 345;

/// Returns the one header of a plain file whose name fits.
pub(crate) fn header(name: &str, size: u64) -> [u8; 512] {
    let mut block = [0; 512];
    let length = name.len().min(MODE);
    block[..length].copy_from_slice(&name.as_bytes()[..length]);
    let mut put = |at: usize, text: &str| {
        block[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    // Mode, owner, group, size and time of change; all in octal digits and a NUL.
    put(MODE, "0000644\0");
    put(MODE + 8, "0000000\0");
    put(MODE + 16, "0000000\0");
    put(SIZE, &format!("{size:011o}\0"));
    put(SIZE + 12, "00000000000\0");
    put(SUM, "        ");
    put(TYPE, "0");
    put(MAGIC, "ustar");
    put(MAGIC + 6, "00");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[SUM..SUM + 7].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

/// What a block says that should be a header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A plain file.
    File {
        /// Its name, as it stands there.
        name: String,
        /// Its size.
        size: u64,
        /// Whether the header is the one form that bundles have.
        plain: bool,
    },
    /// Something else than a plain file, with its name and size.
    Other(String, u64),
    /// The end.
    End,
    /// Nothing that can be read as a header.
    Unreadable,
}

/// Reads a block.
pub(crate) fn read(block: &[u8; 512]) -> Block {
    if block.iter().all(|byte| *byte == 0) {
        return Block::End;
    }
    let (size, sum) = (&block[SIZE..SIZE + 12], &block[SUM..SUM + 8]);
    let (Some(size), Some(sum)) = (octal(size, b"\0"), octal(sum, b"\0 ")) else {
        return Block::Unreadable;
    };
    let counted = block[..SUM].iter().chain(&block[SUM + 8..]);
    let counted = counted.map(|byte| u64::from(*byte)).sum::<u64>() + 8 * u64::from(b' ');
    if sum != counted || &block[MAGIC..MAGIC + 5] != b"ustar" {
        return Block::Unreadable;
    }
    let field = &block[..MODE];
    let length = field.iter().position(|byte| *byte == 0).unwrap_or(MODE);
    let mut name = String::from_utf8_lossy(&field[..length]).into_owned();
    if block[PREFIX] != 0 {
        // Only other programs split names; what they mean is said, and refused by its form.
        let prefix = &block[PREFIX..PREFIX + 155];
        let length = prefix.iter().position(|byte| *byte == 0).unwrap_or(155);
        name = format!("{}/{name}", String::from_utf8_lossy(&prefix[..length]));
    }
    if matches!(block[TYPE], b'0' | 0) {
        let plain = header(&name, size) == *block;
        Block::File { name, size, plain }
    } else {
        Block::Other(name, size)
    }
}

/// Reads a field of octal digits that ends as it should.
fn octal(field: &[u8], end: &[u8]) -> Option<u64> {
    let digits = field.strip_suffix(end)?;
    let all = digits.iter().all(|byte| matches!(byte, b'0'..=b'7'));
    let text = std::str::from_utf8(digits).ok().filter(|_| all)?;
    u64::from_str_radix(text, 8).ok()
}

/// Returns how many bytes of nothing follow a content of this size.
pub(crate) const fn gap(size: u64) -> u64 {
    (BLOCK - size % BLOCK) % BLOCK
}
