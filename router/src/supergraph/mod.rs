//! Where the supergraph comes from and how it changes while requests run.
//!
//! ```text
//! registry ──follow──> book (what ought to be served) ──gate──> compose ──> Graph ──swap──> LiveGraph
//!              └─sdl─> SDLs by hash                        └─refused: report, metrics, log
//! files ─────────────────────────────────────────────────────> Graph ──swap──> LiveGraph
//! ```

mod book;
mod compatible;
pub mod files;
mod follow;
mod gate;
mod graph;
mod live;
mod persist;
mod publish;
mod sdl;

pub(crate) use follow::{FollowConfig, Follower};
pub(crate) use graph::{Core, Discovered, Graph, Route};
pub(crate) use live::{LiveGraph, Report};
