//! Golden files: what was right once must stay so, until somebody renews it on purpose.

use std::{env, fs};

use crate::guest::folder;

/// Compares a text with `tests/golden/<name>`, or writes it there where the environment variable `LICTOR_RENEW` is set.
///
/// # Panics
/// They differ, or the file can't be read or written.
pub fn assert_golden(name: &str, text: &str) {
    let path = folder("golden").join(name);
    if env::var_os("LICTOR_RENEW").is_some() {
        fs::write(&path, text).expect("the golden file can be written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        golden,
        text,
        "`{}` differs; if that is meant, renew it with LICTOR_RENEW=1",
        path.display()
    );
}
