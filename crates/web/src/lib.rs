//! Answer people: health and metrics; later the API, live stream and console.
//!
//! Shape: requests → answers from what [`Health`] is handed, errors as problem+json. Units: in the names. Errors:
//! [`WebError`] before the first request, none later. Source: DESIGN.md §2, `ux.md` §5; RFC 9457.
//!
//! Nothing here tells of a vehicle or a person, since nobody has logged in: no route reads a position or a loan, no
//! metric has a terminal or a vehicle in its labels. Routes that do come with users, roles and an audit line.

mod config;
mod error;
mod gauges;
mod health;
mod page;
mod problem;
mod recorder;
mod routes;
mod server;

pub use config::Config;
pub use error::WebError;
pub use health::{Applied, Health};
pub use recorder::install_recorder;
pub use server::Web;

// The binary hands the recorder's handle from one function here to another.
pub use metrics_exporter_prometheus::PrometheusHandle;
