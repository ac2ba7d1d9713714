//! How long the fold waits for what is no step of its own.
//!
//! Shape: a call to the store in, its answer out. Errors: [`StoreError::Down`] where there is none in time.

use std::future::Future;
use std::time::Duration;
use store::StoreError;
use tokio::time::timeout;

/// The store's answer, if it comes in time.
pub(crate) async fn answered<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let answer = timeout(ANSWER_MAX, call).await;
    answer.unwrap_or_else(|_| Err(StoreError::Down("no answer for too long".into())))
}

/// Such a call takes milliseconds; nothing is folded while a store that hangs is waited for.
const ANSWER_MAX: Duration = Duration::from_secs(10);
