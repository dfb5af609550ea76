//! Targets with a known fault: the campaign finds it and names its seed.

use std::hint::black_box;

use crate::{Input, Target, campaign::Campaign, worker::Task};

/// Innocent until its seed.
struct Faulty {
    seed: u64,
    fault: fn(),
}

impl Target for Faulty {
    fn input(&self, seed: u64) -> Input {
        Input { scene: 0, files: vec![("seed.txt".to_owned(), seed.to_string())] }
    }

    fn answer(&self, input: &Input) -> Result<bool, String> {
        if input.files[0].1 == self.seed.to_string() {
            (self.fault)();
        }
        Ok(true)
    }
}

fn found(test: &'static str, input_ms: u64, fault: fn()) -> String {
    let task = Task { from: 3, count: 20, input_ms, memory_kib: 128 << 10, ..Task::default() };
    Campaign { test, task }.run(&Faulty { seed: 9, fault }).map(|summary| summary.to_string()).unwrap_err()
}

fn spin() {
    while black_box(true) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_panic_is_named_by_its_seed() {
    let told = found("faulty::a_panic_is_named_by_its_seed", 2_000, || panic!("on purpose"));
    assert!(told.contains("seed 9 ") && told.contains("faulty.rs") && told.contains("on purpose"), "{told}");
}

#[test]
fn a_hang_is_named_by_its_seed() {
    let told = found("faulty::a_hang_is_named_by_its_seed", 300, spin);
    assert!(told.contains("seed 9 ") && told.contains("a hang"), "{told}");
}

#[test]
fn an_overflow_of_the_stack_is_named_by_its_seed() {
    fn deeper(level: u64) -> u64 {
        black_box(level + black_box([level; 64]).len() as u64) + if black_box(true) { deeper(level + 1) } else { 0 }
    }
    let told = found("faulty::an_overflow_of_the_stack_is_named_by_its_seed", 2_000, || {
        black_box(deeper(0));
    });
    assert!(told.contains("seed 9 ") && told.contains("died"), "{told}");
}

#[test]
fn memory_beyond_its_ceiling_is_named_by_its_seed() {
    let told = found("faulty::memory_beyond_its_ceiling_is_named_by_its_seed", 2_000, || {
        // Twice what is allowed, and held.
        let hoard = vec![1_u8; 256 << 20];
        while black_box(&hoard).len() > 1 {
            std::hint::spin_loop();
        }
    });
    assert!(told.contains("seed 9 ") && told.contains("too much memory"), "{told}");
}
