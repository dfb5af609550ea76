//! draft
use crate::{compose::report::Report, supergraph::Draft};
pub fn check(_d: &Draft, _r: &mut Report) {}
