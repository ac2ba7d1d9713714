//! What a rule set would have raised: a replay's alerts, counted, judged and held against those of another one.
//!
//! ```text
//! Replay --changes--> Tales --> Run --figures--> Figures of each rule     Run + Run --differences--> Difference
//! ```
//! Shape: whoever asks drives the replay (a bar, a way to stop it are theirs) and hands what changes to [`Tales`]. Units: journal
//! time. Errors: [`Unstored`]. Source: `domain.md` §8 (back-test metrics).

mod compare;
mod figures;
mod run;
mod truth;
mod verdicts;
mod window;

pub use compare::{Difference, Kind, differences};
pub use figures::{Figures, Known, Word, figures};
pub use run::{Run, Tale, Tales};
pub use truth::{Cause, Truth};
pub use verdicts::Verdicts;
pub use window::{Kept, Unstored, Window};
