//! `lienwatch team`: people who are given the same to see, under a name.
//!
//! Shape: as of users. A team is named by what it is called. Errors: exit codes 2, 4, 7.

use super::{Desk, lenders, names, regions, usage};
use crate::cli::{AddTeam, SetTeam, Team as Command};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use anyhow::Result;
use journal::Clock;
use model::DeskAct;
use model::staff::Grant;
use serde_json::json;
use store::{Changed, Team, TeamRow, UserRow};
use web::accounts;

/// Does what is asked of teams.
pub(crate) async fn team(config: &Config, command: Command) -> Result<Exit> {
    let desk = Desk { site: Site::open(config).await?, web: &config.web, now: Clock::system().now() };
    match command {
        Command::Add(args) => desk.add_team(args).await?,
        Command::List { output } => desk.teams(output).await?,
        Command::Set(args) => desk.set_team(args).await?,
        Command::Remove { name } => desk.remove_team(&name).await?,
    }
    desk.site.close().await;
    Ok(Exit::Ok)
}

impl Desk<'_> {
    async fn add_team(&self, args: AddTeam) -> Result<()> {
        let Some(lenders) = lenders(&args.lenders) else {
            return Err(usage("say whose loans they see: --lender NAME, or --all-lenders".into()));
        };
        let members = self.people(&args.join).await?;
        let team = Team {
            name: team_name(&args.name)?,
            grant: Grant { lenders, regions: regions(&args.regions).unwrap_or_default() },
            members: members.iter().map(|user| user.id.clone()).collect(),
        };
        sees_something(&team.grant)?;
        fits_all(None, &team.grant, &members)?;
        if self.site.store.team_by_name(&team.name).await?.is_some() {
            return Err(taken(&team.name));
        }
        self.warn_of_unheard(&team.grant).await?;
        self.note(DeskAct::TeamAdded, &accounts::team_subject(&team, &members)).await?;
        match self.site.store.add_team(&accounts::new_team_id(), &team, self.now).await? {
            Changed::Yes => listing::line(&accounts::team_subject(&team, &members)),
            Changed::Nothing => Err(taken(&team.name)),
        }
    }

    async fn set_team(&self, args: SetTeam) -> Result<()> {
        let before = self.team_named(&args.name).await?;
        let (joining, leaving) = (self.people(&args.join).await?, self.people(&args.leave).await?);
        let mut members = Vec::new();
        for id in &before.team.members {
            members.extend(self.site.store.user(id).await?);
        }
        members.retain(|user| !leaving.iter().any(|leaver| leaver.id == user.id));
        for user in joining {
            if !members.iter().any(|member| member.id == user.id) {
                members.push(user);
            }
        }
        let team = Team {
            name: args.rename.as_deref().map_or_else(|| Ok(before.team.name.clone()), team_name)?,
            grant: Grant {
                lenders: lenders(&args.lenders).unwrap_or_else(|| before.team.grant.lenders.clone()),
                regions: regions(&args.regions).unwrap_or_else(|| before.team.grant.regions.clone()),
            },
            members: members.iter().map(|user| user.id.clone()).collect(),
        };
        sees_something(&team.grant)?;
        fits_all(Some(&before), &team.grant, &members)?;
        self.warn_of_unheard(&team.grant).await?;
        self.note(DeskAct::TeamChanged, &accounts::team_subject(&team, &members)).await?;
        match self.site.store.edit_team(&before.id, before.version, &team).await? {
            Changed::Yes => listing::line(&accounts::team_subject(&team, &members)),
            Changed::Nothing => {
                let message = "the name is taken, or somebody else changed the team just now; look again";
                Err(Failure::error(Exit::Conflict, message))
            }
        }
    }

    async fn remove_team(&self, name: &str) -> Result<()> {
        let team = self.team_named(name).await?;
        self.note(DeskAct::TeamRemoved, &team.team.name).await?;
        match self.site.store.remove_team(&team.id, team.version).await? {
            Changed::Yes => listing::line(&format!("team {name} is no more")),
            Changed::Nothing => {
                Err(Failure::error(Exit::Conflict, "somebody else changed the team just now; look again"))
            }
        }
    }

    async fn teams(&self, output: Output) -> Result<()> {
        let mut rows = Vec::new();
        for TeamRow { team, .. } in self.site.store.teams().await? {
            let mut members = Vec::new();
            for id in &team.members {
                members.extend(self.site.store.user(id).await?.map(|user| user.name));
            }
            rows.push(json!({
                "name": team.name,
                "lenders": names(team.grant.lenders.as_deref()),
                "regions": names(team.grant.regions.as_deref()),
                "members": members.join(" "),
            }));
        }
        listing::write(output, &["name", "lenders", "regions", "members"], &rows)
    }

    async fn people(&self, named: &[String]) -> Result<Vec<UserRow>> {
        let mut people: Vec<UserRow> = Vec::new();
        for name in named {
            let user = self.named(name).await?;
            if !people.iter().any(|other| other.id == user.id) {
                people.push(user);
            }
        }
        Ok(people)
    }

    async fn team_named(&self, name: &str) -> Result<TeamRow> {
        let team = self.site.store.team_by_name(name.trim()).await?;
        team.ok_or_else(|| Failure::error(Exit::NotFound, format!("there is no team {name}")))
    }
}

/// That its members see nothing more is no team.
fn sees_something(grant: &Grant) -> Result<()> {
    if grant.is_nothing() {
        return Err(usage("a team sees something: --lender NAME or --all-lenders".into()));
    }
    Ok(())
}

/// Neither the team nor any of its members sees more than may be. What is no more than before may be.
fn fits_all(before: Option<&TeamRow>, gives: &Grant, members: &[UserRow]) -> Result<()> {
    if before.is_none_or(|before| gives.pairs() > before.team.grant.pairs()) {
        accounts::check_grant(gives).map_err(usage)?;
    }
    let id = before.map(|before| &before.id);
    let fits = |user: &UserRow| accounts::check_scope(user, &accounts::scope_in_team(user, id, gives));
    members.iter().try_for_each(fits).map_err(usage)
}

fn team_name(text: &str) -> Result<String> {
    accounts::name_of_people(text)
        .ok_or_else(|| usage("a team's name has 1 to 64 characters on one line".into()))
}

fn taken(name: &str) -> anyhow::Error {
    Failure::error(Exit::Conflict, format!("there is a team {name} already"))
}
