//! The only place where randomness is read; the domain takes it as an argument.

use rand::RngCore as _;

/// Random bytes, e.g. the ten of an id: `OrderId::new(clock::now(), random::bytes())`.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A factor in 0.5..1.5 for delays, so that retries of many do not fall together.
pub fn jitter() -> f64 {
    rand::Rng::random_range(&mut rand::rng(), 0.5..1.5)
}
