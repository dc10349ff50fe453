//! Which files of a folder are case files. It opens none of them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{CaseError, Problem};

/// What case files end in.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];
/// How deep folders may stand in one another: a link that leads back up ends here.
const DEPTH_MAX: usize = 16;

/// The case files at a path, sorted: the file itself, or all in the folder and the folders in it.
pub fn case_files(path: &Path) -> Result<Vec<PathBuf>, CaseError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.is_dir() {
        return Err(CaseError::of_file(path, Problem::Nothing));
    }
    let mut files = Vec::new();
    collect(path, DEPTH_MAX, &mut files)
        .map_err(|error| CaseError::of_file(path, Problem::Unreadable(error)))?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, files)?;
        } else if path.is_file() && is_case_file(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_case_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| EXTENSIONS.iter().any(|it| extension == *it))
}
