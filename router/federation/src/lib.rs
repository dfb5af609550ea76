//! The federation engine: text in, values out.
//!
//! It owns composition (subgraph schemas into one supergraph), the model of a supergraph (read from any
//! standard join-spec SDL, whoever printed it), and planning (one client operation into requests to subgraphs).
//! It never opens a socket, reads a file, looks at a clock or starts a task: the router does.
//!
//! ```text
//! subgraph SDLs ──compose──> supergraph SDL ──supergraph──> Supergraph (model + API schema)
//!                                                              │
//!                                        client operation ──plan──> Plan ──> the router's executor
//! ```

pub mod compose;
pub mod plan;
pub mod supergraph;

pub use compose::{CompositionError, ErrorCode, Subgraph, compose};
pub use supergraph::{Supergraph, SupergraphError};
