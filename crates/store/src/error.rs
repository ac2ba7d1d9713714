//! What can go wrong with the store, split by what the caller does next.

/// A store error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is starting, stopping or full: wait and try again.
    #[error("the database is not available: {0}")]
    Down(String),
    /// Another owner has moved the cursor: begin again at the cursor, or stop.
    #[error("another process folds into this store (it moved the cursor from under us)")]
    Fenced,
    /// The database is not what this program expects: stop and tell a person.
    #[error("{0}")]
    Unusable(String),
    /// A row or statement is not what this program wrote: a defect.
    #[error("defect in the store: {0}")]
    Bug(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Self::Down(error.to_string()),
            sqlx::Error::Database(database) if passes(database.code().as_deref()) => {
                Self::Down(error.to_string())
            }
            _ => Self::Bug(error.to_string()),
        }
    }
}

/// Whether a database's error code names a state that passes by itself.
fn passes(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    // SQLite: busy, locked, full, I/O. PostgreSQL: connection, resources, operator intervention, system, rollback.
    // PostgreSQL's have five characters, and some are all digits; SQLite's are shorter numbers.
    if code.len() == 5 {
        return ["08", "53", "57", "58", "40"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xFF, 5 | 6 | 10 | 13))
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Bug(format!("a stored JSON body does not read back: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_passes_is_told_from_a_defect() {
        for code in ["5", "261", "13", "57P01", "08006", "53300", "40001"] {
            assert!(passes(Some(code)), "{code}");
        }
        for code in ["1", "19", "23505", "42P01", "22021"] {
            assert!(!passes(Some(code)), "{code}");
        }
    }
}
