//! The tests' own PostgreSQL: it comes up, survives a crash under the same URL, and leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use sqlx::{Connection as _, PgConnection};
use stories::postgres::Postgres;

async fn fsync(url: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let row: (String,) =
        sqlx::query_as("SELECT current_setting('fsync')").fetch_one(&mut connection).await.unwrap();
    row.0
}

#[tokio::test]
async fn a_private_postgres_comes_back_after_a_crash_and_leaves_nothing_behind() {
    let postgres = Postgres::start().unwrap();
    let url = postgres.create_database("crash").await.unwrap();
    assert_eq!(fsync(&url).await, "on");
    postgres.stop_immediate().unwrap();
    assert!(PgConnection::connect(&url).await.is_err());
    postgres.start_again().unwrap();
    assert_eq!(fsync(&url).await, "on");
    let folder = url.split_once("host=").unwrap().1.replace("%2F", "/");
    assert!(std::path::Path::new(&folder).is_dir());
    drop(postgres);
    assert!(!std::path::Path::new(&folder).exists());
}
