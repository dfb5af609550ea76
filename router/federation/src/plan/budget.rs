//! The bound on planning: every unit of search pays a step, and a flag stops it from outside.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::PlanError;

/// Steps left for one plan. The clock is not ours to read: a step is a bounded amount of work.
#[derive(Debug)]
pub struct Budget {
    total: u64,
    left: u64,
    cancel: Option<Arc<AtomicBool>>,
    /// Stays set: a step refused deep in the search is refused again further up.
    cancelled: bool,
}

impl Budget {
    pub fn new(steps: u64, cancel: Option<Arc<AtomicBool>>) -> Self {
        Self { total: steps, left: steps, cancel, cancelled: false }
    }

    /// Pays one step.
    ///
    /// # Errors
    /// When none is left, or the caller cancelled.
    pub fn step(&mut self) -> Result<(), PlanError> {
        if self.left == 0 {
            return Err(PlanError::Budget { steps: self.total });
        }
        self.left -= 1;
        // Looking at the flag is a shared memory read; every 64th step is often enough.
        if self.left.is_multiple_of(64) {
            self.cancelled |= self.cancel.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
        }
        if self.cancelled { Err(PlanError::Cancelled) } else { Ok(()) }
    }

    /// How many steps have been paid.
    pub fn spent(&self) -> u64 {
        self.total - self.left
    }
}
