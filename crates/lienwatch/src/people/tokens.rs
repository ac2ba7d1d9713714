//! `lienwatch token`: programs that may ask.
//!
//! Shape: tokens are plain rows, as users are. Units: real time. Errors: exit codes 2, 4, 5.

use super::{Desk, PAGE, said, usage};
use crate::cli::{CreateToken, Token};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use anyhow::Result;
use journal::Clock;
use model::staff::{Grant, login_name};
use model::{DeskAct, LenderId};
use serde_json::json;
use store::{Changed, TokenRow};
use web::accounts::{self, TokenScopeError};

/// Does what is asked of tokens.
pub(crate) async fn token(config: &Config, command: Token) -> Result<Exit> {
    let desk = Desk { site: Site::open(config).await?, web: &config.web, now: Clock::system().now() };
    match command {
        Token::Create(args) => desk.make_token(args).await?,
        Token::List { output } => desk.tokens(output).await?,
        Token::Revoke { id } => desk.revoke(&id).await?,
    }
    desk.site.close().await;
    Ok(Exit::Ok)
}

impl Desk<'_> {
    async fn make_token(&self, args: CreateToken) -> Result<()> {
        let user = self.named(&args.user).await?;
        let name = login_name(&args.name).map_err(|error| usage(error.to_string()))?;
        let theirs = accounts::rights_of(user.role);
        if let Some(other) = args.rights.iter().find(|right| !theirs.contains(&right.as_str())) {
            let message = format!("{} has no right {other}; they have: {}", user.name, theirs.join(", "));
            return Err(usage(message));
        }
        let named = |names: &[String]| names.iter().cloned().map(LenderId).collect::<Vec<_>>();
        let wanted = Grant {
            lenders: (!args.lenders.is_empty()).then(|| named(&args.lenders)),
            regions: (!args.regions.is_empty()).then(|| args.regions.clone()),
        };
        let scope = accounts::token_scope(&user.scope, &wanted).map_err(|error| match error {
            TokenScopeError::Beyond => {
                usage(format!("{} does not see all of these lenders and regions", user.name))
            }
            TokenScopeError::TooMany { .. } => usage(error.to_string()),
        })?;
        self.warn_of_unheard(&wanted).await?;
        let token = TokenRow {
            id: accounts::new_token_id(),
            user: user.id,
            name,
            rights: args.rights,
            scope,
            created_at: self.now,
            expires_at: args.expires.map(|expires| expires.on(self.now)),
            used_at: None,
            revoked_at: None,
        };
        self.note(DeskAct::TokenMade, &format!("{}/{}", user.name, token.name)).await?;
        let text = accounts::make_token(&self.site.store, &token).await?;
        eprintln!("token {} ({}/{}); it is shown this once:", token.id, user.name, token.name);
        listing::line(&text)
    }

    async fn tokens(&self, output: Output) -> Result<()> {
        let (mut rows, mut after) = (Vec::new(), (i64::MIN, String::new()));
        loop {
            let page = self.site.store.tokens((after.0, &after.1), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.created_at.ms(), last.id.clone());
            for token in &page {
                let user = self.site.store.user(&token.user).await?;
                rows.push(json!({
                    "id": token.id,
                    "name": token.name,
                    "user": user.map(|user| user.name),
                    "rights": token.rights.join(" "),
                    "scope": token.scope.grants().iter().map(said).collect::<Vec<_>>().join("; "),
                    "expires_at": token.expires_at,
                    "used_at": token.used_at,
                }));
            }
        }
        listing::write(output, &["id", "name", "user", "rights", "scope", "expires_at", "used_at"], &rows)
    }

    async fn revoke(&self, id: &str) -> Result<()> {
        self.note(DeskAct::TokenRevoked, id).await?;
        match self.site.store.revoke_token(id, self.now).await? {
            Changed::Yes => listing::line(&format!("token {id} counts no more")),
            Changed::Nothing => Err(Failure::error(Exit::NotFound, format!("there is no token {id}"))),
        }
    }
}
