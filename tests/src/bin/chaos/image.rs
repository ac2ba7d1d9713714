//! A small disk of its own: an ext4 file system in a file, mounted over a loop device.
//!
//! Shape: [`Disk::of`] a size → mounted until dropped; [`Disk::copy`] is what a power cut would leave of it. Units: bytes.
//! Errors: [`NotHere`] where nothing can be mounted. Source: `mount(8)`, `mkfs.ext4(8)`; `reliability.md` §1 row 2.

use crate::verdict::NotHere;
use anyhow::{Context as _, ensure};
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// A mounted image.
#[derive(Debug)]
pub(crate) struct Disk {
    image: PathBuf,
    at: PathBuf,
}

impl Disk {
    /// Makes an image beside a folder, and mounts it there.
    pub(crate) fn of(bytes: u64, at: &Path) -> anyhow::Result<Self> {
        let image = at.with_extension("img");
        File::create(&image)?.set_len(bytes)?;
        here(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        fs::create_dir_all(at)?;
        Self::mounted(image, at)
    }

    /// Mounts an image in a folder.
    pub(crate) fn mounted(image: PathBuf, at: &Path) -> anyhow::Result<Self> {
        here(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(at))?;
        Ok(Self { image, at: at.to_owned() })
    }

    /// A copy of the image as it is now, without what is only in memory. Nobody may write meanwhile: what the kernel
    /// writes back by itself in the middle of it would make another order of it, so that it is copied again then.
    pub(crate) fn copy(&self, name: &str) -> anyhow::Result<PathBuf> {
        let copy = self.image.with_file_name(name);
        for _ in 0..COPIES_MAX {
            let before = self.changed()?;
            let done = Command::new("cp").arg("--sparse=always").args([&self.image, &copy]).status()?;
            ensure!(done.success(), "cp: {done}");
            if self.changed()? == before {
                return Ok(copy);
            }
        }
        anyhow::bail!("the image does not come to rest")
    }

    fn changed(&self) -> anyhow::Result<SystemTime> {
        Ok(fs::metadata(&self.image)?.modified()?)
    }

    /// Writes a file until there is no room for a block more. Remove it to make room. What the file system had kept for
    /// its own is free once the file is on the disk, hence again until nothing more fits.
    pub(crate) fn fill(&self) -> anyhow::Result<PathBuf> {
        let path = self.at.join("filler");
        let mut filler = File::create(&path)?;
        while fills(&mut filler, 1 << 20)? + fills(&mut filler, 4096)? > 0 {}
        Ok(path)
    }
}

/// Writes blocks until one does not fit, and syncs; gives how many fitted.
fn fills(filler: &mut File, block: usize) -> anyhow::Result<u64> {
    let (zeros, mut blocks) = (vec![0; block], 0);
    loop {
        match filler.write(&zeros) {
            Ok(0) => break,
            Ok(_) => blocks += 1,
            Err(error) if error.kind() == ErrorKind::StorageFull => break,
            Err(error) => return Err(error.into()),
        }
    }
    match filler.sync_all() {
        Err(error) if error.kind() != ErrorKind::StorageFull => Err(error.into()),
        _ => Ok(blocks),
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmount = |lazily: &[&str]| Command::new("umount").args(lazily).arg(&self.at).status();
        // Somebody still looks into it after a failed scenario: it then goes with them.
        if !unmount(&[]).is_ok_and(|done| done.success()) {
            let _ = unmount(&["-l"]);
        }
        let _ = fs::remove_file(&self.image);
    }
}

/// Runs a program that needs a right or a tool that may not be there.
fn here(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(NotHere(format!("there is no {name}")).into());
        }
        Err(error) => return Err(error).context(name),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(NotHere(format!("{name}: {}", said.trim().lines().next().unwrap_or_default())).into())
}

/// The kernel writes back each five seconds or so.
const COPIES_MAX: u32 = 20;
