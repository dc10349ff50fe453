//! The files of a new policy crate: a short policy as an example, and the SDK that it is written with.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::CrateName;

/// The crate itself. `{{name}}` stands for its name.
const OWN: [(&str, &str); 6] = [
    (
        "Cargo.toml",
        include_str!("../../templates/policy/Cargo.toml.template"),
    ),
    (
        ".gitignore",
        include_str!("../../templates/policy/gitignore.template"),
    ),
    (
        "README.md",
        include_str!("../../templates/policy/README.md"),
    ),
    ("src/lib.rs", include_str!("../../templates/policy/lib.rs")),
    (
        "cases/decisions.yaml",
        include_str!("../../templates/policy/cases/decisions.yaml"),
    ),
    (
        "cases/parameters.yaml",
        include_str!("../../templates/policy/cases/parameters.yaml"),
    ),
];

/// What goes to `vendor`, which `build.rs` collects.
const VENDORED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/vendor.rs"));

/// Says what `vendor` is.
const VENDOR_README: &str = include_str!("../../templates/policy/vendor-README.md");

/// Every file of a new crate by its path in the crate.
pub fn files(name: &CrateName) -> impl Iterator<Item = (PathBuf, Cow<'static, str>)> {
    let own = OWN.iter().map(move |(path, text)| {
        let text = text.replace("{{name}}", name.as_str());
        (PathBuf::from(path), Cow::Owned(text))
    });
    let vendored = VENDORED
        .iter()
        .chain(std::iter::once(&("README.md", VENDOR_README)))
        .map(|(path, text)| (Path::new("vendor").join(path), Cow::Borrowed(*text)));
    own.chain(vendored)
}
