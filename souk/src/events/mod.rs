//! `souk events`: what lies in the topics, for people. What no consumer could take is listed and sent again; the
//! events of one aggregate are shown.
//!
//! ```text
//! broker ──> records (by assignment, no group) ──> letters ──> shown
//!                                              │           └─> replay ──> the topic they came from
//!                                              └> history ──> shown
//! ```
//! It deletes nothing and commits no offset. Whether a record that is sent again has an effect is decided by each
//! consumer's inbox and version gate, and nobody here can know it.

mod history;
mod letters;
mod record;
mod replay;
#[cfg(test)]
mod tests;

pub use history::{Happened, history};
pub use letters::{Letter, letters};
pub use record::Place;
pub use replay::{Choice, replay};
