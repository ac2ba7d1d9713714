//! The loop: take what is due, send what still holds, write down how it went.
//!
//! Shape: rounds. A round takes one entry of each alert and sends a few at a time; an entry is settled when the fold
//! has applied its result, and is not looked at again before. Units: real waits, journal times. Errors: a store that
//! is down is waited for; [`NotifyError`] when results can no longer be written. Source: DESIGN.md §1, fine print 8.

use crate::release::{Case, Verdict, of_reminder};
use crate::webhook::{Answer, Webhook};
use crate::{Config, NotifyError, message, schedule};
use futures_util::stream::{self, TryStreamExt};
use journal::{Journal, JournalError};
use model::alert::Notice;
use model::input::DeliveryResult;
use model::{Alert, Input, Millis, Reminder, Seq, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{DueEntry, Owed, Store, StoreError};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Delivers the outbox to the configured receiver.
pub struct Notify {
    journal: Journal,
    store: Store,
    applied: watch::Receiver<Seq>,
    webhook: Option<Webhook>,
    /// Entries up to here were in the store before this process: another one may have sent them and died.
    inherited: Seq,
}

impl Notify {
    /// Checks the receiver. `applied` is the last input that the fold has applied.
    pub fn new(
        journal: Journal,
        store: Store,
        applied: watch::Receiver<Seq>,
        config: &Config,
    ) -> Result<Self, NotifyError> {
        let inherited = *applied.borrow();
        Ok(Self { journal, store, applied, webhook: Webhook::new(config)?, inherited })
    }

    /// Delivers until told to stop; what is on its way then gets a moment to end. Without a receiver it only waits.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), NotifyError> {
        let Some(webhook) = &self.webhook else {
            tracing::info!("no webhook is configured: notices stay in the outbox");
            stopped(&mut stop).await;
            return Ok(());
        };
        tracing::info!(host = webhook.host(), "notices go to a webhook");
        let mut news = self.applied.clone();
        loop {
            let halt = stop.clone();
            let round = self.round(webhook, &halt);
            tokio::pin!(round);
            let ended = tokio::select! {
                ended = &mut round => ended,
                () = stopped(&mut stop) => {
                    // An attempt that is cut off is made again by the next run, under the same id.
                    return match timeout(STOP_GRACE, round).await {
                        Ok(Err(Trouble::Fatal(error))) => Err(error),
                        _ => Ok(()),
                    };
                }
            };
            let pause = match ended {
                Ok(()) => PAUSE_MIN,
                Err(Trouble::Passing(error)) => {
                    tracing::warn!(error, "notices wait");
                    TROUBLE_PAUSE
                }
                Err(Trouble::Fatal(error)) => return Err(error),
            };
            tokio::select! {
                () = rest(pause, &mut news) => {}
                // A watch channel: a lost wait loses no news.
                () = stopped(&mut stop) => return Ok(()),
            }
        }
    }

    /// Tries each subject's oldest due entry once.
    async fn round(&self, webhook: &Webhook, stop: &watch::Receiver<bool>) -> Result<(), Trouble> {
        let due = self.store.outbox_due(self.journal.clock().now(), ALERTS_MAX, REMINDERS_MAX).await?;
        // Reminders come last.
        let mut oldest: BTreeMap<_, DueEntry> = BTreeMap::new();
        for entry in due {
            let first = oldest
                .entry((entry.owed.is_reminder(), entry.owed.subject()))
                .or_insert_with(|| entry.clone());
            if entry.seq < first.seq {
                *first = entry;
            }
        }
        let oldest = stream::iter(oldest.into_values().map(Ok));
        oldest
            .try_for_each_concurrent(SENDS_MAX, async |entry| {
                if *stop.borrow() { Ok(()) } else { self.deliver(webhook, &entry).await }
            })
            .await
    }

    async fn deliver(&self, webhook: &Webhook, entry: &DueEntry) -> Result<(), Trouble> {
        match &entry.owed {
            Owed::Alert(alert) => self.deliver_notice(webhook, entry, alert).await,
            Owed::Reminder(reminder) => self.deliver_reminder(webhook, entry, reminder).await,
        }
    }

    async fn deliver_notice(&self, webhook: &Webhook, entry: &DueEntry, told: &Alert) -> Result<(), Trouble> {
        let Ok(notice) = Notice::parse(&entry.notice) else {
            let error = format!("this program knows no notice {}", entry.notice);
            return self.settle(entry, entry.attempt, DeliveryResult::Dead { error }).await;
        };
        if !self.fold_is_past_the_head().await? {
            return Ok(());
        }
        let alert = self.store.alert(&told.id).await?;
        let earlier = self.store.outbox_of(&told.id.0, Seq(entry.seq.0.saturating_sub(1))).await?;
        let attempted = self.was_attempted(entry);
        let case = Case { notice, alert: alert.as_ref(), earlier: &earlier, attempted };
        let body = || message::body(notice, told, self.journal.clock().now());
        self.carry_out(case.verdict(), webhook, entry, body).await
    }

    async fn deliver_reminder(
        &self,
        webhook: &Webhook,
        entry: &DueEntry,
        reminder: &Reminder,
    ) -> Result<(), Trouble> {
        if !self.fold_is_past_the_head().await? {
            return Ok(());
        }
        let loan = self.store.loan(&reminder.contract).await?;
        let now = self.journal.clock().now();
        let verdict = of_reminder(reminder, loan.as_ref(), now, self.was_attempted(entry));
        self.carry_out(verdict, webhook, entry, || message::reminder(reminder)).await
    }

    /// An attempt may have arrived: one that was written down, or one of a process before this.
    fn was_attempted(&self, entry: &DueEntry) -> bool {
        entry.attempt > 0 || entry.seq <= self.inherited
    }

    async fn carry_out(
        &self,
        verdict: Verdict,
        webhook: &Webhook,
        entry: &DueEntry,
        body: impl FnOnce() -> Vec<u8>,
    ) -> Result<(), Trouble> {
        let attempt = entry.attempt.saturating_add(1);
        match verdict {
            Verdict::Send => {
                let answer = webhook.post(&entry.entry, body()).await;
                self.settle(entry, attempt, self.result(answer, attempt)).await
            }
            Verdict::Behind => {
                let error = "waits for an earlier notice of this alert".to_owned();
                let at = self.later(BEHIND_WAIT_MS);
                self.write(entry, entry.attempt, DeliveryResult::Retry { at, error }).await
            }
            Verdict::Cancel => self.settle(entry, entry.attempt, DeliveryResult::Cancelled).await,
            Verdict::TakenBack => {
                let error = "taken back after an attempt that may have arrived".to_owned();
                self.settle(entry, entry.attempt, DeliveryResult::Dead { error }).await
            }
        }
    }

    /// Whether the fold has applied everything that is in the journal now, and with it what may stop an entry: after
    /// an outage a payment may have been waiting there for hours.
    async fn fold_is_past_the_head(&self) -> Result<bool, Trouble> {
        let head = self.journal.head().await?;
        match timeout(RELEASE_WAIT, self.applied_reaches(head)).await {
            Ok(reached) => reached.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    fn result(&self, answer: Answer, attempt: u32) -> DeliveryResult {
        match answer {
            Answer::Taken => DeliveryResult::Delivered,
            Answer::Refused(error) => DeliveryResult::Dead { error },
            Answer::Failed(error) => {
                let jitter = StdRng::from_os_rng().random_range(0..=1000);
                match schedule::wait_ms(attempt, jitter) {
                    Some(wait_ms) => DeliveryResult::Retry { at: self.later(wait_ms), error },
                    None => DeliveryResult::Dead { error },
                }
            }
        }
    }

    /// Counts, logs and writes down a result.
    async fn settle(&self, entry: &DueEntry, attempt: u32, result: DeliveryResult) -> Result<(), Trouble> {
        let (code, trouble) = match &result {
            DeliveryResult::Delivered => ("delivered", None),
            DeliveryResult::Retry { error, .. } => ("retry", Some(error.as_str())),
            DeliveryResult::Dead { error } => ("dead", Some(error.as_str())),
            DeliveryResult::Cancelled => ("cancelled", None),
        };
        metrics::counter!("lienwatch_notify_attempts_total", "result" => code).increment(1);
        let about = about(&entry.owed);
        let (id, notice) = (entry.entry.as_str(), entry.notice.as_str());
        match trouble {
            None => tracing::info!(id, notice, about, attempt, result = code, "notice"),
            Some(error) => tracing::warn!(id, notice, about, attempt, result = code, error, "notice"),
        }
        self.write(entry, attempt, result).await
    }

    /// Writes a result down and waits until it is applied, so that the entry is not taken twice.
    async fn write(&self, entry: &DueEntry, attempt: u32, result: DeliveryResult) -> Result<(), Trouble> {
        let input = Input::Delivery { entry: entry.entry.clone(), attempt, result };
        let seq = self.journal.append(vec![input.into()]).await?;
        self.applied_reaches(seq).await
    }

    async fn applied_reaches(&self, seq: Seq) -> Result<(), Trouble> {
        let mut applied = self.applied.clone();
        match applied.wait_for(|applied| *applied >= seq).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Trouble::Fatal(NotifyError::FoldEnded)),
        }
    }

    /// Journal time after a real span: a receiver needs its time however fast the journal's clock runs.
    fn later(&self, real_ms: Millis) -> Timestamp {
        let clock = self.journal.clock();
        // A clock that moves by hand counts its own seconds.
        let factor = if clock.factor() > 0.0 { clock.factor() } else { 1.0 };
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "hours in ms are exact in an f64, and the cast back saturates"
        )]
        let span = (real_ms as f64 * factor) as i64;
        clock.now().plus(span)
    }
}

