//! The provider through its HTTP door.

mod actions;
mod charges;
mod crash;
mod harness;
mod tokens;
