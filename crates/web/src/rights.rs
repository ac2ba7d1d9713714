//! Who may do what: the rights, the roles that have them, and the one table of all routes.
//!
//! Shape: (method, path) → [`Entry`]; a role → its [`Rights`]. A route that is not in the table does not exist, whatever
//! the router says (`routes::access`); a generated test walks every route with every role. Source: DESK, `ux.md` §5.
//!
//! A right says what somebody may do at all. Of whom is the scope's matter, which each query asks ([`crate::caller`]).

mod table;

use axum::http::Method;
use model::Purpose;
use model::staff::Role;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;
pub(crate) use table::TABLE;

/// `rights! { Variant = "code" }` expands to the enum with `ALL`, `as_str` and `parse`.
macro_rules! rights {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)+) => {
        /// What somebody may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Right { $($(#[$doc])* $variant),+ }

        impl Right {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub(crate) const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            pub(crate) fn parse(text: &str) -> Option<Self> { Self::ALL.iter().copied().find(|right| right.as_str() == text) }
        }
    };
}

rights! {
    /// Alerts without what they say of money and place, unless other rights add it.
    AlertsRead = "alerts.read",
    /// Take, snooze, annotate and close alerts.
    AlertsAct = "alerts.act",
    /// Hand alerts to others, and many at once.
    AlertsAssign = "alerts.assign",
    /// Vehicles, their devices and what they do; not where.
    VehiclesRead = "vehicles.read",
    /// Where vehicles are and were; each look has a purpose.
    TracksRead = "tracks.read",
    /// Who looked at a vehicle.
    ViewersRead = "viewers.read",
    /// Loans with what is owed.
    LoansRead = "loans.read",
    /// Tell what happened to a loan.
    LoansTell = "loans.tell",
    /// Import books, bindings and events.
    ImportsRun = "imports.run",
    PlacesRead = "places.read",
    PlacesWrite = "places.write",
    RulesRead = "rules.read",
    RulesWrite = "rules.write",
    /// Devices, quarantine, waiting room.
    DevicesRead = "devices.read",
    DevicesWrite = "devices.write",
    /// The log of positions; each look has a purpose.
    PositionsRead = "positions.read",
    /// Frames down to the byte.
    FramesRead = "frames.read",
    /// Tell terminals to do something, and see what they were told.
    CommandsSend = "commands.send",
    SystemRead = "system.read",
    /// Three numbers without personal data.
    WallRead = "wall.read",
    UsersRead = "users.read",
    UsersWrite = "users.write",
    /// Tokens for programs.
    TokensWrite = "tokens.write",
    AuditRead = "audit.read",
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rights(u32);

impl Rights {
    pub(crate) fn of(rights: &[Right]) -> Self {
        Self(rights.iter().fold(0, |set, right| set | bit(*right)))
    }

    /// What a role has.
    pub(crate) fn of_role(role: Role) -> Self {
        match role {
            Role::Collector => Self::of(COLLECTOR),
            Role::Supervisor => Self::of(COLLECTOR).and(Self::of(SUPERVISOR_TOO)),
            Role::Ops => Self::of(OPS),
            Role::Auditor => Self::of(AUDITOR),
            Role::Admin => Self::of(Right::ALL),
        }
    }

    pub(crate) const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    pub(crate) const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn has(self, right: Right) -> bool {
        self.0 & bit(right) != 0
    }

    /// In the order of the list.
    pub(crate) fn list(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.has(*right))
    }
}

fn bit(right: Right) -> u32 {
    let place = Right::ALL.iter().position(|other| *other == right).unwrap_or(0);
    1 << place
}

const COLLECTOR: &[Right] = &[
    Right::AlertsRead,
    Right::AlertsAct,
    Right::VehiclesRead,
    Right::TracksRead,
    Right::LoansRead,
    Right::LoansTell,
    Right::WallRead,
];
const SUPERVISOR_TOO: &[Right] = &[
    Right::AlertsAssign,
    Right::ViewersRead,
    Right::UsersRead,
    Right::PlacesRead,
    Right::PlacesWrite,
    Right::ImportsRun,
    Right::RulesRead,
];
/// No loans, no verdicts; where a car is only in the log of what devices say.
const OPS: &[Right] = &[
    Right::AlertsRead,
    Right::VehiclesRead,
    Right::DevicesRead,
    Right::DevicesWrite,
    Right::PositionsRead,
    Right::FramesRead,
    Right::CommandsSend,
    Right::PlacesRead,
    Right::SystemRead,
    Right::WallRead,
];
/// Never where a car is.
const AUDITOR: &[Right] = &[
    Right::AlertsRead,
    Right::AuditRead,
    Right::UsersRead,
    Right::ViewersRead,
    Right::RulesRead,
    Right::WallRead,
];

