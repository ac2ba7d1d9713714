//! `lienwatch user`: who may log in.
//!
//! Shape: users are plain rows, so that this works beside a running server and without one; each change has its line in
//! the journal first. Units: real time. Errors: exit codes 2, 4, 5, 7. The actor is the OS user, who can read the data anyway.

mod teams;
mod tokens;

use crate::cli::{AddUser, Lenders, Passwd, Regions, Role, User};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::lenders;
use crate::listing::{self, Output};
use crate::serve::from_here;
use crate::site::{Http, Site};
use anyhow::Result;
use journal::Clock;
use model::input::Action;
use model::staff::{self, Grant, login_name};
use model::{DeskAct, LenderId, Region, Timestamp};
use serde_json::json;
use store::{Changed, NewUser, UserEdit, UserRow};
pub(crate) use teams::team;
pub(crate) use tokens::token;
use web::accounts;

/// Does what is asked of users.
pub(crate) async fn user(config: &Config, command: User) -> Result<Exit> {
    let desk = Desk { site: Site::open(config).await?, web: &config.web, now: Clock::system().now() };
    match command {
        User::Add(args) => desk.add(args).await?,
        User::List { output } => desk.list(output).await?,
        User::Passwd(args) => desk.passwd(&args).await?,
        User::Role(args) => desk.role(&args).await?,
        User::Disable { name } => desk.disable(&name, DeskAct::UserDisabled).await?,
        User::Enable { name } => desk.disable(&name, DeskAct::UserEnabled).await?,
    }
    desk.site.close().await;
    Ok(Exit::Ok)
}

struct Desk<'a> {
    site: Site,
    /// How people reach the server, as far as its configuration says.
    web: &'a web::Config,
    now: Timestamp,
}

