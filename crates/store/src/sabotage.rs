//! A negative control of the fault stories: the fold's place is committed apart from its rows, and before them.
//!
//! Shape: compiled in by the feature `sabotage` only; does nothing unless the environment asks for it by name, as
//! `journal::sabotage` lists it. Errors: those of a commit. Source: DESIGN.md §1, fine print 1.

use std::time::Duration;

/// `come_apart!(transaction)` expands to a future that commits what there is of a transaction, and begins another for the
/// rest. A macro, since a transaction is another type on each database.
macro_rules! come_apart {
    ($transaction:expr) => {
        async {
            if crate::sabotage::is_asked_for() {
                sqlx::query("COMMIT").execute(&mut *$transaction).await?;
                tokio::time::sleep(crate::sabotage::DAWDLE).await;
                sqlx::query("BEGIN").execute(&mut *$transaction).await?;
            }
            Ok::<(), sqlx::Error>(())
        }
    };
}

pub(crate) use come_apart;

pub(crate) fn is_asked_for() -> bool {
    std::env::var_os("LIENWATCH_SABOTAGE").is_some_and(|asked| asked == "cursor_apart")
}

/// So long that a kill at any moment is likely to come between the two.
pub(crate) const DAWDLE: Duration = Duration::from_millis(100);
