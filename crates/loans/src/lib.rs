//! Loan files and batches to validated inputs.
//!
//! Shape: [`read_loans`], [`read_bindings`] and [`read_events`] turn a lender's CSV into rows and rejects, [`diff`] says what a file
//! would change, [`book_inputs`] makes the journal's inputs. Units: money in fen, dates in the loan's own zone.
//! Errors: [`FileError`] = the file is of no use; [`Reject`] = one cell is, and costs its row only.
//! Source: DESIGN.md §6; `domain.md` §6; `reliability.md` B43, B44, B46, F33.

mod accepted;
mod address;
mod batch;
mod binding_file;
mod book;
mod cell;
mod chunk;
mod column;
mod date;
mod diff;
mod error;
mod event_file;
mod loan_row;
mod money;
mod portion;
mod reject;
mod repeat;
mod row;
mod sheet;
mod table;
mod text;

pub use accepted::{AcceptedColumn, binding_columns, event_columns, loan_columns};
pub use batch::read_loan_batch;
pub use binding_file::{BindingFile, BindingOptions, read_bindings};
pub use book::{FileOptions, LoanFile, REJECTS_KEPT_MAX, read_loans};
pub use chunk::{ActivationOrder, CHUNK_BYTES_MAX, book_chunks, book_inputs};
pub use diff::{
    Change, Comparison, Diff, Group, InForce, Move, NAMED_MAX, ROW_FALL_PERCENT_MAX, diff, fall_percent,
};
pub use error::FileError;
pub use event_file::{EventFile, REASON_BYTES_MAX, read_events};
pub use portion::{LeftOut, address_actions, binding_actions, event_actions, left_out, twins};
pub use reject::{Reject, RejectReason, VALUE_SHOWN_MAX};
pub use sheet::{harmless, write_bindings_csv, write_loans_csv, write_rejects_csv};
pub use text::read_text;
