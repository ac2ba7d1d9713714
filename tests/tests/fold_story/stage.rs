//! A journal in a temp folder, and stores that are folded from it.

use crate::history::Happening;
use crate::replaying::Said;
use journal::{ClockSpec, FoldLock, Item, Journal};
use model::{Alert, Input, Seq};
use store::{AlertQuery, Store};
use stories::postgres::Postgres;
use stories::rows::Rows;
use tempfile::TempDir;
use watch::Fold;

/// A journal, and the folder it and its SQLite stores are in.
pub(crate) struct Stage {
    folder: TempDir,
    journal: Journal,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(journal::Config::default()).await
    }

    /// With a journal of one's own making.
    pub(crate) async fn with(config: journal::Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: crate::history::start() };
        let journal = Journal::open(folder.path(), config, clock).await.unwrap();
        Self { folder, journal }
    }

    /// The URL of a new SQLite store.
    pub(crate) fn sqlite(&self, name: &str) -> String {
        format!("sqlite:{}", self.folder.path().join(format!("{name}.db")).display())
    }

    /// The URL of a new PostgreSQL store.
    pub(crate) async fn postgres(&self) -> String {
        Postgres::shared().unwrap().create_database("fold").await.unwrap()
    }

    /// Appends what happens, each at its moment.
    pub(crate) async fn append(&self, happenings: &[Happening]) {
        for moment in happenings.chunk_by(|one, other| one.at == other.at) {
            self.journal.clock().step_to(moment[0].at);
            let items = moment.iter().map(|happening| Item::from(happening.input.clone())).collect();
            self.journal.append(items).await.unwrap();
        }
    }

    /// The newest input that has left the journal.
    pub(crate) async fn trimmed(&self) -> Seq {
        self.journal.trimmed_through().await.unwrap()
    }

    /// Folds on and on while `until` is waited for.
    pub(crate) async fn fold_while(&self, url: &str, until: impl Future<Output = ()>) {
        let store = connect(url).await;
        let mut fold = self.take(&store).await;
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        tokio::select! {
            ended = fold.run(stopped) => ended.unwrap(),
            () = until => {}
        }
    }

    /// Folds everything there is and stops in order.
    pub(crate) async fn fold(&self, url: &str) {
        let store = connect(url).await;
        let mut fold = self.take(&store).await;
        assert_eq!(fold.catch_up().await.unwrap(), self.journal.head().await.unwrap());
        drop(fold);
        store.close().await;
    }

    /// Folds everything there is and dies before it has written the vehicles' states.
    pub(crate) async fn fold_and_crash(&self, url: &str) {
        let store = connect(url).await;
        let mut fold = self.take(&store).await;
        let head: Seq = self.journal.head().await.unwrap();
        let mut progress = fold.progress();
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        tokio::select! {
            ended = fold.run(stopped) => ended.unwrap(),
            reached = progress.wait_for(|progress| progress.applied == head) => drop(reached.unwrap()),
        }
        assert_eq!(progress.borrow().applied, head);
        drop(fold);
        store.close().await;
    }

    /// Every alert, the oldest first.
    pub(crate) async fn alerts(&self, url: &str) -> Vec<Alert> {
        let store = connect(url).await;
        let mut alerts = store.alerts(&AlertQuery::default()).await.unwrap();
        store.close().await;
        alerts.reverse();
        alerts
    }

    /// What each frame in the journal says.
    pub(crate) async fn said(&self) -> Said {
        let (mut said, mut after) = (Said::new(), Seq(0));
        loop {
            let entries = self.journal.read(after, ROWS_MAX).await.unwrap();
            let Some(last) = entries.last() else { return said };
            after = last.seq;
            for entry in entries {
                if let Input::Reception(reception) = entry.input {
                    said.insert(entry.seq, reception.events);
                }
            }
        }
    }

    /// Takes everything that is applied away from the journal.
    pub(crate) async fn trim(&self) {
        let head = self.journal.head().await.unwrap();
        let later = self.journal.clock().now().plus(1);
        while self.journal.trim(head, later).await.unwrap() > 0 {}
        assert_eq!(self.journal.oldest().await.unwrap(), None);
    }

    async fn take(&self, store: &Store) -> Fold {
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        // No checkpoint by the clock: only those that the inputs ask for, so that a crash leaves much to step again.
        let config = watch::Config { checkpoint_s: 3600, ..watch::Config::default() };
        Fold::take(self.journal.clone(), store.clone(), config, &lock, false).await.unwrap()
    }
}

/// The rows that must be equal. What may differ is how often and from where the fold was begun.
pub(crate) async fn rows(url: &str) -> Rows {
    const LEFT_OUT: &[&str] = &[
        "fold.journal",
        "fold.fence",
        "fold.checkpoint_seq",
        "fold.checkpoint_coverage",
        "subject_states.state_seq",
        "usual_places.state_seq",
        // The version of the commit that wrote the row: it tells followers what they have not read, and is later where
        // more was folded at once.
        "terminals.changed",
    ];
    Rows::of(url, LEFT_OUT).await.unwrap()
}

pub(crate) async fn connect(url: &str) -> Store {
    Store::connect(&store::Config { url: url.to_owned(), ..store::Config::default() }).await.unwrap()
}

/// Entries read at once.
const ROWS_MAX: u32 = 4_096;
