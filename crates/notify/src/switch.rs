//! A dead man's switch: somebody outside who tells people when nothing is heard of this server any more.
//!
//! Shape: [`Switch::hold`] is one empty POST. Units: –. Errors: [`NotifyError`] when it is made; a hold that fails says why.
//! Source: `reliability.md` §5; the form that uptime monitors take (healthchecks, Uptime Kuma, Cronitor).

use crate::webhook::{Answer, checked_url, client, described, judge};
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
        let url = checked_url("switch_url", url, config.webhook_allow_private)?;
        Ok(Some(Self { client: client(config)?, url }))
    }

    /// Says that all is well; gives what stands against it.
    pub async fn hold(&self) -> Result<(), String> {
        let answer = match self.client.post(self.url.clone()).send().await {
            Ok(answer) => judge(answer.status()),
            Err(error) => Answer::Failed(described(&error.without_url())),
        };
        match answer {
            Answer::Taken => Ok(()),
            Answer::Refused(told) | Answer::Failed(told) => Err(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(url: &str) -> Result<Option<Switch>, NotifyError> {
        let config =
            Config { switch_url: Some(url.into()), webhook_allow_private: true, ..Config::default() };
        Switch::new(&config)
    }

    #[test]
    fn an_address_that_cannot_be_used_is_named_by_its_own_key() {
        let error = switch("ftp://example.com").err().unwrap().to_string();
        assert!(error.starts_with("switch_url: "), "{error}");
    }

    #[tokio::test]
    async fn a_switch_that_cannot_be_held_says_why_and_not_where() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/secret-token");
        let why = switch(&url).unwrap().unwrap().hold().await.unwrap_err();
        assert!(why.contains("refused") && !why.contains("secret-token"), "{why}");
    }
}
