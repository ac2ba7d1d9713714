//! Commands among everything else: asked for, claimed, sent, answered, taken back, lost with their connection; also steps
//! that come twice, too late, or from the wrong session.

use crate::dice::Dice;
use crate::history::{Happening, VEHICLES, human, terminal};
use model::input::{Action, SessionEndReason};
use model::{
    Acknowledgement, AnswerKey, Command, CommandStep, Event, Input, InputId, Millis, Profile, ProtocolName,
    Reception, Seq, SessionId, TerminalId, Timestamp, ZoneOffset,
};

/// A command that was asked for, and how its answers are known.
#[derive(Clone)]
struct Asked {
    id: InputId,
    terminal: TerminalId,
    session: SessionId,
    key: AnswerKey,
}

/// The same history with commands before its ticks.
pub(crate) fn command(happenings: Vec<Happening>, dice: &mut Dice) -> Vec<Happening> {
    let (mut told, mut asked) = (Vec::new(), Vec::new());
    for happening in happenings {
        if matches!(happening.input, Input::Tick { .. }) {
            let at = happening.at;
            let inputs = something(at, &mut asked, dice);
            told.extend(inputs.into_iter().map(|input| Happening { at, input }));
        }
        told.push(happening);
    }
    told
}

fn something(at: Timestamp, asked: &mut Vec<Asked>, dice: &mut Dice) -> Vec<Input> {
    if dice.percent(10) {
        return vec![request(at, asked, dice)];
    }
    if dice.percent(2) {
        return vec![profile(asked.len(), dice)];
    }
    if asked.is_empty() || dice.percent(50) {
        return Vec::new();
    }
    // Mostly one of the newest: what is old is mostly done with.
    let newest = if dice.percent(80) { 4 } else { usize::MAX };
    let back = dice.below(asked.len().min(newest));
    let one = asked[asked.len() - 1 - back].clone();
    steps(at, &one, dice)
}

fn request(at: Timestamp, asked: &mut Vec<Asked>, dice: &mut Dice) -> Input {
    let number = dice.below(VEHICLES + 2);
    let id = InputId(format!("c{}", asked.len()));
    let connection = u32::try_from(number).unwrap();
    let token = u32::try_from(asked.len()).unwrap() + 1;
    let key = match dice.below(3) {
        0 => AnswerKey::Serial(u16::try_from(token).unwrap()),
        1 => AnswerKey::Flag(token),
        _ => AnswerKey::Next,
    };
    let session = SessionId { run: Seq(1), connection };
    asked.push(Asked { id: id.clone(), terminal: terminal(number), session, key });
    let command = match dice.below(4) {
        0 => Command::Restart,
        1 => Command::Tracking { every_s: 10, minutes: 30 },
        2 => Command::Interval { moving_s: u32::try_from(dice.below(20)).unwrap(), parked_s: None },
        _ => Command::Locate,
    };
    let expires_at = at.plus(Millis::try_from(dice.below(40)).unwrap() * MINUTE_MS);
    human(id, Action::Command { terminal: terminal(number), command, expires_at })
}

fn profile(number: usize, dice: &mut Dice) -> Input {
    let profile = Profile {
        zone: dice.percent(50).then_some(ZoneOffset::CHINA),
        acknowledgement: dice.percent(50).then_some(Acknowledgement::Required),
        ..Profile::default()
    };
    let action = Action::SetProfile { terminal: terminal(dice.below(VEHICLES + 3)), profile };
    human(InputId(format!("p{number}-{}", dice.below(1_000_000))), action)
}

/// One or several steps of one command, in order, or with one missing.
fn steps(at: Timestamp, asked: &Asked, dice: &mut Dice) -> Vec<Input> {
    let session = if dice.percent(90) { asked.session } else { SessionId { run: Seq(1), connection: 99 } };
    let step = |step| Input::Command { command: asked.id.clone(), terminal: asked.terminal, step };
    match dice.below(10) {
        0 => vec![step(CommandStep::Unsupported { reason: "no such command".into() })],
        1 => vec![human(
            InputId(format!("x{}-{}", asked.id.0, dice.below(1_000_000))),
            Action::CancelCommand { command: asked.id.clone() },
        )],
        2 => {
            let reason = SessionEndReason::Closed;
            vec![Input::SessionEnd { session: asked.session, terminal: asked.terminal, reason }]
        }
        _ => {
            let all = [
                step(CommandStep::Claim { session, key: asked.key }),
                step(CommandStep::Sent { session }),
                answer(at, asked, dice),
            ];
            let (from, until) = (dice.below(2), 1 + dice.below(3));
            all.into_iter().take(until).skip(from).collect()
        }
    }
}

fn answer(at: Timestamp, asked: &Asked, dice: &mut Dice) -> Input {
    let token = match asked.key {
        AnswerKey::Serial(serial) => Some(u32::from(serial)),
        AnswerKey::Flag(flag) => Some(if dice.percent(80) { flag } else { 0 }),
        AnswerKey::Next => None,
    };
    let text = "OK!".to_owned();
    let event = if dice.percent(80) {
        Event::CommandReply { token, text }
    } else {
        Event::CommandRefused { token, text }
    };
    Input::Reception(Box::new(Reception {
        session: asked.session,
        frame_no: 1,
        terminal: asked.terminal,
        protocol: ProtocolName::parse("gt06").unwrap(),
        number: 0x15,
        serial: None,
        received_at: at,
        checksum_ok: true,
        events: vec![event],
        problem: None,
    }))
}

const MINUTE_MS: Millis = 60_000;
