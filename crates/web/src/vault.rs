//! Secrets of second factors as they are stored: sealed with a key that is not in the database.
//!
//! ```text
//! v1:BASE64URL(nonce (12), secret (n), tag (16))     sealed for one user, with the key of `totp.key` in the data directory
//! MZXW6YTBOJTG633C…                                  from before there was a key: base 32, read as it is
//! ```
//! Shape: a user and a secret in, a text for the store out, and back. The file is made at the first need and read each time, so that one
//! that is put back counts at once. Errors: [`VaultError`]; without the key a user's second factor can only be taken away. Source:
//! RFC 8439 (ChaCha20-Poly1305).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::UserId;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The key, by where it lies.
pub(crate) struct Vault {
    path: PathBuf,
    /// Two who need the first key at once make one.
    making: Mutex<()>,
}

/// Why a secret cannot be sealed or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    /// It was lost, or never put back from a backup.
    #[error("there is no key file {}", .path.display())]
    NoKey { path: PathBuf },
    /// Of another server, or the secret was changed in the store.
    #[error("the key of {} is not the one with which this was stored", .path.display())]
    OtherKey { path: PathBuf },
    /// The file holds something else.
    #[error("{} is no key file: one has 64 hexadecimal digits", .path.display())]
    NoKeyInIt { path: PathBuf },
    /// The disk did not do it.
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
}

impl Vault {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { path: data_dir.join(KEY_FILE), making: Mutex::default() }
    }

    /// Whether there is a key, or what was put in its place.
    pub(crate) fn has_key(&self) -> bool {
        self.path.exists()
    }

    /// The disk may take its time, and whoever waits here shall keep nobody else waiting: the same as `call`, on a thread for that.
    pub(crate) async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl FnOnce(&Self) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let vault = Arc::clone(self);
        let called = tokio::task::spawn_blocking(move || call(&vault)).await;
        called.unwrap_or_else(|ended| Err(self.file(io::Error::other(ended))))
    }

    /// It was lost, where something was sealed with it.
    pub(crate) fn lost(&self) -> VaultError {
        VaultError::NoKey { path: self.path.clone() }
    }

    /// A secret as it is stored for a user.
    pub(crate) fn seal(&self, user: &UserId, secret: &str) -> Result<String, VaultError> {
        let (key, nonce) = (self.key_or_new()?, rand::random::<[u8; NONCE_LEN]>());
        let mut sealed = secret.as_bytes().to_vec();
        // It fails for more than 64 GiB.
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(user.0.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| self.other_key())?;
        Ok(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// What was stored for a user.
    pub(crate) fn open(&self, user: &UserId, stored: &str) -> Result<String, VaultError> {
        let Some(text) = stored.strip_prefix(VERSION) else { return Ok(stored.to_owned()) };
        let key = self.key()?.ok_or_else(|| self.lost())?;
        let opened = || {
            let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let secret = key.open_in_place(nonce, Aad::from(user.0.as_bytes()), sealed).ok()?;
            String::from_utf8(secret.to_vec()).ok()
        };
        opened().ok_or_else(|| self.other_key())
    }

    fn key_or_new(&self) -> Result<LessSafeKey, VaultError> {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        self.make().map_err(|source| self.file(source))?;
        self.key()?.ok_or_else(|| self.lost())
    }

    /// The key; `None` where there is no file.
    fn key(&self) -> Result<Option<LessSafeKey>, VaultError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(source) => return Err(self.file(source)),
        };
        let bytes = hex::decode(text.trim()).ok();
        let key = bytes.and_then(|bytes| UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok());
        key.map(LessSafeKey::new).map(Some).ok_or_else(|| VaultError::NoKeyInIt { path: self.path.clone() })
    }

    /// Makes the file, whole or not at all, readable by the server's user alone.
    fn make(&self) -> io::Result<()> {
        let temporary = self.path.with_extension("new");
        // What a crash has left of one may be readable by others.
        match std::fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        writeln!(file, "{}", hex::encode(rand::random::<[u8; KEY_BYTES]>()))?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        tracing::info!(file = %self.path.display(), "made the key of second factors; it belongs to the backup");
        Ok(())
    }

    fn other_key(&self) -> VaultError {
        VaultError::OtherKey { path: self.path.clone() }
    }

    fn file(&self, source: io::Error) -> VaultError {
        VaultError::File { path: self.path.clone(), source }
    }
}

/// Beside the journal; a backup without it has no second factors.
const KEY_FILE: &str = "totp.key";
/// Of ChaCha20.
const KEY_BYTES: usize = 32;
/// No secret in base 32 has a colon.
pub(crate) const VERSION: &str = "v1:";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const SECRET: &str = "MZXW6YTBOJTG633CMFZGM33PMJQXEZTP";

    fn user(id: &str) -> UserId {
        UserId(id.into())
    }

    #[test]
    fn what_is_stored_is_read_by_its_key_for_its_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::new(folder.path());
        let stored = vault.seal(&user("u_1"), SECRET).unwrap();
        assert!(stored.starts_with("v1:") && !stored.contains(SECRET), "{stored}");
        assert_ne!(stored, vault.seal(&user("u_1"), SECRET).unwrap(), "each has a nonce of its own");
        assert_eq!(Vault::new(folder.path()).open(&user("u_1"), &stored).unwrap(), SECRET);
        let of_another = vault.open(&user("u_2"), &stored);
        assert!(matches!(of_another, Err(VaultError::OtherKey { .. })), "{of_another:?}");
        for cut in 0..stored.len() {
            let part = vault.open(&user("u_1"), &stored[..cut]);
            assert!(cut < VERSION.len() || matches!(part, Err(VaultError::OtherKey { .. })), "{cut}");
        }
        assert_eq!(vault.open(&user("u_1"), SECRET).unwrap(), SECRET, "from before there was a key");
    }

    #[test]
    fn the_key_is_made_once_for_the_servers_user_alone_and_what_is_none_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (vault, path) = (Vault::new(folder.path()), folder.path().join(KEY_FILE));
        std::fs::write(path.with_extension("new"), "half of one").unwrap();
        let stored = vault.seal(&user("u_1"), SECRET).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let key = std::fs::read(&path).unwrap();
        vault.seal(&user("u_2"), SECRET).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), key);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of making it");
        for wrong in [&b""[..], b"short", b"\xff\xfe"] {
            std::fs::write(&path, wrong).unwrap();
            let found = (vault.open(&user("u_1"), &stored), vault.seal(&user("u_1"), SECRET));
            assert!(
                matches!(found, (Err(VaultError::NoKeyInIt { .. }), Err(VaultError::NoKeyInIt { .. }))),
                "{found:?}"
            );
            assert_eq!(std::fs::read(&path).unwrap(), wrong);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(vault.open(&user("u_1"), &stored), Err(VaultError::NoKey { .. })));
    }
}
