//! What crosses the wire: the instance and its two spellings, JSON and XML.

pub(crate) mod json;
pub(crate) mod model;
mod submitted;
pub(crate) mod xml;
mod xml_tree;

pub(crate) use submitted::{Incomplete, Submitted};
