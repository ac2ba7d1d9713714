//! Commands from request to answer, folded as a server would: one journal and one SQLite store a test.

use journal::{ClockSpec, FoldLock, Journal};
use model::command::{Notice, Relay};
use model::input::{Action, Human, Input, Outcome, SessionEndReason};
use model::{
    AnswerKey, Command, CommandState, CommandStep, Event, InputId, Millis, ProtocolName, Reception, Seq,
    SessionId, TerminalId, Timestamp,
};
use store::Store;
use watch::{Config, Fold};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
}

const MINUTE: Millis = 60_000;
const FLAG: AnswerKey = AnswerKey::Flag(77);

impl Desk {
    /// Terminal 15 is approved.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: Timestamp::parse("2026-11-20T04:00:00Z").unwrap() };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let desk = Self { folder, journal, store };
        desk.tell(Input::RunStart { build: "test".into(), rules_version: 1 }).await;
        desk.ask("approve", Action::Approve { terminal: terminal() }).await;
        desk
    }

    fn now(&self) -> Timestamp {
        self.journal.clock().now()
    }

    fn wait(&self, ms: Millis) {
        self.journal.clock().step_to(self.now().plus(ms));
    }

    async fn tell(&self, input: Input) {
        self.journal.append(vec![input.into()]).await.unwrap();
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    async fn ask(&self, id: &str, action: Action) -> Outcome {
        let id = InputId(id.to_owned());
        let human = Human { id: id.clone(), actor: "li".into(), action };
        self.tell(Input::Human(Box::new(human))).await;
        self.store.outcome(&id).await.unwrap().unwrap()
    }

    async fn order(&self, id: &str, command: Command) -> Outcome {
        let expires_at = self.now().plus(60 * MINUTE);
        self.ask(id, Action::Command { terminal: terminal(), command, expires_at }).await
    }

    async fn step(&self, id: &str, step: CommandStep) {
        self.tell(Input::Command { command: InputId(id.to_owned()), terminal: terminal(), step }).await;
    }

    async fn claim(&self, id: &str, connection: u32, key: AnswerKey) {
        self.step(id, CommandStep::Claim { session: session(connection), key }).await;
    }

    async fn send(&self, id: &str, connection: u32, key: AnswerKey) {
        self.claim(id, connection, key).await;
        self.step(id, CommandStep::Sent { session: session(connection) }).await;
    }

    async fn hear(&self, connection: u32, event: Event) {
        let reception = Reception {
            session: session(connection),
            frame_no: 1,
            terminal: terminal(),
            protocol: ProtocolName::parse("gt06").unwrap(),
            number: 0x15,
            serial: None,
            received_at: self.now(),
            checksum_ok: true,
            events: vec![event],
            problem: None,
        };
        self.tell(Input::Reception(Box::new(reception))).await;
    }

    async fn tick(&self) {
        self.tell(Input::Tick { listening: true }).await;
    }

    async fn state(&self, id: &str) -> CommandState {
        let rows = self.store.commands(Some(terminal()), 100).await.unwrap();
        rows.into_iter().find(|row| row.command.0 == id).unwrap().state
    }

    async fn code(&self, id: &str) -> &'static str {
        self.state(id).await.code()
    }
}

fn terminal() -> TerminalId {
    TerminalId::parse("15").unwrap()
}

/// Of the run that `Desk::open` started.
const fn session(connection: u32) -> SessionId {
    SessionId { run: Seq(1), connection }
}

fn reply(token: Option<u32>) -> Event {
    Event::CommandReply { token, text: "OK!".to_owned() }
}

#[tokio::test]
async fn a_command_goes_from_pending_to_answered_by_its_flag_on_any_connection() {
    let desk = Desk::open().await;
    assert!(matches!(desk.order("c1", Command::Locate).await, Outcome::Done { .. }));
    assert_eq!(desk.code("c1").await, "pending");
    desk.claim("c1", 1, FLAG).await;
    assert_eq!(desk.code("c1").await, "sending");
    desk.step("c1", CommandStep::Sent { session: session(1) }).await;
    assert_eq!(desk.code("c1").await, "sent");
    desk.hear(2, reply(Some(78))).await;
    assert_eq!(desk.code("c1").await, "sent", "another flag");
    desk.hear(2, reply(Some(77))).await;
    let CommandState::Answered(answer) = desk.state("c1").await else { panic!("not answered") };
    assert_eq!((answer.text.as_str(), answer.at), ("OK!", desk.now()));
}

