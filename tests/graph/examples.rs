//! Every operation of frontend-examples/queries works as it stands there.
