//! One data directory, opened by a command: its journal, its store, and, if no server folds, the fold.
//!
//! Shape: commands read through the store and change through [`Site::ask`]. Errors: exit codes 4, 5, 6 and 7.

mod together;

use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::Closed;
use crate::zone::Local;
use anyhow::{Context, Result};
use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, Human, Input, Outcome};
use model::{DeskAct, InputId, Timestamp};
use std::net::SocketAddr;
use store::{Store, StoreError};
pub(crate) use together::Together;
use watch::{Answer, Fold};

/// Where a server answers people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Http {
    /// Here.
    At(SocketAddr),
    /// Nowhere: it was told so.
    Off,
    /// It left no word.
    Unsaid,
}

/// A data directory that exists.
pub(crate) struct Site {
    pub(crate) journal: Journal,
    pub(crate) store: Store,
    watch: watch::Config,
    data_dir: std::path::PathBuf,
}

impl Site {
    /// Opens journal and store. A directory without a journal is an error, unless it may be begun.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let journal = open_journal(config).await?;
        let store = Store::connect(&config.store).await.context("opening the store")?;
        Ok(Self { journal, store, watch: config.watch.clone(), data_dir: config.data_dir.clone() })
    }

    /// Wants something of a site whose store may be down: then it is recorded, and done when the store is back.
    pub(crate) async fn ask_even_if_down(
        config: &Config,
        action: impl FnOnce(Timestamp) -> Action,
    ) -> Result<String> {
        let journal = open_journal(config).await?;
        let action = action(journal.clock().now());
        match Store::connect(&config.store).await {
            Ok(store) => {
                let data_dir = config.data_dir.clone();
                let site = Self { journal, store, watch: config.watch.clone(), data_dir };
                let told = site.ask(action).await;
                site.close().await;
                told
            }
            Err(StoreError::Down(_)) => {
                let human = Human { id: new_input_id(), actor: actor(), action };
                journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
                journal.close().await;
                told(Answer::Pending)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Wants something, and waits for what becomes of it.
    pub(crate) async fn ask(&self, action: Action) -> Result<String> {
        self.ask_after(Vec::new(), action).await
    }

    /// The same under an id that the caller has made, and by which what came of it is found again.
    pub(crate) async fn ask_as(&self, id: InputId, action: Action) -> Result<String> {
        told(self.answer(Human { id, actor: actor(), action }).await?)
    }

    /// The same after inputs that are inert by themselves (the rows of a book).
    pub(crate) async fn ask_after(&self, before: Vec<Input>, action: Action) -> Result<String> {
        for input in before {
            self.journal.append(vec![input.into()]).await?;
        }
        self.ask_as(new_input_id(), action).await
    }

    /// Puts the reading into the journal, whose fold writes the audit line and cannot leave it out. A fold that is behind
    /// keeps nobody from what is there.
    pub(crate) async fn witness(&self, subject: String, purpose: String) -> Result<()> {
        self.witness_in(None, subject, purpose).await
    }

    /// The same for who reads times in a zone.
    pub(crate) async fn witness_in(
        &self,
        local: Option<&Local>,
        subject: String,
        purpose: String,
    ) -> Result<()> {
        let is_served = self.is_served()?;
        let witnessed = self.witnessed(subject, purpose).await;
        if !is_served {
            self.tell_of_its_age(local).await?;
        }
        witnessed
    }

    /// Says in the audit log that what was witnessed was not shown after all, where an error stopped it.
    pub(crate) async fn tell_of_failure(&self, subject: &str, error: Option<&anyhow::Error>) {
        let Some(error) = error.filter(|error| !error.is::<Closed>()) else { return };
        let subject = format!("{subject}: {error}");
        // That one is told to the person, whatever becomes of its line.
        let _ = self.ask(Action::Desk { what: DeskAct::ReadFailed, subject }).await;
    }

    /// Makes what is in the journal visible in the store, and says how old that is where no server works.
    pub(crate) async fn catch_up_and_tell(&self) -> Result<()> {
        let is_served = self.is_served()?;
        self.catch_up().await?;
        if is_served { Ok(()) } else { self.tell_of_its_age(None).await }
    }

    /// Without a server nothing is heard, and no alert is raised: what is stored is of when one listened last.
    async fn tell_of_its_age(&self, local: Option<&Local>) -> Result<()> {
        let dir = self.dir();
        match self.store.covered_before(self.journal.clock().now()).await? {
            Some(listened) => eprintln!(
                "no server works on {dir} now: what follows is as of {}, when one listened last",
                local.map_or_else(|| listened.to.to_string(), |local| local.say(listened.to))
            ),
            None => eprintln!("no server works on {dir} now, and none has listened yet"),
        }
        Ok(())
    }

    /// The data directory, for people.
    pub(crate) fn dir(&self) -> std::path::Display<'_> {
        self.data_dir.display()
    }

    async fn witnessed(&self, subject: String, purpose: String) -> Result<()> {
        match self.ask(Action::Read { subject, purpose }).await {
            Err(error)
                if error
                    .downcast_ref::<Failure>()
                    .is_some_and(|failure| failure.exit == Exit::Unreachable) =>
            {
                eprintln!("the server is behind: what follows may be old; that you looked is recorded");
                Ok(())
            }
            told => told.map(drop),
        }
    }

    async fn answer(&self, human: Human) -> Result<Answer> {
        Ok(match FoldLock::try_take(&self.data_dir)? {
            Some(lock) => self.fold_alone(&lock, human).await?,
            None => watch::ask(&self.journal, &self.store, human).await?,
        })
    }

    /// The rule set in force.
    pub(crate) async fn rule_set(&self) -> Result<rules::RuleSet> {
        let row = self.store.rule_set().await?;
        let read = row.map_or_else(|| Ok(rules::RuleSet::default()), |row| rules::RuleSet::parse(&row.text));
        read.context("reading the rule set in force")
    }

    /// Where trackers connect to the server that was here last; none if it left no word.
    pub(crate) fn tracker_ports(&self) -> Vec<u16> {
        let noted = std::fs::read_to_string(self.data_dir.join(PORTS_FILE)).unwrap_or_default();
        noted.lines().filter_map(|line| Some(line.parse::<SocketAddr>().ok()?.port())).collect()
    }

    /// Where people reach the server that was here last.
    pub(crate) fn http(&self) -> Http {
        let Ok(noted) = std::fs::read_to_string(self.data_dir.join(HTTP_FILE)) else { return Http::Unsaid };
        noted.trim().parse().map_or(Http::Off, Http::At)
    }

    /// Whether a server works on this directory now.
    pub(crate) fn is_served(&self) -> Result<bool> {
        Ok(FoldLock::try_take(&self.data_dir)?.is_none())
    }

    /// Makes what is in the journal visible in the store, if no server does it.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        if let Some(lock) = FoldLock::try_take(&self.data_dir)? {
            self.fold(&lock).await?.catch_up().await?;
        }
        Ok(())
    }

    async fn fold(&self, lock: &FoldLock) -> Result<Fold> {
        let (journal, store) = (self.journal.clone(), self.store.clone());
        Ok(Fold::take(journal, store, self.watch.clone(), lock, false).await?)
    }

    /// No server runs: this command folds its own input, so that its author sees it done.
    async fn fold_alone(&self, lock: &FoldLock, human: Human) -> Result<Answer> {
        let mut fold = self.fold(lock).await?;
        let id = human.id.clone();
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
        fold.catch_up().await?;
        Ok(self.store.outcome(&id).await?.map_or(Answer::Pending, Answer::Outcome))
    }

    /// Closes both files in order.
    pub(crate) async fn close(self) {
        self.store.close().await;
        self.journal.close().await;
    }
}

