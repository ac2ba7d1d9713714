//! Every scenario by its name, in the order in which a run takes them.

use crate::options::Plan;
use crate::{control, kill};
use std::future::Future;
use std::pin::Pin;

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
    control("ack_before_commit", "control: a reply leaves before its commit", |plan| Box::pin(control::ack_before_commit(plan))),
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
