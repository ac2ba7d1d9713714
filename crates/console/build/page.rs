//! The page that stands in for the console where it could not be built: what to install, and what went wrong.

use std::fmt::{self, Display};
use std::fs;
use std::io;
use std::path::Path;

/// Why there is no console.
pub(crate) enum Missing {
    /// The feature `embed` is off.
    SwitchedOff,
    /// There is no Node.
    Node,
    /// There is one that Vite does not run on.
    NodeIsOld { version: String },
    /// Installing or building failed.
    Failed { said: String },
}

impl Missing {
    pub(crate) fn failed(said: impl Display) -> Self {
        Self::Failed { said: said.to_string() }
    }
}

impl Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff => f.write_str("the feature `embed` is off"),
            Self::Node => {
                f.write_str("Node was not found; install Node 20.19 or newer with npm, then build again")
            }
            Self::NodeIsOld { version } => {
                write!(f, "Node {version} is too old; install 20.19 or newer, then build again")
            }
            Self::Failed { said } => f.write_str(said.lines().next().unwrap_or("the build said nothing")),
        }
    }
}

/// Writes the page, and nothing beside it.
pub(crate) fn write(built: &Path, missing: &Missing) -> io::Result<()> {
    if built.exists() {
        fs::remove_dir_all(built)?;
    }
    fs::create_dir_all(built)?;
    let said = match missing {
        Missing::Failed { said } => format!("<pre>{}</pre>", escaped(said)),
        Missing::SwitchedOff | Missing::Node | Missing::NodeIsOld { .. } => String::new(),
    };
    let page = TEMPLATE.replace("{why}", &escaped(&missing.to_string())).replace("{said}", &said);
    fs::write(built.join("index.html"), page)?;
    fs::write(built.join("missing.css"), STYLE)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const TEMPLATE: &str = include_str!("missing.html");
const STYLE: &str = include_str!("missing.css");
