//! A loan file → the inputs that put it in force: inert chunks of rows, then one small activation.
//!
//! Shape: [`book_chunks`] is lazy, so that the rows are not held twice. Units: bytes as the journal encodes them.
//! Source: DESIGN.md §1, fine print 2 (an input has at most 64 KiB).

use crate::LoanFile;
use model::input::{Action, BookActivation, Human};
use model::{Input, InputId, Loan};

/// Who puts a book in force, and how.
#[derive(Debug, Clone)]
pub struct ActivationOrder {
    /// The book's own id, chosen by the caller; the same for chunks and activation.
    pub book: String,
    /// The caller-made id of the activation.
    pub id: InputId,
    /// Who.
    pub actor: String,
    /// A fall of more than [`crate::ROW_FALL_PERCENT_MAX`] percent is wanted.
    pub accept_fall: bool,
}

/// Everything to append, in this order: the chunks, then the activation.
pub fn book_inputs(file: &LoanFile, order: &ActivationOrder) -> (Vec<Input>, Input) {
    let activation = BookActivation {
        book: order.book.clone(),
        lender: file.lender.clone(),
        as_of: file.as_of,
        rows: u32::try_from(file.loans.len()).unwrap_or(u32::MAX),
        complete: file.is_complete(),
        accept_fall: order.accept_fall,
    };
    let human =
        Human { id: order.id.clone(), actor: order.actor.clone(), action: Action::ActivateBook(activation) };
    (book_chunks(file, &order.book).collect(), Input::Human(Box::new(human)))
}

/// The chunks alone, made one at a time.
pub fn book_chunks<'a>(file: &'a LoanFile, book: &'a str) -> impl Iterator<Item = Input> + 'a {
    let mut rest = file.loans.as_slice();
    let mut first_row = 0;
    std::iter::from_fn(move || {
        let (chunk, after) = rest.split_at_checked(rows_that_fit(rest, book))?;
        if chunk.is_empty() {
            return None;
        }
        rest = after;
        let input = Input::BookChunk { book: book.to_owned(), first_row, loans: chunk.to_vec() };
        first_row += u32::try_from(chunk.len()).unwrap_or(0);
        Some(input)
    })
}

/// At least one, as long as there is one: a row alone is far below the limit.
fn rows_that_fit(loans: &[Loan], book: &str) -> usize {
    let mut bytes = CHUNK_HEAD_BYTES + book.len();
    let fits = |loan: &&Loan| {
        bytes += encoded_bytes_max(loan);
        bytes < CHUNK_BYTES_MAX
    };
    loans.iter().take_while(fits).count().max(1).min(loans.len())
}

/// Never less than the row's encoded size.
fn encoded_bytes_max(loan: &Loan) -> usize {
    let texts = [loan.contract.0.as_str(), &loan.lender.0, loan.time_zone.name()];
    let texts = texts.into_iter().chain(loan.risk_grade.as_deref()).chain(loan.actual_user.as_deref());
    LOAN_FIXED_BYTES_MAX + texts.map(str::len).sum::<usize>()
}

/// Three quarters of the 64 KiB that an input may have, so that the estimate may be off.
pub const CHUNK_BYTES_MAX: usize = 48 * 1024;
/// Two vehicle ids (66), four dates (48), two amounts and two instants (41), lengths, flags and counts (40).
const LOAN_FIXED_BYTES_MAX: usize = 200;
/// Variant, lengths and first row.
const CHUNK_HEAD_BYTES: usize = 32;
