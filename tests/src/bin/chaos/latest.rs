//! Where a tracker was last: it never goes backwards, whatever is folded behind it.
//!
//! Shape: [`settled`] places → an outage → [`followed`] until it is over. [`Witnesses`] are trackers that report of now, beside
//! a load that reports of last week and so has no newest place. Units: fixes in ms. Source: `reliability.md` §1 rows 9, 27.

use anyhow::{Context as _, ensure};
use fleet::Ledger;
use model::{Position, TerminalId, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use stories::device::{Device, now, position};
use stories::server::{ANSWER_MAX, Server, Site, until};

/// Newest fixes by terminal, ms.
pub(crate) type Places = BTreeMap<String, i64>;

/// Where every terminal was last, as the store has it now.
fn places(site: &Site) -> anyhow::Result<Places> {
    #[derive(Debug, serde::Deserialize)]
    struct Listed {
        terminal: String,
        last_fix: Option<Timestamp>,
    }
    let devices = site.rows::<Listed>(&["devices", "list"])?;
    Ok(devices.into_iter().filter_map(|device| Some((device.terminal, device.last_fix?.ms()))).collect())
}

/// The same, once the state of so many has been written.
pub(crate) fn settled(site: &Site, terminals: usize) -> anyhow::Result<Places> {
    until("the newest places", DRAINED_MAX, || {
        Ok(Some(places(site)?).filter(|places| places.len() == terminals))
    })
}

/// Follows the newest fix of each terminal until `is_over`: none goes backwards. A store that is away has said nothing.
pub(crate) fn followed(
    site: &Site,
    before: &Places,
    is_over: impl Fn(&Places) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let mut newest = before.clone();
    until("a fold that has caught up", DRAINED_MAX, || {
        let now = places(site).unwrap_or_else(|_| newest.clone());
        let behind = gone_back(&newest, &now);
        ensure!(behind.is_none(), "a place went backwards: {behind:?}, from {newest:?} to {now:?}");
        newest = now;
        Ok(is_over(&newest)?.then_some(()))
    })
}

/// A terminal that was somewhere newer before.
fn gone_back<'a>(earlier: &'a Places, later: &Places) -> Option<&'a str> {
    earlier
        .iter()
        .find(|(terminal, fix)| later.get(*terminal) < Some(fix))
        .map(|(terminal, _)| terminal.as_str())
}

/// Whether each is newer than it was.
pub(crate) fn is_newer(before: &Places, newest: &Places) -> bool {
    before.iter().all(|(terminal, fix)| newest.get(terminal) > Some(fix))
}

/// Trackers that say where they are now.
pub(crate) struct Witnesses {
    trackers: Vec<(TerminalId, &'static str, Device)>,
    before: Places,
}

impl Witnesses {
    /// Enters them on vehicles, which alone have a place; lets them report, and waits until it is known.
    pub(crate) fn enter(site: &Site, server: &Server, ledger: &Ledger) -> anyhow::Result<Self> {
        let (mut trackers, from) = (Vec::new(), now().plus(-86_400_000));
        let rows = TERMINALS.map(|(protocol, id)| format!("{id},{protocol},main,{from}")).join("\n");
        let file = site.file("witnesses.csv", format!("terminal,plate,role,from\n{rows}\n"))?;
        site.done(&["import", "bindings", &file])?;
        for (protocol, id) in TERMINALS {
            trackers.push((TerminalId::parse(id)?, protocol, Device::login(server, protocol, id)?));
        }
        let mut witnesses = Self { trackers, before: Places::new() };
        let first = (1 - WARM..=0).map(|n| reported(now().plus(n * 10_000)));
        witnesses.report(ledger, &first.collect::<anyhow::Result<Vec<_>>>()?)?;
        witnesses.before = settled(site, TERMINALS.len())?;
        Ok(witnesses)
    }

    /// In an outage: they report, empty their memories behind that, and report again.
    pub(crate) fn drive(&mut self, ledger: &Ledger) -> anyhow::Result<()> {
        let kept =
            (1..=KEPT).map(|n| Ok(Position { buffered: true, ..reported(now().plus(-n * 3_600_000))? }));
        let kept = kept.collect::<anyhow::Result<Vec<_>>>()?;
        self.report(ledger, &[reported(now())?])?;
        self.report(ledger, &kept)?;
        // The next second of their clocks.
        std::thread::sleep(Duration::from_secs(1));
        self.report(ledger, &[reported(now())?])
    }

    fn report(&mut self, ledger: &Ledger, reports: &[Position]) -> anyhow::Result<()> {
        for (terminal, protocol, device) in &mut self.trackers {
            for report in reports {
                let frame = device.frame(report);
                let id = ledger.sent(*terminal, protocol, frame.serial, report).context("a full ledger")?;
                device.wire().send(&frame.bytes)?;
                device.acknowledged(frame.serial)?;
                ledger.acknowledged(id);
            }
        }
        Ok(())
    }

    /// Follows them through the drain, until the last thing that they said in the outage is folded.
    pub(crate) fn followed(self, site: &Site, ledger: &Ledger) -> anyhow::Result<()> {
        let reports = ledger.reports();
        let last = |(terminal, ..): &(TerminalId, &str, Device)| {
            let own = reports.iter().filter(|report| report.terminal == *terminal);
            let fix = own.filter_map(|report| report.fix_time).max().context("a report")?;
            Ok((terminal.to_string(), fix.ms()))
        };
        let last: Places = self.trackers.iter().map(last).collect::<anyhow::Result<_>>()?;
        ensure!(is_newer(&self.before, &last), "nothing was reported in the outage");
        followed(site, &self.before, |newest| Ok(gone_back(&last, newest).is_none()))
    }
}

fn reported(at: Timestamp) -> anyhow::Result<Position> {
    position(at, 22.54, 114.05, 30)
}

/// What came in an outage is folded by then, also on a machine that compiles meanwhile.
const DRAINED_MAX: Duration = Duration::from_secs(ANSWER_MAX.as_secs() * 3);
const TERMINALS: [(&str, &str); 2] = [("gt06", "990000000000883"), ("jt808", "10000000065")];
/// The first two fixes of a receiver are not believed yet.
const WARM: i64 = 4;
/// Reports in a tracker's memory, an hour apart.
const KEPT: i64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_older_or_gone_has_gone_back() {
        let of = |places: &[(&str, i64)]| -> Places {
            places.iter().map(|(terminal, fix)| ((*terminal).to_owned(), *fix)).collect()
        };
        let earlier = of(&[("a", 5), ("b", 7)]);
        assert_eq!(gone_back(&earlier, &of(&[("a", 5), ("b", 8), ("c", 1)])), None);
        assert_eq!(gone_back(&earlier, &of(&[("a", 6), ("b", 6)])), Some("b"));
        assert_eq!(gone_back(&earlier, &of(&[("b", 7)])), Some("a"));
        assert!(
            is_newer(&earlier, &of(&[("a", 6), ("b", 8)])) && !is_newer(&earlier, &of(&[("a", 6), ("b", 7)]))
        );
    }
}
