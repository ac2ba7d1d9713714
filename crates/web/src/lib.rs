//! Answer people: the API with its live stream, health and metrics, the console.
//!
//! Shape: requests → answers from what [`Sources`] hands over, errors as problem+json. Units: in the names. Errors:
//! [`WebError`] before the first request, problems later. Source: DESIGN.md §2, `ux.md` §5; RFC 9457.
//!
//! Health and metrics tell of no vehicle and no person, and answer anybody. Everything else needs a user, a right of the
//! table in [`rights`], and where it shows where a car is also a purpose and a line of the audit log.

pub mod accounts;
mod alerts;
mod asked;
mod audit;
mod authentication;
mod book;
mod caller;
mod commands;
mod config;
mod console;
mod content_policy;
mod deliveries;
mod description;
mod desk;
mod devices;
mod entity_tag;
mod error;
mod fleet;
mod frames;
mod gate;
mod gauges;
mod health;
mod idempotency;
mod imports;
mod list;
mod loans;
mod lockout;
mod me;
mod passwords;
mod places;
mod ports;
mod positions;
mod problem;
mod quarantine;
mod recorder;
mod request_id;
mod reread;
mod rights;
mod roles;
mod routes;
mod rules_desk;
mod scope;
mod secret;
mod server;
mod session;
mod sheet;
mod sign_in;
mod stream;
mod system;
mod teams;
#[cfg(test)]
mod testing;
mod text;
mod tokens;
mod totp;
mod users;
mod vault;
mod vehicles;
mod waiting;

pub use config::{Config, Datum, Tiles};
pub use error::WebError;
pub use health::{Applied, Health};
pub use ports::{Port, Ports, Traffic};
pub use recorder::install_recorder;
pub use reread::Reread;
pub use routes::openapi_json;
pub use server::{Sources, Web};

// The binary hands the recorder's handle from one function here to another.
pub use metrics_exporter_prometheus::PrometheusHandle;
