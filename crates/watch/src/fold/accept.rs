//! `--accept-journal`: a store goes on with a journal that is not, or not any more, the one it was made of.
//!
//! Shape: where the two stand → a place from which the fold goes on, told in the store as uncovered time. Units: seqs. Errors: those
//! of both. Source: DESIGN.md §1, fine print 3.

use super::WatchError;
use journal::Journal;
use store::Store;

/// Accepts another journal, or a gap, by standing where the journal begins.
pub(super) async fn accept(journal: &Journal, store: &Store) -> Result<(), WatchError> {
    let Some((cursor, mark)) = store.place().await? else { return Ok(()) };
    let (trimmed, head) = (journal.trimmed_through().await?, journal.head().await?);
    let foreign = cursor.journal != journal.id().as_str();
    let lost = trimmed > cursor.applied.min(mark.checkpoint);
    if foreign || lost || cursor.applied > head.max(trimmed) {
        // Places in the journal are keys in the store: a journal that counts from 1 again goes on above them. What follows
        // the store's place and is still there is folded.
        let from = match () {
            () if trimmed > cursor.applied => trimmed,
            () if !foreign && cursor.applied <= head => cursor.applied,
            () => cursor.applied.max(head),
        };
        journal.raise_above(from).await?;
        let uncovered = format!(
            "journal {} at input {} given up for {} at {from}",
            cursor.journal,
            cursor.applied,
            journal.id()
        );
        tracing::warn!(uncovered, "--accept-journal: the gap is uncovered time");
        store.adopt(journal.id().as_str(), from, &uncovered).await?;
    }
    Ok(())
}
