//! Frames that are kept and are no positions of ours: those of terminals in quarantine.
//!
//! Shape: terminals in, rows out, a page after the other: whoever prints line by line holds one page. Units: frames. Errors: those of
//! the store, and of whoever takes the rows.

use crate::site::Site;
use anyhow::Result;
use model::{Seq, TerminalId};
use serde_json::{Value, json};
use store::FrameQuery;

/// Gives each of some terminals' frames, or everybody's (`None`), to `each`, in the order in which they came.
pub(super) async fn each_kept(
    site: &Site,
    terminals: Option<&[TerminalId]>,
    mut each: impl FnMut(Value) -> Result<()>,
) -> Result<()> {
    // The place of a frame is the key of the quarantine: one pass for many terminals is no longer than one for each.
    let only = match terminals {
        Some([]) => return Ok(()),
        Some([only]) => Some(*only),
        None | Some(_) => None,
    };
    let is_asked = |terminal| terminals.is_none_or(|these| these.contains(&terminal));
    let mut query = FrameQuery { terminal: only, after: Seq(0), until: Seq(i64::MAX), rows_max: PAGE };
    loop {
        let page = site.store.kept_in(&query).await?;
        let Some(last) = page.last() else { return Ok(()) };
        query.after = last.seq;
        for kept in page.into_iter().filter(|kept| is_asked(kept.terminal)) {
            each(json!({
                "terminal": kept.terminal.to_string(),
                "rejected": "quarantine",
                "seq": kept.seq.0,
                "hex": kept.frame.map(hex::encode),
            }))?;
        }
    }
}

/// Frames read at once: 64 KiB each at the very most, some hundred bytes as a rule.
const PAGE: u32 = 200;