impl Desk<'_> {
    async fn add(&self, args: AddUser) -> Result<()> {
        let name = login_name(&args.name).map_err(|error| usage(error.to_string()))?;
        let lenders = lenders_of_new(args.role, &args.lenders)?;
        let own = Grant { lenders, regions: regions(&args.regions).unwrap_or_default() };
        accounts::check_grant(&own).map_err(usage)?;
        let user = NewUser {
            id: accounts::new_user_id(),
            display_name: args.display_name.unwrap_or_else(|| name.clone()),
            name,
            role: args.role,
            own,
            password: None,
        };
        let taken = || Failure::error(Exit::Conflict, format!("there is a user {} already", user.name));
        if self.site.store.user_by_name(&user.name).await?.is_some() {
            return Err(taken());
        }
        self.warn_of_unheard(&user.own).await?;
        let subject = accounts::user_subject(&user.name, user.role, &user.own);
        self.note(DeskAct::UserAdded, &subject).await?;
        if self.site.store.add_user(&user, self.now).await? == Changed::Nothing {
            return Err(taken());
        }
        let row = self.named(&user.name).await?;
        self.print_link(&row).await
    }

    async fn list(&self, output: Output) -> Result<()> {
        let (mut rows, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.site.store.users(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.name);
            rows.extend(page.iter().map(shown));
        }
        listing::write(
            output,
            &["name", "display_name", "role", "lenders", "regions", "teams", "state", "totp", "login_at"],
            &rows,
        )
    }

    async fn passwd(&self, args: &Passwd) -> Result<()> {
        let user = self.named(&args.name).await?;
        if user.is_disabled {
            return Err(Failure::error(
                Exit::Refused,
                format!("{} is disabled; enable them first", user.name),
            ));
        }
        if args.reset_totp && user.totp.is_some() {
            self.note(DeskAct::TotpDisabled, &user.name).await?;
            accounts::lose_second_factor(&self.site.store, &user.id).await?;
        }
        self.print_link(&user).await
    }

    async fn print_link(&self, user: &UserRow) -> Result<()> {
        self.note(DeskAct::Invited, &user.name).await?;
        let (path, expires_at) = accounts::invite_link(&self.site.store, &user.id, self.now).await?;
        eprintln!("{} chooses a password with this link, once, until {expires_at}:", user.name);
        let base = self.base()?;
        if base.is_empty() {
            let why = match self.site.http() {
                Http::Off => "the server answers nobody now, its --http is empty",
                Http::At(_) | Http::Unsaid => "where the server answers is not known here",
            };
            eprintln!(
                "{why}: put its address before this path, or name it in web.hosts of its configuration"
            );
        }
        if !self.site.is_served()? {
            let guessed = Some(base.as_str()).filter(|base| !base.is_empty() && self.web.hosts.is_empty());
            eprintln!("{}", unanswered(&self.site.dir().to_string(), guessed));
        }
        listing::line(&format!("{base}{path}"))
    }

    /// How people reach the server: by the name that it has, else where the one that works here answers, else where the next one
    /// would. Empty = nobody knows.
    fn base(&self) -> Result<String> {
        if let Some(host) = self.web.hosts.first() {
            return Ok(format!("https://{host}"));
        }
        let http = match self.site.http() {
            Http::At(http) => Some(http),
            Http::Off => None,
            // One that works here may answer anywhere.
            Http::Unsaid if self.site.is_served()? => None,
            Http::Unsaid => self.web.http.parse().ok(),
        };
        Ok(http.map(|http| format!("http://{}", from_here(http))).unwrap_or_default())
    }

    async fn role(&self, args: &Role) -> Result<()> {
        let user = self.named(&args.name).await?;
        let own = Grant {
            lenders: lenders(&args.lenders).unwrap_or_else(|| user.own.lenders.clone()),
            regions: regions(&args.regions).unwrap_or_else(|| user.own.regions.clone()),
        };
        let edit = UserEdit {
            display_name: user.display_name.clone(),
            role: args.role,
            own,
            is_disabled: user.is_disabled,
        };
        if edit.own.pairs() > user.own.pairs() {
            accounts::check_grant(&edit.own).map_err(usage)?;
        }
        accounts::check_scope(&user, &accounts::scope_with_own(&user, &edit.own)).map_err(usage)?;
        self.warn_of_unheard(&edit.own).await?;
        self.edit(&user, DeskAct::UserChanged, &edit).await?;
        listing::line(&format!("{} is {}", user.name, edit.role))
    }

    async fn disable(&self, name: &str, what: DeskAct) -> Result<()> {
        let user = self.named(name).await?;
        let is_disabled = what == DeskAct::UserDisabled;
        let edit = UserEdit {
            display_name: user.display_name.clone(),
            role: user.role,
            own: user.own.clone(),
            is_disabled,
        };
        self.edit(&user, what, &edit).await?;
        if is_disabled {
            self.site.store.end_sessions(&user.id, "").await?;
            self.site.store.drop_invite(&user.id).await?;
        }
        listing::line(&format!(
            "{} may {}",
            user.name,
            if is_disabled { "log in no more" } else { "log in again" }
        ))
    }

    async fn edit(&self, user: &UserRow, what: DeskAct, edit: &UserEdit) -> Result<()> {
        if user.would_step_down(edit) && !self.site.store.others_administer(&user.id).await? {
            let message = "nobody would be left who may administer users; make another admin first";
            return Err(Failure::error(Exit::Refused, message));
        }
        self.note(what, &accounts::user_subject(&user.name, edit.role, &edit.own)).await?;
        match self.site.store.edit_user(&user.id, user.version, edit).await? {
            Changed::Yes => Ok(()),
            Changed::Nothing => Err(Failure::error(
                Exit::Conflict,
                format!("somebody else changed {} just now; look again", user.name),
            )),
        }
    }

    /// Somebody may be made before the first book of their lender; or its name was mistyped.
    async fn warn_of_unheard(&self, given: &Grant) -> Result<()> {
        lenders::warn_of_unheard(&self.site, given.lenders.as_deref().unwrap_or_default()).await
    }

    async fn named(&self, name: &str) -> Result<UserRow> {
        let user = self.site.store.user_by_name(&name.trim().to_ascii_lowercase()).await?;
        user.ok_or_else(|| Failure::error(Exit::NotFound, format!("there is no user {name}")))
    }

    async fn note(&self, what: DeskAct, subject: &str) -> Result<()> {
        self.site.ask(Action::Desk { what, subject: subject.to_owned() }).await.map(drop)
    }
}

/// What is said beside a link while no server works: nobody answers it, and its address may be guessed.
fn unanswered(dir: &str, guessed: Option<&str>) -> String {
    let address = guessed.map(|address| {
        format!(
            "; {address} is where the last one answered, or where the configuration says: one that listens elsewhere is elsewhere"
        )
    });
    format!("no server works on {dir} now: the link opens once one does{}", address.unwrap_or_default())
}

