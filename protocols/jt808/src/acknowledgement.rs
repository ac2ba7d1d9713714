//! Which messages the standard says are answered.
//!
//! Shape: message number → whether it is on the list. Units: none. Errors: none; a number that is not on the list is
//! stored all the same, and a terminal that waits for an answer sends it again. Source: SPEC.md §6.

use crate::number::Number;

/// Whether the standard gives a message the platform's general answer. Registration, media and clock have answers of
/// their own, which they get in any case.
pub(crate) fn is_required(number: Number) -> bool {
    REQUIRED.contains(&number)
}

/// What a terminal says of its own accord. Not here: its answers to commands, and the makers' own messages.
const REQUIRED: &[Number] = &[
    Number::HEARTBEAT,
    Number::DEREGISTER,
    Number::RESEND,
    Number::AUTHENTICATE,
    Number::UPGRADED,
    Number::LOCATION,
    Number::EVENT_CHOSEN,
    Number::QUESTION_ANSWER,
    Number::INFORMATION,
    Number::WAYBILL,
    Number::DRIVER,
    Number::BATCH,
    Number::CAN,
    Number::MEDIA_EVENT,
    Number::MEDIA,
    Number::TRANSPARENT,
    Number::COMPRESSED,
    Number::PUBLIC_KEY,
];
