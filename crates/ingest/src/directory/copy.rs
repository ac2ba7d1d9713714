//! The directory's copy in the data dir: one header line, then the listing in postcard.
//!
//! A crash leaves the old copy or the new one, never half of one: temporary file, fsync, rename, fsync of the folder.

use super::Listing;
use crate::IngestError;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(super) fn save(listing: &Listing, path: &Path) -> Result<(), IngestError> {
    let failed = |source| IngestError::CopyFile { path: path.to_owned(), source };
    let body = postcard::to_stdvec(listing).map_err(|_| IngestError::CopyFormat { path: path.to_owned() })?;
    let temporary = path.with_extension("new");
    // Terminal ids are personal data: for the server's user only.
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&temporary).map_err(failed)?;
    file.write_all(HEADER).and_then(|()| file.write_all(&body)).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&temporary, path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

pub(super) fn load(path: &Path) -> Result<Option<Listing>, IngestError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(IngestError::CopyFile { path: path.to_owned(), source }),
    };
    let unknown = || IngestError::CopyFormat { path: path.to_owned() };
    // An older program's copy lacks what this one needs: as good as none, since the store is asked as soon as it answers.
    let Some(body) = bytes.strip_prefix(HEADER) else {
        return if bytes.starts_with(HEADER_OF_ANY) { Ok(None) } else { Err(unknown()) };
    };
    let (listing, rest) = postcard::take_from_bytes(body).map_err(|_| unknown())?;
    if rest.is_empty() { Ok(Some(listing)) } else { Err(unknown()) }
}

/// How the copy of any version begins.
const HEADER_OF_ANY: &[u8] = b"lienwatch directory ";
/// Counts up when the form changes.
const HEADER: &[u8] = b"lienwatch directory 4\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_damaged_is_refused_and_one_of_another_version_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("directory.copy");
        let terminal = model::TerminalId::parse("868120240000015").unwrap();
        let listing =
            Listing { terminals: [(terminal, super::super::Listed::default())].into(), ..Listing::default() };
        save(&listing, &path).unwrap();
        assert_eq!(load(&path).unwrap(), Some(listing));
        let whole = std::fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() - 1], b"directory", b"", &[&whole[..], b"x"].concat()] {
            std::fs::write(&path, damaged).unwrap();
            assert!(matches!(load(&path), Err(IngestError::CopyFormat { .. })), "{damaged:?}");
        }
        std::fs::write(&path, b"lienwatch directory 1\nof another version").unwrap();
        assert_eq!(load(&path).unwrap(), None);
    }
}
