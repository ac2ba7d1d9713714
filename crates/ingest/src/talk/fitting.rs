//! What a frame says, in as many inputs as the journal's limit on one needs: mostly one.
//!
//! Shape: a [`Reception`] → the same, its events shared out in order. Units: bytes of the stored form. Errors: an event
//! that no input can hold, and all of them where there would be too many inputs, are left out as raw; the frames
//! themselves stand beside the inputs. Source: DESIGN.md §1, fine print 2.

use model::{Event, Input, Reception};

/// One frame's inputs.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) first: Input,
    /// The others: none, unless a split message says more than an input holds.
    pub(super) rest: Vec<Input>,
}

/// Fits what is said in `said_in` bytes. Further inputs get frame numbers of their own, which `frame_no` counts: a
/// report without a clock is known by its frame's number.
pub(super) fn fitting(mut reception: Reception, said_in: usize, frame_no: &mut u32) -> Fitted {
    if said_in <= FITS_ALWAYS_BYTES || fits(&reception) {
        return Fitted { first: input(reception), rest: Vec::new() };
    }
    let events = std::mem::take(&mut reception.events);
    let mut slices = slices(&reception, &events).into_iter();
    let first = Reception { events: slices.next().unwrap_or_default(), ..reception.clone() };
    let rest = slices.map(|events| {
        *frame_no = frame_no.saturating_add(1);
        input(Reception { events, frame_no: *frame_no, ..reception.clone() })
    });
    Fitted { first: input(first), rest: rest.collect() }
}

/// The events of the inputs that a frame became, in order.
pub(crate) fn shared_out(reception: Reception, said_in: usize) -> Vec<Vec<Event>> {
    let Fitted { first, rest } = fitting(reception, said_in, &mut 0);
    let events = |input| match input {
        Input::Reception(reception) => Some(reception.events),
        _ => None,
    };
    std::iter::once(first).chain(rest).filter_map(events).collect()
}

/// Halves until each slice fits beside what the frame says of itself.
fn slices(frame: &Reception, events: &[Event]) -> Vec<Vec<Event>> {
    let (mut fitting, mut waiting) = (Vec::new(), vec![events]);
    while let Some(events) = waiting.pop() {
        let slice = Reception { events: events.to_vec(), ..frame.clone() };
        match events {
            _ if fits(&slice) => fitting.push(slice.events),
            [] | [_] => fitting.push(vec![Event::Raw]),
            _ => {
                let (head, tail) = events.split_at(events.len() / 2);
                waiting.extend([tail, head]);
            }
        }
        if fitting.len() + waiting.len() > INPUTS_PER_FRAME_MAX {
            return vec![vec![Event::Raw]];
        }
    }
    fitting
}

fn fits(reception: &Reception) -> bool {
    journal::codec::encode(&input(reception.clone())).is_ok()
}

fn input(reception: Reception) -> Input {
    Input::Reception(Box::new(reception))
}

/// What a frame says is at most some thirty times as long as the frame, and an input holds 64 KiB.
const FITS_ALWAYS_BYTES: usize = 1024;
/// Inputs of one frame: a split message of 192 KiB holds 5,000 positions, which are some eight inputs.
pub(super) const INPUTS_PER_FRAME_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ProtocolName, Seq, SessionId, TerminalId, Timestamp};

    fn reception(events: Vec<Event>) -> Reception {
        Reception {
            session: SessionId { run: Seq(1), connection: 1 },
            frame_no: 7,
            terminal: TerminalId::parse("15").unwrap(),
            protocol: ProtocolName::parse("hash").unwrap(),
            number: 2,
            serial: Some(1),
            received_at: Timestamp::from_ms(1_000),
            checksum_ok: true,
            events,
            problem: None,
        }
    }

    fn reply(n: u32, bytes: usize) -> Event {
        Event::CommandReply { token: Some(n), text: "x".repeat(bytes) }
    }

    /// The inputs and the last frame number.
    fn fitted(events: Vec<Event>) -> (Vec<Reception>, u32) {
        let mut frame_no = 7;
        let Fitted { first, rest } = fitting(reception(events), usize::MAX, &mut frame_no);
        let receptions = [first].into_iter().chain(rest).map(|input| match input {
            Input::Reception(reception) => *reception,
            other => panic!("{other:?}"),
        });
        (receptions.collect(), frame_no)
    }

    #[test]
    fn what_fits_is_one_input() {
        let events = vec![reply(1, 60_000)];
        assert_eq!(fitted(events.clone()), (vec![reception(events)], 7));
    }

    #[test]
    fn what_does_not_fit_is_shared_out_in_order_each_input_under_a_number_of_its_own() {
        let events: Vec<Event> = (0..400).map(|n| reply(n, 1_000)).collect();
        let (inputs, frame_no) = fitted(events.clone());
        assert!(inputs.len() > 6 && inputs.iter().all(fits));
        let numbers: Vec<u32> = inputs.iter().map(|input| input.frame_no).collect();
        assert_eq!(numbers, (7..=frame_no).collect::<Vec<_>>());
        assert_eq!(inputs.into_iter().flat_map(|input| input.events).collect::<Vec<_>>(), events);
    }

    #[test]
    fn an_event_that_no_input_holds_is_left_out_alone() {
        let (inputs, _) = fitted(vec![reply(1, 10), reply(2, 70_000), reply(3, 10)]);
        let events: Vec<Event> = inputs.into_iter().flat_map(|input| input.events).collect();
        assert_eq!(events, [reply(1, 10), Event::Raw, reply(3, 10)]);
    }

    #[test]
    fn a_frame_that_says_more_than_all_its_inputs_hold_is_raw() {
        let (inputs, _) = fitted((0..100).map(|n| reply(n, 60_000)).collect());
        assert_eq!(inputs, [reception(vec![Event::Raw])]);
    }
}
