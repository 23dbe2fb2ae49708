//! Choices that the same seed makes again.

use std::ops::Range;
use std::time::Duration;

/// A small generator (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub(crate) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Tells whether something happens that happens `per_thousand` times in a thousand.
    pub(crate) fn happens(&mut self, per_thousand: u32) -> bool {
        self.bits() % 1000 < u64::from(per_thousand)
    }

    /// Returns a duration in `range`, its start if the range is empty; in whole microseconds.
    pub(crate) fn between(&mut self, range: &Range<Duration>) -> Duration {
        let (start, end) = (range.start.as_micros(), range.end.as_micros());
        let width = u64::try_from(end.saturating_sub(start)).unwrap_or(u64::MAX);
        match width {
            0 => range.start,
            width => range.start + Duration::from_micros(self.bits() % width),
        }
    }

    /// Returns a version 4 UUID (RFC 9562, section 5.4) in lower case.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        let high = (high & !0xF000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}
