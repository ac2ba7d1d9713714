//! stub
use crate::cli::Replay;
use crate::exit::Exit;
use anyhow::Result;
pub(crate) async fn replay(_args: &Replay) -> Result<Exit> {
    Ok(Exit::Ok)
}
