//! Inputs that are nearly good, and each the same for ever for its seed.

/// A small generator of our own (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// A good input with one to three changes.
pub(super) fn mutated(seed: u64, corpus: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(3) {
        change(&mut random, &mut input, corpus, words);
    }
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str]) {
    let at = random.below(input.len() + 1);
    let end = (at + 1 + random.below(24)).min(input.len());
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.below(256) as u8,
        2 => input.insert(at, random.below(256) as u8),
        3 => drop(input.drain(at.min(end)..end)),
        4 => {
            let piece = input[at.min(end)..end].to_vec();
            let to = random.below(input.len() + 1);
            input.splice(to..to, piece);
        }
        5 => {
            let other = &corpus[random.below(corpus.len())];
            let from = random.below(other.len());
            let to = (from + random.below(64)).min(other.len());
            input.splice(at.min(end)..end, other[from..to].iter().copied());
        }
        6 if !words.is_empty() => {
            let word = words[random.below(words.len())];
            input.splice(at.min(end)..end, word.bytes());
        }
        _ => input.truncate(at),
    }
}