fn shown(user: &UserRow) -> serde_json::Value {
    let state = match (user.is_disabled, &user.password) {
        (true, _) => "disabled",
        (false, None) => "invited",
        (false, Some(_)) => "active",
    };
    json!({
        "name": user.name,
        "display_name": user.display_name,
        "role": user.role,
        "lenders": names(user.own.lenders.as_deref()),
        "regions": names(user.own.regions.as_deref()),
        "teams": user.teams.iter().map(|team| team.name.as_str()).collect::<Vec<_>>().join(", "),
        "state": state,
        "totp": user.totp.is_some(),
        "login_at": user.login_at,
    })
}

/// `main north on 粤 桂A`
fn said(grant: &Grant) -> String {
    format!("{} on {}", names(grant.lenders.as_deref()), names(grant.regions.as_deref()))
}

fn names<T: ToString>(list: Option<&[T]>) -> String {
    match list {
        None => "all".to_owned(),
        Some([]) => "none".to_owned(),
        Some(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// `None` = nothing was said of them.
#[expect(clippy::option_option, reason = "nothing said, all and some are three things")]
fn lenders(args: &Lenders) -> Option<Option<Vec<LenderId>>> {
    if args.no_lenders {
        return Some(Some(Vec::new()));
    }
    match (args.all_lenders, args.lenders.as_slice()) {
        (true, _) => Some(None),
        (false, []) => None,
        (false, lenders) => Some(Some(lenders.iter().cloned().map(LenderId).collect())),
    }
}

/// Whose loans a new user sees. Who keeps devices or the server is there for every lender; of anybody else it has to be said.
fn lenders_of_new(role: staff::Role, args: &Lenders) -> Result<Option<Vec<LenderId>>> {
    match (lenders(args), role) {
        (Some(said), _) => Ok(said),
        (None, staff::Role::Ops | staff::Role::Admin) => Ok(None),
        (None, staff::Role::Collector | staff::Role::Supervisor | staff::Role::Auditor) => {
            let why = format!("the role {role} sees what is of certain lenders, and none was named");
            let how = "--lender NAME (several times for several), --all-lenders, or --no-lenders for who sees by teams only";
            Err(usage(format!("{why}: {how}")))
        }
    }
}

/// `None` = nothing was said of them.
#[expect(clippy::option_option, reason = "as lenders")]
fn regions(args: &Regions) -> Option<Option<Vec<Region>>> {
    match (args.all_regions, args.regions.as_slice()) {
        (true, _) => Some(None),
        (false, []) => None,
        (false, regions) => Some(Some(regions.to_vec())),
    }
}

fn usage(message: String) -> anyhow::Error {
    Failure::error(Exit::Usage, message)
}

/// Rows read at once.
const PAGE: i64 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_nobody_answers_is_said_to_be_one_and_where_its_address_is_from() {
        let (guessed, named) = (unanswered("data", Some("http://h:1")), unanswered("data", None));
        assert!(
            named.starts_with("no server works on data now") && named.ends_with("once one does"),
            "{named}"
        );
        assert!(guessed.contains("http://h:1 is where the last one answered"), "{guessed}");
    }

    #[test]
    fn who_keeps_devices_or_the_server_sees_every_lender_unless_told_otherwise_and_others_are_asked() {
        let said = |names: &[&str]| Lenders {
            lenders: names.iter().map(ToString::to_string).collect(),
            all_lenders: false,
            no_lenders: false,
        };
        for role in [staff::Role::Ops, staff::Role::Admin] {
            assert_eq!(lenders_of_new(role, &said(&[])).unwrap(), None);
            assert_eq!(lenders_of_new(role, &said(&["a"])).unwrap(), Some(vec![LenderId("a".into())]));
        }
        for role in [staff::Role::Collector, staff::Role::Supervisor, staff::Role::Auditor] {
            let error = lenders_of_new(role, &said(&[])).unwrap_err().to_string();
            assert!(error.contains(role.as_str()) && error.contains("--lender NAME"), "{error}");
            assert!(lenders_of_new(role, &said(&["a"])).is_ok());
        }
    }
}