/// For what a role may look at where cars are.
pub(crate) const fn purposes(role: Role) -> &'static [Purpose] {
    match role {
        Role::Collector => &[Purpose::Collect, Purpose::Verify],
        Role::Supervisor => &[Purpose::Collect, Purpose::Verify, Purpose::Legal],
        Role::Ops => &[Purpose::Ops, Purpose::Verify],
        Role::Auditor => &[],
        Role::Admin => Purpose::ALL,
    }
}

/// What has to hold before a route is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: how one comes in.
    Anyone,
    /// Whoever is known, by session or token.
    Known,
    /// Whoever is logged in as a person: a token cannot change a password.
    Person,
    /// Whoever has the right.
    With(Right),
}

/// How long an answer may take to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As people expect it.
    Usual,
    /// As long as a large file takes to be read or gathered.
    Long,
    /// A stream: as long as somebody listens.
    Endless,
}

impl Patience {
    pub(crate) const fn limit(self) -> Option<Duration> {
        match self {
            // Longer than the slowest answer, which waits 2 s for the store and 2 s for the fold.
            Self::Usual => Some(Duration::from_secs(10)),
            // A book of 100,000 loans over a slow line.
            Self::Long => Some(Duration::from_mins(10)),
            Self::Endless => None,
        }
    }
}

/// Methods that routes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub(crate) const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// `HEAD` is `GET` without a body.
    pub(crate) fn of(method: &Method) -> Option<Self> {
        match method.as_str() {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Changes nothing.
    pub(crate) const fn only_reads(self) -> bool {
        matches!(self, Self::Get)
    }
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) verb: Verb,
    /// Below [`BASE`].
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) body_bytes_max: usize,
    pub(crate) patience: Patience,
    /// The answer holds a secret that is shown once: it is not kept to be given again.
    pub(crate) shown_once: bool,
}

impl Entry {
    const fn new(verb: Verb, path: &'static str, access: Access) -> Self {
        let (body_bytes_max, patience) = (BODY_BYTES_MAX, Patience::Usual);
        Self { verb, path, access, body_bytes_max, patience, shown_once: false }
    }

    const fn body(mut self, bytes_max: usize) -> Self {
        self.body_bytes_max = bytes_max;
        self
    }

    const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    const fn shown_once(mut self) -> Self {
        self.shown_once = true;
        self
    }
}

/// The route that answers a request, if the table has it. The path is the router's pattern, with [`BASE`].
pub(crate) fn entry(verb: Verb, matched: &str) -> Option<&'static Entry> {
    let path = matched.strip_prefix(BASE)?;
    BY_ROUTE.get(&(path, verb)).copied()
}

/// The methods that a path has.
pub(crate) fn verbs(matched: &str) -> Vec<Verb> {
    Verb::ALL.into_iter().filter(|verb| entry(*verb, matched).is_some()).collect()
}

static BY_ROUTE: LazyLock<BTreeMap<(&'static str, Verb), &'static Entry>> =
    LazyLock::new(|| TABLE.iter().map(|entry| ((entry.path, entry.verb), entry)).collect());

/// Where the interface begins.
pub(crate) const BASE: &str = "/api/v1";
/// A form that a person fills in.
pub(crate) const BODY_BYTES_MAX: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_holds_every_right() {
        assert!(Right::ALL.len() <= 32);
        for right in Right::ALL {
            assert_eq!(Right::parse(right.as_str()), Some(*right));
            assert_eq!(Rights::of(&[*right]).list().collect::<Vec<_>>(), [*right]);
        }
    }

    #[test]
    fn no_route_stands_in_the_table_twice() {
        assert_eq!(BY_ROUTE.len(), TABLE.len());
    }

    #[test]
    fn roles_have_what_their_people_are_for_and_no_more() {
        let has = |role, right| Rights::of_role(role).has(right);
        assert!(!has(Role::Auditor, Right::TracksRead) && !has(Role::Auditor, Right::PositionsRead));
        assert!(!has(Role::Ops, Right::LoansRead) && !has(Role::Ops, Right::AlertsAct));
        assert!(!has(Role::Collector, Right::AlertsAssign) && !has(Role::Collector, Right::ImportsRun));
        let writes = [Right::UsersWrite, Right::TokensWrite, Right::RulesWrite];
        for role in Role::ALL.iter().filter(|role| **role != Role::Admin) {
            assert!(writes.iter().all(|right| !has(*role, *right)), "{role}");
        }
        assert_eq!(Rights::of_role(Role::Admin).list().count(), Right::ALL.len());
    }
}
