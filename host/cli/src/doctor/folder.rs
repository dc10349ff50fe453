//! The state folder: whose it is, who else gets in, and whether anything can still be written.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, StatVfs, StatVfsMountFlags};

use super::Finding;

/// Less room than this is soon none: keyrings, artifacts and documents are written anew when they change.
const ROOM_BYTES: u64 = 256 << 20;

/// What is the matter with a folder.
pub(super) fn findings(state: &Path) -> Vec<Finding> {
    let Ok(found) = fs::metadata(state) else {
        // Who opens it says why.
        return Vec::new();
    };
    let own = rustix::process::geteuid().as_raw();
    let mut findings: Vec<Finding> = rights(state, &found, own).into_iter().collect();
    findings.extend(writable(state));
    if let Ok(system) = rustix::fs::statvfs(state) {
        findings.extend(room(state, &system));
    }
    findings
}

fn rights(state: &Path, found: &Metadata, own: u32) -> Option<Finding> {
    let (shown, owner, mode) = (state.display(), found.uid(), found.mode() & 0o777);
    if owner != own {
        let what = format!("`{shown}` belongs to user {owner}, and you are user {own}");
        let advice = "run this, and the host, as the folder's owner";
        return Some(Finding::wrong("state", what, advice));
    }
    let what = format!("`{shown}` has mode {mode:03o}: others than its owner get in");
    let advice = format!("`chmod 700 {shown}`");
    (mode & 0o077 != 0).then(|| Finding::wrong("state", what, advice))
}

fn writable(state: &Path) -> Option<Finding> {
    let refused = rustix::fs::access(state, Access::WRITE_OK).err()?;
    let what = format!("`{}` can't be written to: {refused}", state.display());
    let advice = "decisions go on with what was last verified; mount it for writing, or give its owner the right, before anything is to change";
    Some(Finding::wrong("state", what, advice))
}

fn room(state: &Path, system: &StatVfs) -> Option<Finding> {
    if system.f_flag.contains(StatVfsMountFlags::RDONLY) {
        // Said already.
        return None;
    }
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let what = format!("{free} bytes are free where `{}` is", state.display());
    let advice = "make room: decisions go on, but no change can be written down";
    (free < ROOM_BYTES).then(|| Finding::wrong("state", what, advice))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn rights_that_are_too_wide_or_anothers_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let own = rustix::process::geteuid().as_raw();
        let rights = |mode, own| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            rights(path, &fs::metadata(path).unwrap(), own).map(|it| it.advice)
        };
        assert_eq!(rights(0o700, own), None);
        assert!(rights(0o750, own).unwrap().contains("chmod 700"));
        assert!(rights(0o700, own + 1).unwrap().contains("owner"));
    }

    #[test]
    fn a_disk_that_is_nearly_full_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut system = rustix::fs::statvfs(folder.path()).unwrap();
        system.f_flag = StatVfsMountFlags::empty();
        system.f_frsize = 4_096;
        let mut found = |blocks| {
            system.f_bavail = blocks;
            room(folder.path(), &system)
        };
        assert_eq!(found(ROOM_BYTES / 4_096), None);
        assert!(found(ROOM_BYTES / 4_096 - 1).unwrap().wrong);
    }
}
