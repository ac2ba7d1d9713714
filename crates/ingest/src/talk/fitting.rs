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
