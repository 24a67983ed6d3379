//! Chance that can be repeated.

/// SplitMix64: the same seed gives the same commands.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }

    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.roll() % u64::try_from(to - from).unwrap()).unwrap()
    }

    pub fn of(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }
}
