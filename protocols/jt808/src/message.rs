//! One module a message: its table, its reader, its writer where we send it, its explanation.

pub(crate) mod authenticate;
pub(crate) mod batch;
pub(crate) mod general;
pub(crate) mod link;
pub(crate) mod location;
pub(crate) mod parameters;
pub(crate) mod properties;
pub(crate) mod register;
