//! One module a message or a family of them: its table, its reader, its writer where we send it, its explanation.

pub(crate) mod authenticate;
pub(crate) mod batch;
pub(crate) mod compact;
pub(crate) mod driver;
pub(crate) mod general;
pub(crate) mod link;
pub(crate) mod location;
pub(crate) mod media;
pub(crate) mod menu;
pub(crate) mod missing;
pub(crate) mod order;
pub(crate) mod parameters;
pub(crate) mod properties;
pub(crate) mod register;
pub(crate) mod report;
pub(crate) mod transparent;
pub(crate) mod vehicle;
pub(crate) mod vendor;
