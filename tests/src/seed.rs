//! Random choices that a printed number makes again.

/// A small generator (splitmix64): the same seed gives the same choices on every machine.
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    /// Begins with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Begins with the seed in the environment variable `TRAIL_SEED`, or else with `seed`.
    #[must_use]
    pub fn from_env_or(seed: u64) -> Self {
        let given = std::env::var("TRAIL_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        Self(given.unwrap_or(seed))
    }

    /// Returns the number to begin with for the same choices from here on.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.0
    }

    /// Returns the next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Returns a number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("lengths fit into 64 bits");
        usize::try_from(self.bits() % limit).expect("it is below a length")
    }

    /// Tells whether something happens that happens `per_thousand` times in a thousand.
    pub fn happens(&mut self, per_thousand: u32) -> bool {
        self.bits() % 1000 < u64::from(per_thousand)
    }

    /// Returns one of `choices`, of which there must be some.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