/// What an entry is about, for the log: no plate, no contract.
fn about(owed: &Owed) -> String {
    match owed {
        Owed::Alert(alert) => format!("{} {}", alert.rule, alert.about.masked()),
        Owed::Reminder(reminder) => format!("reminder of {}", reminder.lender),
    }
}

/// Why a round ended early.
enum Trouble {
    /// It passes: the entries are still there.
    Passing(String),
    /// It does not.
    Fatal(NotifyError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        // None of these is a reason to stop the server: what is not delivered stays visible in the outbox.
        Self::Passing(error.to_string())
    }
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Disk { .. } | JournalError::Busy { .. } => Self::Passing(error.to_string()),
            other => Self::Fatal(other.into()),
        }
    }
}

/// Resolves when told to stop, or when nobody is left who could tell.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Waits at least `pause`, then for the fold to move, but not for long: a retry may be due.
async fn rest(pause: Duration, news: &mut watch::Receiver<Seq>) {
    sleep(pause).await;
    // An ended fold shows when the next result is waited for.
    let _ = timeout(IDLE_MAX, news.changed()).await;
}

/// Entries about alerts that are looked at in one round.
const ALERTS_MAX: u32 = 64;
/// Reminders besides: two each for the requests under way, so that an alert that comes behind a midnight's hundred thousand
/// waits for two answers and not for all of them.
const REMINDERS_MAX: u32 = 16;
/// Requests under way at once: a receiver that takes a second for each still gets several alerts a second.
const SENDS_MAX: usize = 8;
/// How long an entry waits for the fold before the round goes on to others.
const RELEASE_WAIT: Duration = Duration::from_secs(2);
/// How soon an entry behind another of its alert is looked at again. It leaves the front of the outbox meanwhile, so
/// that many of its kind do not hide the alerts that could go out.
const BEHIND_WAIT_MS: Millis = 30_000;
/// Between rounds: under load the fold moves far more often than the outbox changes.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// Between rounds without news: how late a retry may be.
const IDLE_MAX: Duration = Duration::from_millis(500);
/// Between rounds while the store is down.
const TROUBLE_PAUSE: Duration = Duration::from_secs(2);
/// How long requests under way at a stop may take to end and be written down.
const STOP_GRACE: Duration = Duration::from_secs(5);
