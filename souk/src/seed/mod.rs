//! The demo: people who can sign in, and a catalogue with stock. Loaded through the front door, as a member of
//! staff would, and again without harm.

mod catalogue;
mod graph;
mod load;
mod people;

pub use graph::{Graph, sign_in};
pub use load::{Shop, is_loaded, load, mark_loaded, wait_for_graph};
pub use people::{logins, write_people};
