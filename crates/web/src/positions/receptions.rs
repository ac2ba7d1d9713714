//! Positions as they came in, with what became of each: stored, a duplicate, or rejected.
//!
//! Shape: a question and a place in the journal in, the rows of the frames behind it out. A frame is read again by itself; whether its
//! reports have rows, and whether those are of this frame, the store says. Units: frames. Errors: those of the store.

use super::view::{Fate, NOT_STORED, PositionView, QUARANTINE};
use super::{Batch, Behind, Of, Question, Receptions};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::frames::{Kept, Walk, Walked, profile_of, vehicle_at};
use crate::problem::Problem;
use model::{Event, Identity, Position, Seq, TerminalId};
use std::collections::BTreeMap;
use store::Store;

/// The rows of the next frames behind a place. A frame of many reports may make the page longer.
pub(super) async fn batch(
    desk: &Desk,
    _: &Caller,
    question: &Question,
    wanted: Receptions,
    behind: Option<Seq>,
    rows_max: usize,
) -> Result<Batch, Problem> {
    let store = desk.store()?;
    let terminal = match &question.of {
        Of::Everybody => None,
        Of::Terminal(terminal) => Some(*terminal),
        // A vehicle has one wired device, mostly; the frames of the others are filtered from everybody's.
        Of::Vehicle(_, stretches) => match stretches.as_slice() {
            [(terminal, ..)] => Some(*terminal),
            [] => return Ok(Batch { rows: Vec::new(), next: None }),
            _ => None,
        },
    };
    let walk = Walk::over(&store, terminal, (question.from, question.to), behind).await?;
    let Walked { frames, next } = walk.on(&store, rows_max).await?;
    let mut rows = Vec::new();
    let mut read = Reader { desk, store: &store, profiles: BTreeMap::new() };
    for frame in frames.iter().filter(|frame| question.of.has(frame.reception.terminal)) {
        rows.extend(read.rows(frame, question, wanted).await?);
    }
    Ok(Batch { rows, next: next.map(|seq| Behind::Reception(seq.0)) })
}

impl Of {
    fn has(&self, terminal: TerminalId) -> bool {
        match self {
            Self::Everybody => !terminal.is_own_device(),
            Self::Terminal(only) => *only == terminal,
            Self::Vehicle(_, stretches) => stretches.iter().any(|(its, ..)| *its == terminal),
        }
    }
}

/// Reads frames again.
struct Reader<'a> {
    desk: &'a Desk,
    store: &'a Store,
    profiles: BTreeMap<TerminalId, model::Profile>,
}

impl Reader<'_> {
    async fn rows(
        &mut self,
        frame: &Kept,
        question: &Question,
        wanted: Receptions,
    ) -> Result<Vec<PositionView>, Problem> {
        let terminal = frame.reception.terminal;
        let profile = profile_of(self.store, &mut self.profiles, terminal).await?;
        let events = if frame.is_quarantined {
            frame.reception.events.clone()
        } else {
            let decoded = frame.decoded(self.desk.protocols, profile);
            decoded.reaction.map(|reaction| reaction.events).unwrap_or_default()
        };
        let positions: Vec<(usize, &Position)> = (0..).zip(&events).filter_map(position).collect();
        let vehicle = vehicle_at(self.store, terminal, frame.reception.received_at).await?;
        let view = |position, item, fate| {
            PositionView::received(position, frame, item, fate, vehicle, question.datum)
        };
        if positions.is_empty() {
            let problem = frame.reception.problem.as_deref().filter(|_| wanted.rejected);
            let rejected = problem.map(|problem| {
                let mut row = view(None, 0, Fate::Rejected(NOT_STORED));
                (row.rejected, row.rejected_text) = (Some(problem.to_owned()), words::problem(problem));
                row
            });
            return Ok(rejected.into_iter().collect());
        }
        let identity = |(item, position): &(usize, &Position)| frame.reception.identity(*item, position);
        let identities: Vec<Identity> = positions.iter().map(identity).collect();
        let firsts = self.store.first_receptions(&identities).await?;
        let rows = positions.iter().zip(&identities).filter_map(|((item, position), identity)| {
            let fate = fate(frame, firsts.get(identity).copied());
            let is_wanted = match fate {
                Fate::Stored => true,
                Fate::Duplicate => wanted.duplicate,
                Fate::Rejected(_) => wanted.rejected,
            };
            let item = i64::try_from(*item).unwrap_or(i64::MAX);
            let row = is_wanted.then(|| view(Some(position), item, fate))?;
            (question.late || !row.late || fate != Fate::Stored).then_some(row)
        });
        Ok(rows.collect())
    }
}

fn position((item, event): (usize, &Event)) -> Option<(usize, &Position)> {
    match event {
        Event::Position(position) => Some((item, position)),
        _ => None,
    }
}

fn fate(frame: &Kept, first: Option<Seq>) -> Fate {
    match first {
        _ if frame.is_quarantined => Fate::Rejected(QUARANTINE),
        Some(seq) if seq == frame.seq => Fate::Stored,
        Some(_) => Fate::Duplicate,
        None => Fate::Rejected(NOT_STORED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ProtocolName, Reception, SessionId, Timestamp};

    fn frame(is_quarantined: bool) -> Kept {
        let reception = Reception {
            session: SessionId { run: Seq(1), connection: 1 },
            frame_no: 1,
            terminal: TerminalId::parse("15").unwrap(),
            protocol: ProtocolName::parse("gt06").unwrap(),
            number: 0x22,
            serial: None,
            received_at: Timestamp::default(),
            checksum_ok: true,
            events: Vec::new(),
            problem: None,
        };
        Kept { seq: Seq(7), reception, bytes: Vec::new(), is_quarantined }
    }

    #[test]
    fn a_report_is_of_its_own_frame_a_duplicate_of_another_or_rejected() {
        assert_eq!(fate(&frame(false), Some(Seq(7))), Fate::Stored);
        assert_eq!(fate(&frame(false), Some(Seq(3))), Fate::Duplicate);
        assert_eq!(fate(&frame(false), None), Fate::Rejected(NOT_STORED));
        assert_eq!(fate(&frame(true), None), Fate::Rejected(QUARANTINE));
    }
}
