//! Derived rows in, rows out; SQLite and PostgreSQL, one SQL text.
//!
//! Shape: the fold hands over a [`Batch`], which is committed whole with the place it has reached, or not at all;
//! everybody else reads. Units: see the migrations. Errors: [`StoreError`] says whether to wait, to begin again or to
//! stop. Source: DESIGN.md §5.

mod alerts;
mod audits;
mod backend;
mod batch;
mod bulk;
mod commands;
mod devices;
mod dialect;
mod error;
mod fold;
mod former;
mod frames;
mod history;
mod imports;
mod inbox;
mod loans;
mod log;
mod outbox;
mod people;
mod positions;
mod record;
mod retention;
#[cfg(feature = "sabotage")]
mod sabotage;
mod scope;
mod stays;
mod stock;
mod tracks;
mod value;
mod vehicles;
mod world;

pub use alerts::{AlertQuery, VERDICTS_MAX};
pub use audits::AuditQuery;
pub use backend::{Config, Settled, Store};
pub use batch::{
    AlertHistoryRow, ArchiveRow, AuditRow, Batch, BindingRow, BookRow, ChunkRow, CommandRow, CoverageRow,
    DeliveryRow, EarshotRow, Former, FormerLoan, FrameRow, FrozenProfileRow, LoanEventRow, LoanNotes,
    LoanRow, OutageRow, OutboxRow, OutboxState, OutcomeRow, Owed, PlaceRow, PositionRow, QuarantineRow,
    RevertedBook, RuleSetRow, StateRow, StayRow, TerminalRow, TerminalStatus, ToldAt, UsualPlacesRow,
    VehicleRow,
};
pub use devices::{DeviceRow, Listed, Listing};
pub use error::StoreError;
pub use fold::{Cursor, Mark};
pub use former::ToldSince;
pub use frames::{FrameQuery, Knocking};
pub use history::{HistoryQuery, HistoryRow};
pub use imports::{ImportKind, ImportRow, ImportState, Rollback};
pub use inbox::{AlertDelivery, AlertHistoryLine, InboxCounts, InboxKey, InboxQuery, InboxRow, Tab};
pub use loans::{LastPlace, LoanQuery};
pub use log::{Direction, LogKey, LogRow};
pub use outbox::{DueEntry, OutboxEntry, OutboxPart};
pub use people::{
    Attempts, Changed, Kept, Membership, NewUser, SessionRow, Team, TeamRow, TokenRow, UserEdit, UserRow,
};
pub use positions::{PositionQuery, PositionRecord, Stored};
pub use record::{OutboxTimes, PublishedRules, Verdicts};
pub use retention::Retired;
pub use stock::{Berth, DeviceQuery, DeviceRecord};
pub use tracks::{Heading, Seen, Stretch, TrackPoint};
pub use vehicles::{LiveAlerts, MapBox, VehicleQuery, VehicleRecord};
pub use world::{StateRecord, World};
