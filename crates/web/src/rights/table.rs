//! Every route of the interface, group by group. Units: bytes of a body. A path is written as the router knows it.
//!
//! Deny by default: what is not here is not found, even where a handler exists.

use super::Access::{Anyone, Known, Person, With};
use super::Patience::{Endless, Long};
use super::Verb::{Delete, Get, Patch, Post, Put};
use super::{Access, Entry, Right, Verb};

const fn route(verb: Verb, path: &'static str, access: Access) -> Entry {
    Entry::new(verb, path, access)
}

#[rustfmt::skip]
pub(crate) static TABLE: &[Entry] = &[
    // How one comes in.
    route(Get,    "/setup", Anyone),
    route(Post,   "/setup", Anyone),
    route(Post,   "/login", Anyone),
    route(Post,   "/invites:accept", Anyone),
    route(Post,   "/logout", Person),
    route(Get,    "/me", Known),
    route(Put,    "/me/password", Person),
    route(Post,   "/me/totp", Person).shown_once(),
    route(Post,   "/me/totp:confirm", Person),
    route(Delete, "/me/totp", Person),
    route(Put,    "/me/locale", Person),

    // Users, teams, tokens, audit.
    route(Get,    "/users", With(Right::UsersRead)),
    route(Post,   "/users", With(Right::UsersWrite)).shown_once(),
    route(Get,    "/users/{id}", With(Right::UsersRead)),
    route(Patch,  "/users/{id}", With(Right::UsersWrite)),
    route(Post,   "/users/{id}/invite", With(Right::UsersWrite)).shown_once(),
    route(Get,    "/roles", With(Right::UsersRead)),
    route(Get,    "/teams", With(Right::UsersRead)),
    route(Post,   "/teams", With(Right::UsersWrite)),
    route(Get,    "/teams/{id}", With(Right::UsersRead)),
    route(Patch,  "/teams/{id}", With(Right::UsersWrite)),
    route(Delete, "/teams/{id}", With(Right::UsersWrite)),
    route(Get,    "/tokens", With(Right::TokensWrite)),
    route(Post,   "/tokens", With(Right::TokensWrite)).shown_once(),
    route(Delete, "/tokens/{id}", With(Right::TokensWrite)),
    route(Get,    "/audit", With(Right::AuditRead)).patience(Long),
    route(Get,    "/audit/head", With(Right::AuditRead)).patience(Long),

    // Alerts.
    route(Get,    "/alerts", With(Right::AlertsRead)).patience(Long),
    route(Get,    "/alerts/counts", With(Right::AlertsRead)),
    route(Get,    "/alerts/{id}", With(Right::AlertsRead)),
    route(Get,    "/alerts/{id}/evidence", With(Right::TracksRead)),
    route(Post,   "/alerts/{id}/ack", With(Right::AlertsAct)),
    route(Post,   "/alerts/{id}/unack", With(Right::AlertsAct)),
    route(Post,   "/alerts/{id}/assign", With(Right::AlertsAct)),
    route(Post,   "/alerts/{id}/snooze", With(Right::AlertsAct)),
    route(Post,   "/alerts/{id}/note", With(Right::AlertsAct)),
    route(Post,   "/alerts/{id}/close", With(Right::AlertsAct)),
    route(Post,   "/alerts:bulk", With(Right::AlertsAssign)).body(BULK_BYTES_MAX).patience(Long),

    // Vehicles and where they are.
    route(Get,    "/vehicles", With(Right::VehiclesRead)).patience(Long),
    route(Get,    "/vehicles/{id}", With(Right::VehiclesRead)),
    route(Get,    "/vehicles/{id}/state", With(Right::TracksRead)),
    route(Get,    "/vehicles/{id}/track", With(Right::TracksRead)).patience(Long),
    route(Get,    "/vehicles/{id}/strip", With(Right::VehiclesRead)),
    route(Get,    "/vehicles/{id}/stays", With(Right::TracksRead)),
    route(Get,    "/vehicles/{id}/trips", With(Right::TracksRead)).patience(Long),
    route(Get,    "/vehicles/{id}/viewers", With(Right::ViewersRead)),
    route(Get,    "/vehicles/{id}/whereabouts", With(Right::TracksRead)),
    route(Get,    "/fleet", With(Right::TracksRead)),

    // The log of what devices say.
    route(Get,    "/positions", With(Right::PositionsRead)).patience(Long),
    route(Get,    "/frames", With(Right::FramesRead)),
    route(Get,    "/frames/{seq}", With(Right::FramesRead)),
    route(Post,   "/frames:decode", With(Right::FramesRead)).body(FRAMES_BYTES_MAX),

    // Devices.
    route(Get,    "/devices", With(Right::DevicesRead)).patience(Long),
    route(Get,    "/devices/{terminal}", With(Right::DevicesRead)),
    route(Post,   "/devices/{terminal}/bind", With(Right::DevicesWrite)),
    route(Post,   "/devices/{terminal}/unbind", With(Right::DevicesWrite)),
    route(Put,    "/devices/{terminal}/profile", With(Right::DevicesWrite)),
    route(Get,    "/quarantine", With(Right::DevicesRead)),
    route(Post,   "/quarantine/{terminal}/approve", With(Right::DevicesWrite)),
    route(Post,   "/quarantine/{terminal}/reject", With(Right::DevicesWrite)),
    route(Get,    "/commands", With(Right::CommandsSend)),
    route(Post,   "/commands", With(Right::CommandsSend)),
    route(Get,    "/commands/{id}", With(Right::CommandsSend)),
    route(Post,   "/commands/{id}/cancel", With(Right::CommandsSend)),
    route(Get,    "/waiting", With(Right::DevicesRead)),

    // Places and rules.
    route(Get,    "/places", With(Right::PlacesRead)).patience(Long),
    route(Put,    "/places/{id}", With(Right::PlacesWrite)).body(PLACE_BYTES_MAX),
    route(Delete, "/places/{id}", With(Right::PlacesWrite)),
    route(Post,   "/places:import", With(Right::PlacesWrite)).body(IMPORT_BYTES_MAX).patience(Long),
    route(Get,    "/places/candidates", With(Right::PlacesWrite)).patience(Long),
    route(Get,    "/rules", With(Right::RulesRead)),
    route(Get,    "/rules/versions", With(Right::RulesRead)),
    route(Put,    "/rules", With(Right::RulesWrite)).body(RULES_BYTES_MAX),
    route(Post,   "/rules:check", With(Right::RulesWrite)).body(RULES_BYTES_MAX),
    route(Post,   "/rules:backtest", With(Right::RulesWrite)).body(RULES_BYTES_MAX),
    route(Get,    "/rules/backtests", With(Right::RulesWrite)),
    route(Get,    "/rules/backtests/{id}", With(Right::RulesWrite)),
    route(Delete, "/rules/backtests/{id}", With(Right::RulesWrite)),

    // Loans.
    route(Get,    "/loans", With(Right::LoansRead)).patience(Long),
    route(Get,    "/loans/{contract}", With(Right::LoansRead)),
    route(Put,    "/loans/{contract}", With(Right::ImportsRun)),
    route(Post,   "/loans:batch", With(Right::ImportsRun)).body(IMPORT_BYTES_MAX).patience(Long),
    route(Post,   "/events/loan", With(Right::LoansTell)),
    route(Get,    "/imports", With(Right::ImportsRun)),
    route(Post,   "/imports", With(Right::ImportsRun)).body(IMPORT_BYTES_MAX).patience(Long),
    route(Get,    "/imports/{id}", With(Right::ImportsRun)),
    route(Post,   "/imports/{id}/apply", With(Right::ImportsRun)).patience(Long),
    route(Post,   "/imports/{id}/rollback", With(Right::ImportsRun)).patience(Long),
    route(Post,   "/imports/{id}/discard", With(Right::ImportsRun)),
    route(Get,    "/imports/{id}/rejects.csv", With(Right::ImportsRun)).patience(Long),
    route(Get,    "/books", With(Right::ImportsRun)),

    // The server itself. What a stream shows is decided topic by topic.
    route(Get,    "/deliveries", With(Right::SystemRead)),
    route(Get,    "/system", With(Right::SystemRead)),
    route(Get,    "/wall", With(Right::WallRead)),
    route(Get,    "/stream", Known).patience(Endless),
];

/// A thousand alert ids.
const BULK_BYTES_MAX: usize = 64 * 1024;
/// A few hundred frames in hex.
const FRAMES_BYTES_MAX: usize = 256 * 1024;
/// An input of the journal holds 64 KiB; a polygon is larger as GeoJSON.
const PLACE_BYTES_MAX: usize = 1024 * 1024;
/// The journal takes no rule set of more than 64 KiB; as JSON text it grows.
const RULES_BYTES_MAX: usize = 256 * 1024;
/// 100,000 loans are some 30 MB.
const IMPORT_BYTES_MAX: usize = 64 * 1024 * 1024;
