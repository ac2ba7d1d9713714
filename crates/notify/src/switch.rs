//! A dead man's switch: somebody outside who tells people when nothing is heard of this server any more.
//!
//! Shape: [`Switch::hold`] is one empty POST. Units: –. Errors: [`NotifyError`] when it is made; a hold that fails says why.
//! Source: `reliability.md` §5; the form that uptime monitors take (healthchecks, Uptime Kuma, Cronitor).

use crate::webhook::{Answer, checked_url, client, judge};
use crate::{Config, NotifyError};
use reqwest::{Client, Url};

/// The switch, outside.
pub struct Switch {
    client: Client,
    url: Url,
}

impl Switch {
    /// The configured one, if there is one.
    pub fn new(config: &Config) -> Result<Option<Self>, NotifyError> {
        let Some(url) = config.switch_url.as_deref().filter(|url| !url.is_empty()) else { return Ok(None) };
        let url = checked_url(url, config.webhook_allow_private)?;
        Ok(Some(Self { client: client(config)?, url }))
    }

    /// Says that all is well; gives what stands against it.
    pub async fn hold(&self) -> Result<(), String> {
        let answer = match self.client.post(self.url.clone()).send().await {
            Ok(answer) => judge(answer.status()),
            Err(error) => Answer::Failed(error.without_url().to_string()),
        };
        match answer {
            Answer::Taken => Ok(()),
            Answer::Refused(told) | Answer::Failed(told) => Err(told),
        }
    }
}
