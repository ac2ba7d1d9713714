//! Every scenario by its name, in the order in which a run takes them.

use crate::options::Plan;
use crate::{between, clients, control, database, disk, kill, limits, outage};
use std::future::Future;
use std::pin::Pin;
use stories::server::Site;

type Run = fn(Plan) -> Pin<Box<dyn Future<Output = anyhow::Result<String>>>>;

/// A fault with its proof, or a control of the proof.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) is_control: bool,
    pub(crate) run: Run,
}

const fn fault(name: &'static str, what: &'static str, run: Run) -> Scenario {
    Scenario { name, what, is_control: false, run }
}

const fn control(name: &'static str, what: &'static str, run: Run) -> Scenario {
    Scenario { name, what, is_control: true, run }
}

#[rustfmt::skip]
static SCENARIOS: &[Scenario] = &[
    fault("kill9_sqlite", "kill -9 under load", |plan| Box::pin(kill::kills_on_sqlite(plan))),
    fault("kill9_postgres", "kill -9 under load, PostgreSQL behind", |plan| Box::pin(kill::kills_on_postgres(plan))),
    fault("sigterm_drain", "SIGTERM after 200 ms of quiet loses no frame", |plan| Box::pin(kill::drains(plan))),
    fault("sigterm_load", "SIGTERM under load", |plan| Box::pin(kill::stops_under_load(plan))),
    fault("sigstop", "SIGSTOP and SIGCONT under load", |plan| Box::pin(kill::freezes(plan))),
    fault("fsync_eio", "a sync of the journal fails", |plan| Box::pin(disk::failed_syncs(plan))),
    fault("write_enospc", "writes to the journal find no room", |plan| Box::pin(disk::failed_writes(plan))),
    fault("disk_full", "a full disk, and room again", |plan| Box::pin(disk::full(plan))),
    fault("power_cut", "the disk as it is at a moment is all that is left", |plan| Box::pin(disk::power_cuts(plan))),
    fault("power_cut_short", "a power cut while the journal is short of room", |plan| Box::pin(disk::power_cuts_when_short(plan))),
    fault("postgres_crash", "PostgreSQL stopped -m immediate, and restarted under load", |plan| Box::pin(database::crashes(plan))),
    fault("postgres_hang", "PostgreSQL hangs", |plan| Box::pin(database::hangs(plan))),
    fault("postgres_drop", "PostgreSQL drops the server's connections under load", |plan| Box::pin(database::cut_off(plan))),
    fault("hostile_clients", "5,000 slow clients and a storm of resets", |plan| Box::pin(clients::hostile(plan))),
    fault("descriptors", "no descriptors are left", |plan| Box::pin(clients::descriptors_used_up(plan))),
    fault("memory_cap", "512 MiB of memory under attack", |plan| Box::pin(limits::memory(plan))),
    fault("out_of_memory", "the system kills the server for memory", |plan| Box::pin(limits::out_of_memory(plan))),
    fault("clock_jumps", "the system's clock jumps", |plan| Box::pin(limits::clock_jumps(plan))),
    fault("store_locked", "another process holds the SQLite store", |plan| Box::pin(database::locked(plan))),
    fault("store_full", "the disk of the store is full, the journal's is not", |plan| Box::pin(database::full(plan))),
    fault("kill_before_fold", "kill -9 between journal and watch", |plan| Box::pin(database::kills_between(plan))),
    fault("kill_between_parts", "kill -9 between the parts of a message", |plan| Box::pin(async move { between::parts(plan) })),
    fault("resends", "stored, not heard of, and sent again", |plan| Box::pin(async move { between::resends(Site::on_sqlite()?, plan).await })),
    fault("kill_before_mark", "kill -9 between send and mark of the outbox", |plan| Box::pin(between::outbox(plan))),
    fault("journal_bound", "the store is away until the journal is full", |plan| Box::pin(outage::bounded(plan))),
    fault("outage_alerts", "alerts that open and end while the store is away", |plan| Box::pin(outage::alerts(plan))),
    control("ack_before_commit", "control: a reply leaves before its commit", |plan| Box::pin(control::ack_before_commit(plan))),
    control("synchronous_off", "control: a commit is not synced", |plan| Box::pin(control::synchronous_off(plan))),
    control("serial_in_identity", "control: the serial is part of the identity", |plan| Box::pin(control::serial_in_identity(plan))),
    control("cursor_apart", "control: the fold's place without its rows", |plan| Box::pin(control::cursor_apart(plan))),
];

pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter()
}

/// Tells what there is.
#[expect(clippy::print_stdout, reason = "the list is the output")]
pub(crate) fn list() {
    for scenario in SCENARIOS {
        println!("{:<20} {}", scenario.name, scenario.what);
    }
}