#[tokio::test]
async fn a_serial_counts_within_its_connection_only() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Restart).await;
    desk.send("c1", 1, AnswerKey::Serial(7)).await;
    desk.hear(2, reply(Some(7))).await;
    assert_eq!(desk.code("c1").await, "sent");
    desk.hear(1, Event::CommandRefused { token: Some(7), text: "0x8105 failed".into() }).await;
    assert_eq!(desk.code("c1").await, "refused");
}

#[tokio::test]
async fn what_a_terminal_says_later_is_added() {
    let desk = Desk::open().await;
    desk.order("c1", Command::ReadParameters).await;
    desk.send("c1", 1, AnswerKey::Serial(7)).await;
    desk.hear(1, Event::CommandReply { token: Some(7), text: "0x8104 ok".into() }).await;
    desk.hear(1, Event::CommandReply { token: Some(7), text: "heartbeat 60".into() }).await;
    let CommandState::Answered(answer) = desk.state("c1").await else { panic!("not answered") };
    assert_eq!(answer.text, "0x8104 ok; heartbeat 60");
}

#[tokio::test]
async fn a_claim_whose_session_or_run_ended_is_unknown_and_never_sent_again() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Restart).await;
    desk.order("c2", Command::Restart).await;
    desk.claim("c1", 1, FLAG).await;
    let end = |connection| Input::SessionEnd {
        session: session(connection),
        terminal: terminal(),
        reason: SessionEndReason::Closed,
    };
    desk.tell(end(2)).await;
    assert_eq!(desk.code("c1").await, "sending", "another session's end");
    desk.tell(end(1)).await;
    assert_eq!(desk.code("c1").await, "unknown");
    desk.send("c1", 3, FLAG).await;
    assert_eq!(desk.code("c1").await, "unknown");

    desk.claim("c2", 4, AnswerKey::Flag(78)).await;
    desk.tell(Input::RunStart { build: "test".into(), rules_version: 1 }).await;
    assert_eq!(desk.code("c2").await, "unknown");
    desk.hear(5, reply(Some(77))).await;
    assert_eq!(desk.code("c1").await, "answered", "the terminal had got it after all");
}

#[tokio::test]
async fn one_command_of_a_terminal_is_on_its_way_at_a_time() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    desk.order("c2", Command::Restart).await;
    desk.send("c1", 1, FLAG).await;
    desk.claim("c2", 1, AnswerKey::Flag(78)).await;
    assert_eq!(desk.code("c2").await, "pending");
    desk.hear(1, reply(Some(77))).await;
    desk.claim("c2", 1, AnswerKey::Flag(78)).await;
    assert_eq!(desk.code("c2").await, "sending");
}

#[tokio::test]
async fn what_is_never_sent_expires_and_what_is_never_answered_times_out_at_a_tick() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    desk.order("c2", Command::Locate).await;
    desk.send("c1", 1, FLAG).await;
    desk.wait(2 * MINUTE);
    desk.tick().await;
    assert_eq!(desk.code("c1").await, "sent");
    desk.wait(2 * MINUTE);
    desk.tick().await;
    assert_eq!((desk.code("c1").await, desk.code("c2").await), ("timed_out", "pending"));
    desk.wait(60 * MINUTE);
    // A claim that comes before the tick is too late as well.
    desk.claim("c2", 1, AnswerKey::Flag(78)).await;
    assert_eq!(desk.code("c2").await, "expired");
    desk.hear(1, reply(Some(77))).await;
    assert_eq!(desk.code("c1").await, "answered", "a late answer is an answer");
}

#[tokio::test]
async fn a_claim_that_nobody_reports_sent_is_unknown_after_a_while_and_holds_no_other_back() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Restart).await;
    desk.order("c2", Command::Locate).await;
    desk.claim("c1", 1, FLAG).await;
    desk.wait(MINUTE);
    desk.tick().await;
    assert_eq!(desk.code("c1").await, "sending");
    desk.wait(MINUTE);
    desk.tick().await;
    assert_eq!(desk.code("c1").await, "unknown");
    desk.step("c1", CommandStep::Sent { session: session(1) }).await;
    assert_eq!(desk.code("c1").await, "unknown", "a word that comes too late");
    desk.claim("c2", 1, AnswerKey::Flag(78)).await;
    assert_eq!(desk.code("c2").await, "sending");
}