/// The journal of a data directory that has one, if this configuration is the one that belongs to it.
async fn open_journal(config: &Config) -> Result<Journal> {
    let dir = config.data_dir.display();
    match std::fs::metadata(config.data_dir.join(JOURNAL_FILE)) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            let message =
                format!("no permission to read {dir}; run this as the user that the server runs as");
            return Err(Failure::error(Exit::Refused, message));
        }
        Err(_) => {
            let message = format!(
                "there is no lienwatch data in {dir}. Start `lienwatch serve` first, or name the directory with --data-dir"
            );
            return Err(Failure::error(Exit::NotFound, message));
        }
    }
    let used = std::fs::read_to_string(config.data_dir.join(STORE_FILE)).unwrap_or_default();
    let wanted = store_name(&config.store.url);
    if !used.is_empty() && !is_same_store(&used, &wanted) {
        let message = format!(
            "the server of {dir} keeps its rows in {used}, not in {wanted}. Give this command the server's --config, or \
             --store-url"
        );
        return Err(Failure::error(Exit::Usage, message));
    }
    Journal::open(&config.data_dir, config.journal.clone(), ClockSpec::System)
        .await
        .with_context(|| format!("opening the journal in {dir}"))
}

/// Leaves a note in the data directory which store belongs to it, so that no command folds into another one.
pub(crate) fn note_store(config: &Config) -> std::io::Result<()> {
    // Whole: a command may run in another directory than the server.
    let name = store_name(&config.store.url);
    std::fs::write(config.data_dir.join(STORE_FILE), whole(&name).unwrap_or(name))
}

