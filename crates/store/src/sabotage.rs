//! A negative control of the fault stories: the fold's place is committed apart from its rows, and before them.
//!
//! Shape: compiled in by the feature `sabotage` only; does nothing unless the environment asks for it by name, as
//! `journal::sabotage` lists it. Errors: those of a commit. Source: DESIGN.md §1, fine print 1.

use sqlx::{Executor, raw_sql};
use std::time::Duration;

/// Commits what there is of a transaction, and begins another for the rest.
pub(crate) async fn come_apart<C>(connection: &mut C) -> Result<(), sqlx::Error>
where
    for<'c> &'c mut C: Executor<'c>,
{
    if std::env::var_os("LIENWATCH_SABOTAGE").is_some_and(|asked| asked == "cursor_apart") {
        raw_sql("COMMIT").execute(&mut *connection).await?;
        tokio::time::sleep(DAWDLE).await;
        raw_sql("BEGIN").execute(connection).await?;
    }
    Ok(())
}

/// So long that a kill at any moment is likely to come between the two.
const DAWDLE: Duration = Duration::from_millis(100);