#[tokio::test]
async fn a_late_answer_that_repeats_nothing_is_not_taken_for_the_next_commands() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    desk.send("c1", 1, AnswerKey::Next).await;
    desk.wait(4 * MINUTE);
    desk.tick().await;
    assert_eq!(desk.code("c1").await, "timed_out");
    desk.order("c2", Command::Restart).await;
    desk.claim("c2", 1, AnswerKey::Next).await;
    assert_eq!(desk.code("c2").await, "unsupported", "on the same connection");
    desk.order("c3", Command::Restart).await;
    desk.claim("c3", 2, AnswerKey::Next).await;
    desk.hear(2, reply(None)).await;
    assert_eq!(desk.code("c3").await, "sending", "not sent yet: the answer is of something else");
    desk.step("c3", CommandStep::Sent { session: session(2) }).await;
    desk.hear(2, reply(None)).await;
    assert_eq!(desk.code("c3").await, "answered");
}

#[tokio::test]
async fn an_answer_of_the_next_week_belongs_to_nothing() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    desk.send("c1", 1, FLAG).await;
    desk.wait(5 * MINUTE);
    desk.tick().await;
    desk.wait(25 * 60 * MINUTE);
    desk.hear(1, reply(Some(77))).await;
    assert_eq!(desk.code("c1").await, "timed_out");
}

#[tokio::test]
async fn what_a_terminal_says_unasked_answers_nothing() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    desk.send("c1", 1, FLAG).await;
    for token in [None, Some(0)] {
        desk.hear(1, reply(token)).await;
        assert_eq!(desk.code("c1").await, "sent", "{token:?}");
    }
}

#[tokio::test]
async fn where_answers_repeat_nothing_the_next_one_on_the_connection_is_meant() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    desk.send("c1", 1, AnswerKey::Next).await;
    desk.hear(2, reply(None)).await;
    assert_eq!(desk.code("c1").await, "sent", "another connection");
    desk.hear(1, reply(None)).await;
    assert_eq!(desk.code("c1").await, "answered");
    let before = desk.state("c1").await;
    desk.hear(1, reply(None)).await;
    assert_eq!(desk.state("c1").await, before, "it was answered");
}

#[tokio::test]
async fn only_what_was_not_sent_can_be_taken_back() {
    let desk = Desk::open().await;
    desk.order("c1", Command::Locate).await;
    let cancel = |id: &str| Action::CancelCommand { command: InputId(id.to_owned()) };
    assert!(matches!(desk.ask("x1", cancel("c1")).await, Outcome::Done { .. }));
    assert_eq!(desk.code("c1").await, "cancelled");
    desk.order("c2", Command::Locate).await;
    desk.claim("c2", 1, FLAG).await;
    assert!(matches!(desk.ask("x2", cancel("c2")).await, Outcome::Conflict { .. }));
    assert!(matches!(desk.ask("x3", cancel("c9")).await, Outcome::NotFound { .. }));
}

#[tokio::test]
async fn a_relay_a_stranger_a_wrong_value_and_a_seventeenth_are_refused_and_leave_no_command() {
    let desk = Desk::open().await;
    let cut = desk.order("c1", Command::Relay(Relay::Cut)).await;
    assert!(matches!(cut, Outcome::Refused { .. }), "{cut:?}");
    let wrong = desk.order("c2", Command::Tracking { every_s: 1, minutes: 1 }).await;
    assert!(matches!(wrong, Outcome::Refused { .. }), "{wrong:?}");
    let stranger = TerminalId::parse("99").unwrap();
    let expires_at = desk.now().plus(MINUTE);
    let to_stranger = Action::Command { terminal: stranger, command: Command::Locate, expires_at };
    assert!(matches!(desk.ask("c3", to_stranger).await, Outcome::NotFound { .. }));
    let too_late = Action::Command { terminal: terminal(), command: Command::Locate, expires_at: desk.now() };
    assert!(matches!(desk.ask("c4", too_late).await, Outcome::Refused { .. }));
    assert_eq!(desk.store.commands(None, 100).await.unwrap(), []);
    for n in 0..16 {
        let text = Command::Text(Notice::CallLender);
        assert!(matches!(desk.order(&format!("n{n}"), text).await, Outcome::Done { .. }));
    }
    assert!(matches!(desk.order("n16", Command::Locate).await, Outcome::Conflict { .. }));
}

#[tokio::test]
async fn a_profile_is_kept_and_moves_the_directory() {
    let desk = Desk::open().await;
    let (before, _) = desk.store.directory_version().await.unwrap();
    let profile = model::Profile { zone: Some(model::ZoneOffset::CHINA), ..model::Profile::default() };
    desk.ask("p1", Action::SetProfile { terminal: terminal(), profile }).await;
    let listing = desk.store.directory(Some(before)).await.unwrap();
    assert!(listing.version > before);
    assert_eq!(listing.terminals.iter().map(|row| row.profile).collect::<Vec<_>>(), [profile]);
    assert_eq!(desk.store.profile_of(terminal()).await.unwrap(), Some(profile));
}
