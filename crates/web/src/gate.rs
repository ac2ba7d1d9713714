//! The way in: which hosts are ours, from where somebody comes, how many passwords are checked at once.
//!
//! Shape: headers and peer in, an answer out. Errors: none; what is not sure is refused. Source: RFC 9110 §7.2; Fetch metadata
//! (`Sec-Fetch-Site`). A browser can be made to send requests to any address that its user can reach (DNS rebinding), so a name
//! that is not known to be ours is not answered.

mod network;

use crate::desk::Desk;
use crate::passwords::Passwords;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
pub(crate) use network::Network;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::sync::Mutex;

/// Who may come in.
pub(crate) struct Gate {
    /// Names under which people reach this server, in lower case.
    hosts: Vec<String>,
    /// What this server listens on; `None` where nobody is answered.
    bound: Option<IpAddr>,
    /// Whose word for where a request comes from is taken.
    pub(crate) proxies: Vec<Network>,
    pub(crate) passwords: Passwords,
    /// Attempts to come in are counted one after the other.
    pub(crate) attempts: Mutex<()>,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// From where a request comes, in a handler.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<Desk> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Infallible> {
        Ok(Self(desk.gate.address(&parts.extensions, &parts.headers)))
    }
}

impl Gate {
    pub(crate) fn new(hosts: &[String], proxies: Vec<Network>, bound: Option<SocketAddr>) -> Self {
        let hosts = hosts.iter().map(|host| host.trim().to_ascii_lowercase()).collect();
        let bound = bound.map(|bound| bound.ip());
        Self { hosts, bound, proxies, passwords: Passwords::new(), attempts: Mutex::new(()) }
    }

    /// Whether the host that a request asks for is this server.
    pub(crate) fn is_our_host(&self, request: &Request) -> bool {
        let host = match request.uri().authority() {
            Some(authority) => authority.as_str(),
            None => request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default(),
        };
        self.knows(host)
    }

    fn knows(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        match name.parse::<IpAddr>() {
            // An address is no name that somebody could point at us.
            Ok(address) => {
                address.is_loopback()
                    || self.bound.is_some_and(|bound| bound.is_unspecified() || bound == address)
            }
            Err(_) => name == LOCALHOST || self.hosts.contains(&name),
        }
    }

    /// Whether a browser says that another site's page sends this. Programs say nothing.
    pub(crate) fn is_from_another_site(&self, headers: &HeaderMap) -> bool {
        let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        if text(&FETCH_SITE).is_some_and(|site| site != "same-origin" && site != "none") {
            return true;
        }
        let Some(origin) = text(&ORIGIN) else { return false };
        let Some((_, of)) = origin.split_once("://") else { return true };
        // A proxy may ask us by another name than the one that people know.
        let is_known = self.hosts.iter().any(|host| without_port(of).eq_ignore_ascii_case(host));
        !is_known && text(&HOST) != Some(of)
    }

    /// From where a request comes: the peer, or what a trusted proxy says.
    pub(crate) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
        let Some(ConnectInfo(Peer(peer))) = extensions.get::<ConnectInfo<Peer>>() else {
            return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        };
        let peer = peer.ip().to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        // The last one that no proxy of ours added was added by the first of them.
        let values = headers.get_all(&FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let told: Vec<IpAddr> =
            values.flat_map(|value| value.split(',')).filter_map(|part| address(part.trim())).collect();
        told.into_iter().rev().find(|address| !self.trusts(*address)).unwrap_or(peer)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.holds(address))
    }
}

/// What answers anybody, by whatever name: it tells of no vehicle and no person.
pub(crate) fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// Whether a browser may be handed a cookie over a line that is not encrypted: only on this machine, and not where its page
/// came from elsewhere (a proxy may ask us by our own name).
pub(crate) fn is_this_machine(headers: &HeaderMap) -> bool {
    let here = |host: &str| {
        let name = without_port(host);
        name.eq_ignore_ascii_case(LOCALHOST)
            || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    };
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    let is_from_here = origin.is_none_or(|origin| origin.strip_prefix("http://").is_some_and(here));
    is_from_here && here(headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default())
}

/// Whether a browser says that its page came over a line that is not encrypted.
pub(crate) fn is_plain_http(headers: &HeaderMap) -> bool {
    headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"http://"))
}

fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    host.split(':').next().unwrap_or(host)
}

fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

const LOCALHOST: &str = "localhost";
static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests;
