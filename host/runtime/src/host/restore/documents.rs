//! Reading documents again.

use std::collections::BTreeMap;

use lictor_policy::{Document, DocumentName, Documents, JsonBounds, TenantName};
use lictor_state::{FileName, Files, KeptDocument, Keyed};

use super::{owner_and_name, parallel};
use crate::missing::Missing;

type Each = Vec<Keyed<KeptDocument>>;

/// The documents of each owner, and those that can't be read.
pub(super) fn restore(files: &Files, each: Each) -> BTreeMap<TenantName, (Documents, Missing)> {
    let read = parallel::each(each, |(key, entry)| match entry {
        Ok(kept) => Some((
            kept.tenant.clone(),
            kept.name.clone(),
            read(files, kept.file_name()),
        )),
        Err(error) => {
            let (owner, name) = owner_and_name(&key)?;
            Some((owner, name, Err(error.to_string())))
        }
    });
    type Both = (
        Vec<(DocumentName, Document)>,
        BTreeMap<DocumentName, String>,
    );
    let mut by_owner: BTreeMap<TenantName, Both> = BTreeMap::new();
    for (owner, name, read) in read.into_iter().flatten() {
        let (documents, missing) = by_owner.entry(owner).or_default();
        match read {
            Ok(document) => documents.push((name, document)),
            Err(why) => {
                missing.insert(name, why);
            }
        }
    }
    let gathered = by_owner.into_iter().map(|(owner, (documents, missing))| {
        let documents = Documents::new().with_all(documents);
        (owner, (documents, Missing::new(missing)))
    });
    gathered.collect()
}

/// The document of a file.
pub(super) fn read(files: &Files, file: FileName) -> Result<Document, String> {
    let text = files.read(file).map_err(|error| error.to_string())?;
    // The text that was accepted was within bounds; its canonical spelling may be longer.
    let bounds = JsonBounds {
        bytes_max: usize::MAX,
        ..JsonBounds::DOCUMENT
    };
    Document::parse(&text, &bounds).map_err(|error| error.to_string())
}