/// Leaves a note in the data directory where trackers connect: what a command line asked for, no other command knows.
pub(crate) fn note_ports(data_dir: &std::path::Path, ports: &[SocketAddr]) -> std::io::Result<()> {
    let lines: Vec<String> = ports.iter().map(SocketAddr::to_string).collect();
    std::fs::write(data_dir.join(PORTS_FILE), lines.join("\n"))
}

/// Leaves a note in the data directory where people reach the server, or that they do not.
pub(crate) fn note_http(data_dir: &std::path::Path, http: Option<SocketAddr>) -> std::io::Result<()> {
    std::fs::write(data_dir.join(HTTP_FILE), http.map(|http| http.to_string()).unwrap_or_default())
}

/// Whether two names are of one store, however the way to its file is written.
fn is_same_store(one: &str, other: &str) -> bool {
    one == other || whole(one).zip(whole(other)).is_some_and(|(one, other)| one == other)
}

/// The name of an embedded store with the whole way to its file, which need not be there yet; `None` for any other, and where the
/// directory is not there.
fn whole(name: &str) -> Option<String> {
    let file = name.strip_prefix(SQLITE)?;
    let file = std::path::Path::new(file.strip_prefix("//").unwrap_or(file));
    let found = std::fs::canonicalize(file).ok().or_else(|| {
        let dir =
            file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
        Some(std::fs::canonicalize(dir).ok()?.join(file.file_name()?))
    })?;
    Some(format!("{SQLITE}{}", found.display()))
}

/// A store's URL without user, password and options.
fn store_name(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = rest.split('?').next().unwrap_or(rest);
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{}://{place}", scheme.replace("postgresql", "postgres"))
}

fn told(answer: Answer) -> Result<String> {
    match answer {
        Answer::Outcome(Outcome::Done { message }) => Ok(message),
        Answer::Outcome(Outcome::Conflict { message }) => Err(Failure::error(Exit::Conflict, message)),
        Answer::Outcome(Outcome::Refused { message }) => Err(Failure::error(Exit::Refused, message)),
        Answer::Outcome(Outcome::NotFound { message }) => Err(Failure::error(Exit::NotFound, message)),
        Answer::Pending => Err(Failure::error(
            Exit::Unreachable,
            "recorded, pending: it is in the journal and will be done, but the server has not got to it. Look at its \
             log, or at /readyz",
        )),
    }
}

/// A new id for a human input: 128 random bits.
pub(crate) fn new_input_id() -> InputId {
    InputId(hex::encode(rand::random::<[u8; 16]>()))
}

/// The OS user behind this command, by the kernel's word and not the environment's.
pub(crate) fn actor() -> String {
    use std::os::unix::fs::MetadataExt;
    let Ok(this) = std::fs::metadata("/proc/self") else { return "unknown".into() };
    let uid = this.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| format!("uid {uid}"))
}

/// Names the store that belongs to a data directory.
const STORE_FILE: &str = "store.name";
/// Names the ports on which trackers connect.
const PORTS_FILE: &str = "tracker.ports";
/// Names where console and API are.
const HTTP_FILE: &str = "http.address";
/// How the name of an embedded store begins.
const SQLITE: &str = "sqlite:";
/// The journal's file in the data directory.
const JOURNAL_FILE: &str = "journal.db";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stores_name_holds_no_secret() {
        assert_eq!(
            store_name("postgres://li:secret@db.internal/lien?sslmode=require"),
            "postgres://db.internal/lien"
        );
        assert_eq!(store_name("postgresql://db/lien"), "postgres://db/lien");
        assert_eq!(store_name("sqlite:/var/lib/lienwatch/store.db"), "sqlite:/var/lib/lienwatch/store.db");
    }
    #[test]
    fn a_store_is_the_same_by_whatever_way_its_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("store.db"), "").unwrap();
        std::fs::write(folder.path().join("other.db"), "").unwrap();
        let named = |file: &str| format!("sqlite:{}", folder.path().join(file).display());
        assert!(is_same_store(&named("store.db"), &named("sub/../store.db")));
        assert!(!is_same_store(&named("store.db"), &named("other.db")));
        // The server notes its name before it makes the file.
        assert!(is_same_store(&named("new.db"), &named("sub/../new.db")));
        assert!(!is_same_store("sqlite:/nowhere/a.db", "sqlite:/nowhere/b.db"));
        assert!(is_same_store("postgres://db/lien", "postgres://db/lien"));
    }
}
