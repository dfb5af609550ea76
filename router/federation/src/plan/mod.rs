//! Planning: one client operation into requests to subgraphs.

pub mod nodes;
