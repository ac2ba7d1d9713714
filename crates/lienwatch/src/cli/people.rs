//! Who may log in, tokens for programs, and the audit log, as `--help` shows them.

use super::{Moment, moment};
use crate::listing::Output;
use clap::{Args, Subcommand};
use model::{Region, staff};

#[derive(Debug, Subcommand)]
#[command(before_help = "Examples:\n  lienwatch user add li.wei --role collector --lender main\n  \
    lienwatch user passwd li.wei                  a new link to choose a password with\n  \
    lienwatch user role li.wei supervisor --all-lenders\n  \
    lienwatch user add wang.fang --role collector --lender main --region 粤 --region 桂A\n  \
    lienwatch user disable li.wei")]
pub(crate) enum User {
    /// Make a user; prints the link with which they choose a password
    Add(AddUser),
    /// Everybody who may log in, or might once
    List {
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Print a new link with which a user chooses a password; the password of now counts until then
    Passwd(Passwd),
    /// Give a user another role, or other lenders and regions
    Role(Role),
    /// End a user's sessions and let them log in no more
    Disable {
        /// Login name
        name: String,
    },
    /// Let a user log in again
    Enable {
        /// Login name
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddUser {
    /// What they log in by: lower-case letters, digits, . - _; stands in the audit log, is never given again
    pub(crate) name: String,
    /// What colleagues call them [default: the login name]
    #[arg(long, value_name = "TEXT")]
    pub(crate) display_name: Option<String>,
    /// collector, supervisor, ops, auditor or admin
    #[arg(long, value_parser = role)]
    pub(crate) role: staff::Role,
    #[command(flatten)]
    pub(crate) lenders: Lenders,
    #[command(flatten)]
    pub(crate) regions: Regions,
}

/// Whose loans somebody sees.
#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "the arguments are called what they are")]
pub(crate) struct Lenders {
    /// Sees this lender's loans; may be given several times
    #[arg(long = "lender", value_name = "NAME", value_parser = lender)]
    pub(crate) lenders: Vec<String>,
    /// Sees every lender's loans; a new ops or admin does, unless told otherwise
    #[arg(long, conflicts_with = "lenders")]
    pub(crate) all_lenders: bool,
    /// Sees what their teams see, and no more
    #[arg(long, conflicts_with_all = ["lenders", "all_lenders"])]
    pub(crate) no_lenders: bool,
}

/// From where the vehicles are on which they see loans.
#[derive(Debug, Args)]
pub(crate) struct Regions {
    /// Sees vehicles whose plates begin with this, e.g. 粤 or 粤B; may be given several times [default: wherever they are registered]
    #[arg(long = "region", value_name = "PREFIX", value_parser = region)]
    pub(crate) regions: Vec<Region>,
    /// Sees vehicles wherever they are registered
    #[arg(long, conflicts_with = "regions")]
    pub(crate) all_regions: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Passwd {
    /// Login name
    pub(crate) name: String,
    /// Take their second factor away as well, of a phone that is lost: their sessions end, and no password opens until the link is used
    #[arg(long)]
    pub(crate) reset_totp: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "the argument is called what it is")]
pub(crate) struct Role {
    /// Login name
    pub(crate) name: String,
    /// collector, supervisor, ops, auditor or admin
    #[arg(value_parser = role)]
    pub(crate) role: staff::Role,
    #[command(flatten)]
    pub(crate) lenders: Lenders,
    #[command(flatten)]
    pub(crate) regions: Regions,
}

#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  lienwatch token create erp --user li.wei --right loans.read --right imports.run --expires 2027-12-31T00:00:00Z\n  \
    curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8080/api/v1/loans\n  \
    lienwatch token revoke t_0f3c…"
)]
pub(crate) enum Token {
    /// Make a token; it is printed this once
    Create(CreateToken),
    /// Tokens that count, without themselves
    List {
        /// Form of the listing
        #[arg(short, long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Take a token back; it counts no more from the next request on
    Revoke {
        /// Its id, as `token list` shows it
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CreateToken {
    /// What it is for; stands in the audit log behind the user's name
    pub(crate) name: String,
    /// In whose name it acts: it never has more rights than they have
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// A right, e.g. alerts.read; may be given several times
    #[arg(long = "right", value_name = "RIGHT", required = true)]
    pub(crate) rights: Vec<String>,
    /// For this lender's loans only; may be given several times [default: all that the user sees]
    #[arg(long = "lender", value_name = "NAME", value_parser = lender)]
    pub(crate) lenders: Vec<String>,
    /// For vehicles only whose plates begin with this; may be given several times [default: all that the user sees]
    #[arg(long = "region", value_name = "PREFIX", value_parser = region)]
    pub(crate) regions: Vec<Region>,
    /// Until when; UTC where it names no zone [default: until it is taken back]
    #[arg(long, value_parser = moment, value_name = "TIME")]
    pub(crate) expires: Option<Moment>,
}

#[derive(Debug, Subcommand)]
#[command(before_help = "Examples:\n  lienwatch audit list --actor li.wei --from 2h\n  \
    lienwatch audit list --action read --subject 粤B12345 -o csv\n  lienwatch audit verify")]
pub(crate) enum Audit {
    /// Who did and saw what, the newest first
    List(Audited),
    /// Check that no line was changed or taken out
    Verify,
}

#[derive(Debug, Args)]
pub(crate) struct Audited {
    /// Of this user, and of their tokens
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Of this action, e.g. read
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// With this text in the subject
    #[arg(long, value_name = "TEXT")]
    pub(crate) subject: Option<String>,
    /// At or after, e.g. 2026-11-20T00:00:00Z, 2h, today; UTC where it names no zone
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<Moment>,
    /// Before
    #[arg(long, value_parser = moment)]
    pub(crate) to: Option<Moment>,
    /// So many lines at the most
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) limit: u32,
    /// Form of the listing
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Output,
}

fn lender(text: &str) -> Result<String, String> {
    web::accounts::lender(text).map(|lender| lender.0)
}

fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).map_err(|error| error.to_string())
}

fn role(text: &str) -> Result<staff::Role, String> {
    staff::Role::parse(text).map_err(|error| error.to_string())
}
