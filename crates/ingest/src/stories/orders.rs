//! Commands to terminals; the test does what the fold does: it reads claims and says what is granted.

use super::*;
use crate::{Order, Stage};
use model::{Command, CommandStep, InputId, SessionId};

fn order(seq: i64, command: Command, stage: Stage) -> Order {
    Order { id: InputId(format!("c-{seq}")), seq: Seq(seq), command, stage }
}

impl Server {
    fn lay_down(&self, terminal: u32, orders: Vec<Order>) {
        self.desk.replace([(TerminalId::parse(&terminal.to_string()).unwrap(), orders)].into());
    }

    /// Waits until the journal holds so many command steps, and gives them.
    async fn steps(&self, count: usize) -> Vec<CommandStep> {
        let mut committed = self.journal.committed();
        within(async {
            loop {
                let entries = self.journal.read(Seq(0), 10_000).await.unwrap();
                let steps: Vec<CommandStep> = entries
                    .into_iter()
                    .filter_map(|entry| match entry.input {
                        Input::Command { step, .. } => Some(step),
                        _ => None,
                    })
                    .collect();
                if steps.len() >= count {
                    return steps;
                }
                committed.changed().await.unwrap();
            }
        })
        .await
    }

    async fn claimed(&self, count: usize) -> SessionId {
        match self.steps(count).await.last() {
            Some(CommandStep::Claim { session, .. }) => *session,
            other => panic!("no claim but {other:?}"),
        }
    }
}

#[tokio::test]
async fn the_bytes_leave_only_after_the_fold_has_granted_the_claim() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Pending)]);
    let session = server.claimed(1).await;
    // Looked at again while the fold has not said yes, and what a report is answered comes first: it has not left.
    let pending = |seq| order(seq, Command::Locate, Stage::Pending);
    server.lay_down(15, vec![pending(40), pending(41)]);
    device.says("#P7\n").await;
    device.hears("ack 7\n").await;
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Sending(session))]);
    device.hears("do 40 locate\n").await;
    assert_eq!(server.steps(2).await[1], CommandStep::Sent { session });
    server.stop().await;
}

#[tokio::test]
async fn a_command_waits_for_the_terminal_and_is_claimed_when_it_comes() {
    let server = Server::start(Config::default()).await;
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Pending)]);
    let mut device = server.log_in(15).await;
    let session = server.claimed(1).await;
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Sending(session))]);
    device.hears("do 40 locate\n").await;
    server.stop().await;
}

#[tokio::test]
async fn what_was_taken_back_after_the_claim_is_never_sent() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Pending)]);
    let session = server.claimed(1).await;
    server.lay_down(15, vec![order(41, Command::Locate, Stage::Pending)]);
    server.claimed(2).await;
    // A late word about the first one finds nothing to send.
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Sending(session))]);
    device.says("#P7\n").await;
    device.hears("ack 7\n").await;
    server.stop().await;
}

#[tokio::test]
async fn another_sessions_claim_is_not_carried_out_here() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    let other = SessionId { run: Seq(1), connection: 900 };
    server.lay_down(15, vec![order(40, Command::Locate, Stage::Sending(other))]);
    device.says("#P7\n").await;
    device.hears("ack 7\n").await;
    let (entries, _) = server.stop().await;
    assert!(!entries.iter().any(|entry| matches!(entry.input, Input::Command { .. })));
}

#[tokio::test]
async fn a_command_that_the_protocol_does_not_have_is_reported_once() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    server.lay_down(15, vec![order(40, Command::Restart, Stage::Pending)]);
    assert!(
        matches!(&server.steps(1).await[0], CommandStep::Unsupported { reason } if reason.contains("restart"))
    );
    server.lay_down(
        15,
        vec![order(40, Command::Restart, Stage::Pending), order(41, Command::Locate, Stage::Pending)],
    );
    device.says("#P7\n").await;
    device.hears("ack 7\n").await;
    let (entries, _) = server.stop().await;
    let steps = entries.iter().filter(|entry| matches!(entry.input, Input::Command { .. })).count();
    assert_eq!(steps, 1);
}

#[tokio::test]
async fn an_unapproved_terminal_is_told_nothing() {
    let server = Server::start(Config::default()).await;
    let mut stranger = server.log_in(500).await;
    server.lay_down(500, vec![order(40, Command::Locate, Stage::Pending)]);
    stranger.says("#L500\n").await;
    stranger.hears("hello\n").await;
    let (entries, _) = server.stop().await;
    assert!(!entries.iter().any(|entry| matches!(entry.input, Input::Command { .. })));
}
