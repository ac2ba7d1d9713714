//! The receiver: one URL, to which each entry is posted and signed.
//!
//! Shape: (id, body) → [`Answer`]. Units: the timestamp is the system's own clock in Unix seconds, since a receiver
//! compares it with its own to refuse replays. Errors: [`NotifyError`] when it is made, none later. Source: Standard
//! Webhooks.

use crate::address::{PublicOnly, is_public};
use crate::secret::Secrets;
use crate::{Config, NotifyError};
use reqwest::{Client, StatusCode, Url, redirect, retry};
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where entries go.
pub(crate) struct Webhook {
    client: Client,
    url: Url,
    secrets: Secrets,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The receiver has it.
    Taken,
    /// The receiver does not want it, now or later.
    Refused(String),
    /// It may or may not have arrived.
    Failed(String),
}

impl Webhook {
    /// The configured receiver, if there is one.
    pub(crate) fn new(config: &Config) -> Result<Option<Self>, NotifyError> {
        let Some(url) = config.webhook_url.as_deref().filter(|_| config.has_receiver()) else {
            return Ok(None);
        };
        let url = checked_url("webhook_url", url, config.webhook_allow_private)?;
        let secrets = Secrets::read(config.webhook_secret_file.as_deref().ok_or(NotifyError::NoSecret)?)?;
        let client = client(config)?;
        Ok(Some(Self { client, url, secrets }))
    }

    /// The receiver's name, without path and credentials, which may be secret.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Posts a body under an id that is the same at each attempt, so that the receiver knows what it has had.
    pub(crate) async fn post(&self, id: &str, body: Vec<u8>) -> Answer {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp_s = since_epoch.as_secs();
        let sent = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp_s.to_string())
            .header("webhook-signature", self.secrets.sign(id, timestamp_s, &body))
            .body(body)
            .send()
            .await;
        match sent {
            // The body of the answer is not read: only the status counts, and it may have any size.
            Ok(answer) => judge(answer.status()),
            Err(error) => Answer::Failed(described(&error.without_url())),
        }
    }
}

pub(crate) fn judge(status: StatusCode) -> Answer {
    let told = format!("the receiver answered {}", status.as_u16());
    match status {
        _ if status.is_success() => Answer::Taken,
        // The rest may be a key or a route that somebody is changing just now: no reason to give an alert up.
        StatusCode::GONE | StatusCode::PAYLOAD_TOO_LARGE => Answer::Refused(told),
        _ => Answer::Failed(told),
    }
}

/// The address that the configuration has under a key.
pub(crate) fn checked_url(key: &'static str, text: &str, allow_private: bool) -> Result<Url, NotifyError> {
    let refused = |reason: String| Err(NotifyError::Url { key, reason });
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refused(error.to_string()),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused(format!("{} is not http or https", url.scheme()));
    }
    // A literal address is never resolved, so it is checked here; names are checked at each connection.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) if !allow_private && !is_public(address) => {
            refused(format!("{address} is not a public address; webhook_allow_private = true permits it"))
        }
        _ => Ok(url),
    }
}

pub(crate) fn client(config: &Config) -> Result<Client, NotifyError> {
    if !(1..=TIMEOUT_S_MAX).contains(&config.webhook_timeout_s) {
        return Err(NotifyError::Timeout);
    }
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(Duration::from_secs(config.webhook_timeout_s))
        .redirect(redirect::Policy::none())
        // Each attempt is written down; the client must not make some of its own.
        .retry(retry::never())
        .no_proxy()
        .referer(false)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("lienwatch/", env!("CARGO_PKG_VERSION")));
    let builder = if config.webhook_allow_private { builder } else { builder.dns_resolver(PublicOnly) };
    Ok(builder.build()?)
}

/// An error with its causes, in one line.
pub(crate) fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text.chars().take(ERROR_CHARS_MAX).collect()
}

/// Longer and a hung receiver delays the alerts of others.
const TIMEOUT_S_MAX: u64 = 60;
/// Enough for a chain of causes; the text is stored with the entry.
const ERROR_CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        judge(StatusCode::from_u16(status).unwrap())
    }

    #[test]
    fn only_what_cannot_change_is_final() {
        for status in [200, 202, 204] {
            assert_eq!(answer(status), Answer::Taken, "{status}");
        }
        for status in [410, 413] {
            assert!(matches!(answer(status), Answer::Refused(_)), "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 408, 425, 429, 500, 502, 503] {
            assert!(matches!(answer(status), Answer::Failed(_)), "{status}");
        }
    }

    #[test]
    fn a_url_into_the_own_network_is_refused_unless_permitted() {
        for text in [
            "http://127.0.0.1:9/hook",
            "http://[::1]/",
            "https://10.0.0.7/",
            "http://2130706433/",
            "http://0x7f.1/",
            "https://169.254.169.254/latest/",
            "http://[::ffff:127.0.0.1]/",
        ] {
            assert!(checked_url("webhook_url", text, false).is_err(), "{text}");
            assert!(checked_url("webhook_url", text, true).is_ok(), "{text}");
        }
        for text in ["file:///etc/passwd", "ftp://example.com/", "hook", ""] {
            assert!(checked_url("webhook_url", text, true).is_err(), "{text}");
        }
        assert!(checked_url("webhook_url", "https://example.com/hook?token=1", false).is_ok());
    }
}
