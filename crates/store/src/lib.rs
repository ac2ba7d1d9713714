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
mod history;
mod loans;
mod outbox;
mod people;
mod positions;
mod retention;
#[cfg(feature = "sabotage")]
mod sabotage;
mod stays;
mod tracks;
mod value;
mod world;

pub use alerts::{AlertQuery, VERDICTS_MAX};
pub use audits::AuditQuery;
pub use backend::{Config, Settled, Store};
pub use batch::{
    ArchiveRow, AuditRow, Batch, BindingRow, BookRow, ChunkRow, CommandRow, CoverageRow, DeliveryRow,
    EarshotRow, FrameRow, FrozenProfileRow, LoanEventRow, LoanNotes, LoanRow, OutageRow, OutboxRow,
    OutboxState, OutcomeRow, Owed, PlaceRow, PositionRow, QuarantineRow, RuleSetRow, StateRow, StayRow,
    TerminalRow, TerminalStatus, ToldAt, UsualPlacesRow, VehicleRow,
};
pub use devices::{DeviceRow, Listed, Listing};
pub use error::StoreError;
pub use fold::{Cursor, Mark};
pub use history::{HistoryQuery, HistoryRow};
pub use loans::LastPlace;
pub use outbox::DueEntry;
pub use people::{Attempts, Changed, Kept, NewUser, SessionRow, TokenRow, UserEdit, UserRow};
pub use positions::{PositionQuery, PositionRecord, Stored};
pub use retention::Retired;
pub use tracks::{Stretch, TrackPoint};
pub use world::{StateRecord, World};
