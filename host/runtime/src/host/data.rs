//! Replacing documents, each as a whole: read and written to a file first, without a lock, then written down, then shown.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use lictor_policy::{Digest, Document, DocumentName, Documents, JsonBounds, TenantName};
use lictor_state::{Change, KeptDocument, KeptFile, Shelf};

use super::rollouts::check_document_free;
use super::{Control, Host};
use crate::error::HostError;
use crate::missing::Missing;
use crate::view::{TENANT_DOCUMENTS, View};

/// The most documents of one tenant, and of the operator.
const DOCUMENTS_MAX: usize = 1024;

/// How often a patch is made again because the document has changed meanwhile.
const PATCHES_MAX: usize = 16;

/// A document, for people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct DataReport {
    /// Its name.
    pub document: DocumentName,
    /// How many bytes its canonical JSON text has.
    pub bytes: u64,
    /// The digest of that text.
    pub digest: Digest,
}

impl Host {
    /// Puts a document among a tenant's data, in the place of one of the same name, as a whole: a request sees the old or the
    /// new one from its first question to its last.
    ///
    /// # Errors
    /// The tenant is unknown, the text isn't acceptable JSON, the tenant's documents would take too much memory, or it can't be
    /// written down.
    pub fn put_data(
        &self,
        tenant: &TenantName,
        name: DocumentName,
        json: &[u8],
    ) -> Result<(), HostError> {
        self.replace_data(tenant, [(name, json)])
    }

    /// Puts several documents among a tenant's data at once: no request sees some of them old and some new.
    ///
    /// # Errors
    /// As for [`Host::put_data`]; nothing has changed then.
    pub fn replace_data<'a>(
        &self,
        tenant: &TenantName,
        documents: impl IntoIterator<Item = (DocumentName, &'a [u8])>,
    ) -> Result<(), HostError> {
        self.tenant(tenant)?;
        let drafts = documents
            .into_iter()
            .map(|(name, json)| self.draft(name.clone(), parse(name, json)?))
            .collect::<Result<Vec<_>, _>>()?;
        let mut control = self.control();
        self.put_drafts(&mut control, tenant, &drafts)
    }

    /// Merges a JSON merge patch (RFC 7396) into a document of a tenant, or of the operator where the tenant is `base`: members of
    /// the patch replace those of the same name, `null` takes them away. Nothing that others put meanwhile is lost, and every
    /// number keeps its digits.
    ///
    /// # Errors
    /// The tenant or the document is unknown, the document could not be restored or is being changed by others all the time,
    /// or as for [`Host::put_data`]; nothing has changed then.
    pub fn patch_data(
        &self,
        owner: &TenantName,
        name: &DocumentName,
        merge_patch: &[u8],
    ) -> Result<(), HostError> {
        let patch = parse(name.clone(), merge_patch)?;
        for _ in 0..PATCHES_MAX {
            let old = self.document(owner, name)?;
            let new = old.merged(&patch, &JsonBounds::DOCUMENT);
            let new = new.map_err(|source| HostError::Document {
                document: name.clone(),
                source,
            })?;
            let draft = self.draft(name.clone(), new)?;
            let mut control = self.control();
            if !self.is_still(&control, owner, name, &old)? {
                continue;
            }
            return if owner.is_base() {
                self.put_base_draft(&mut control, &draft)
            } else {
                self.put_drafts(&mut control, owner, &[draft])
            };
        }
        Err(HostError::DocumentBusy {
            document: name.clone(),
        })
    }

    /// Whether a document is the one that was taken before.
    fn is_still(
        &self,
        control: &Control,
        owner: &TenantName,
        name: &DocumentName,
        old: &Document,
    ) -> Result<bool, HostError> {
        let now = if owner.is_base() {
            control.base.data.get(name.as_str()).cloned()
        } else {
            let view = self.tenant(owner)?.view.load_full();
            view.data.get(name.as_str()).cloned()
        };
        Ok(now.is_some_and(|now| now == *old))
    }

    /// Takes a document from a tenant's data. One that isn't there is no error.
    ///
    /// # Errors
    /// The tenant is unknown, or it can't be written down.
    pub fn remove_data(&self, tenant: &TenantName, name: &DocumentName) -> Result<(), HostError> {
        let mut control = self.control();
        check_document_free(&control.rolls, tenant, name)?;
        let change = self
            .begin(
                &mut control,
                format!("take {name} from the data of {tenant}"),
            )
            .remove::<KeptDocument>(KeptDocument::key_of(tenant, name));
        self.change(&mut control, tenant, change, |view| {
            Ok(View {
                data: view.data.without(name.as_str()),
                missing: view.missing.without([name]),
                ..view.clone()
            })
        })?;
        self.let_go_of_superseded(&mut control, tenant)
    }

    /// Puts a document among the operator's data, which the base layer reads.
    ///
    /// # Errors
    /// The text isn't acceptable JSON, the name is one under which a tenant's documents are read, or it can't be written down.
    pub fn put_base_data(&self, name: DocumentName, json: &[u8]) -> Result<(), HostError> {
        if name.as_str().starts_with(TENANT_DOCUMENTS) {
            return Err(HostError::DocumentName { document: name });
        }
        let draft = self.draft(name.clone(), parse(name, json)?)?;
        let mut control = self.control();
        self.put_base_draft(&mut control, &draft)
    }

    /// Takes a document from the operator's data. One that isn't there is no error.
    ///
    /// # Errors
    /// It can't be written down.
    pub fn remove_base_data(&self, name: &DocumentName) -> Result<(), HostError> {
        let mut control = self.control();
        let base = TenantName::base();
        let change = self
            .begin(
                &mut control,
                format!("take {name} from the operator's data"),
            )
            .remove::<KeptDocument>(KeptDocument::key_of(&base, name));
        Self::journal(&mut control, change)?;
        control.base.data = control.base.data.without(name.as_str());
        control.base.missing = control.base.missing.without([name]);
        self.spread_base(&control);
        Ok(())
    }
}

// What an operator sees.
impl Host {
    /// A document of a tenant, or of the operator where the tenant is `base`, as canonical JSON.
    ///
    /// # Errors
    /// The tenant or the document is unknown, or could not be restored.
    pub fn data(&self, owner: &TenantName, name: &DocumentName) -> Result<String, HostError> {
        Ok(self.document(owner, name)?.to_json())
    }

    /// The documents of a tenant, or of the operator where the tenant is `base`, by name. Reads all of them.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn data_list(&self, owner: &TenantName) -> Result<Vec<DataReport>, HostError> {
        let (documents, _) = self.data_of(owner)?;
        let reports = documents.iter().map(|(name, document)| {
            let mut text = Hashed::default();
            // Hashing can't fail.
            let _ = document.write_json(&mut text);
            DataReport {
                document: name.clone(),
                bytes: text.hasher.count(),
                digest: text.hasher.finalize().into(),
            }
        });
        Ok(reports.collect())
    }

    /// A document of a tenant, or of the operator where the tenant is `base`.
    pub(crate) fn document(
        &self,
        owner: &TenantName,
        name: &DocumentName,
    ) -> Result<Document, HostError> {
        let (documents, missing) = self.data_of(owner)?;
        if let Some(document) = documents.get(name.as_str()) {
            return Ok(document.clone());
        }
        let document = name.clone();
        Err(match missing.why(name) {
            Some(detail) => HostError::MissingDocument {
                document,
                detail: detail.to_owned(),
            },
            None => HostError::UnknownDocument { document },
        })
    }

    fn data_of(&self, owner: &TenantName) -> Result<(Documents, Missing), HostError> {
        if owner.is_base() {
            let control = self.control();
            return Ok((control.base.data.clone(), control.base.missing.clone()));
        }
        let view = self.tenant(owner)?.view.load_full();
        Ok((view.data.clone(), view.missing.clone()))
    }
}

/// A document that was read, and is on the disk where there is a state folder.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) name: DocumentName,
    pub(super) document: Document,
    /// Its file, at least until the store names it.
    pub(super) file: Option<Arc<KeptFile>>,
}

impl Host {
    /// Writes a document to its file, where there is a state folder. Takes as long as the disk does; no lock may be held.
    pub(super) fn draft(&self, name: DocumentName, document: Document) -> Result<Draft, HostError> {
        let files = self.state.files.as_ref();
        let file = files.map(|files| files.write(Shelf::Documents, |to| write_json(&document, to)));
        Ok(Draft {
            name,
            document,
            file: file.transpose()?.map(Arc::new),
        })
    }

    /// Adds a document to a change, where there is a state folder.
    fn put_draft(&self, change: Change, owner: &TenantName, draft: &Draft) -> Change {
        match &draft.file {
            Some(file) => self.put_text(change, owner, &draft.name, file),
            None => change,
        }
    }

    /// Adds a document, whose text is in this file, to a change.
    pub(super) fn put_text(
        &self,
        change: Change,
        owner: &TenantName,
        name: &DocumentName,
        file: &KeptFile,
    ) -> Change {
        let (by, why) = self.actor();
        change.put(&KeptDocument {
            tenant: owner.clone(),
            name: name.clone(),
            digest: file.name().digest(),
            bytes: file.bytes(),
            at_ms: self.state.clock.unix_ms(),
            by: by.to_owned(),
            why: why.map(str::to_owned),
        })
    }

    pub(super) fn put_drafts(
        &self,
        control: &mut Control,
        tenant: &TenantName,
        drafts: &[Draft],
    ) -> Result<(), HostError> {
        for draft in drafts {
            check_document_free(&control.rolls, tenant, &draft.name)?;
        }
        let what = match drafts {
            [one] => format!("put {} among the data of {tenant}", one.name),
            more => format!("put {} documents among the data of {tenant}", more.len()),
        };
        let change = self.begin(control, what);
        let change = drafts.iter().fold(change, |change, draft| {
            self.put_draft(change, tenant, draft)
        });
        self.change(control, tenant, change, |view| {
            let pairs = drafts
                .iter()
                .map(|draft| (draft.name.clone(), draft.document.clone()));
            let names = drafts.iter().map(|draft| &draft.name);
            let missing = view.missing.without(names);
            let view = with_data(view, view.data.with_all(pairs))?;
            Ok(View { missing, ..view })
        })?;
        self.let_go_of_superseded(control, tenant)
    }

    pub(super) fn put_base_draft(
        &self,
        control: &mut Control,
        draft: &Draft,
    ) -> Result<(), HostError> {
        let base = TenantName::base();
        let data = control
            .base
            .data
            .with(draft.name.clone(), draft.document.clone());
        check_count(&data)?;
        let what = format!("put {} among the operator's data", draft.name);
        let change = self.begin(control, what);
        Self::journal(control, self.put_draft(change, &base, draft))?;
        control.base.data = data;
        control.base.missing = control.base.missing.without([&draft.name]);
        self.spread_base(control);
        Ok(())
    }
}

pub(super) fn parse(name: DocumentName, json: &[u8]) -> Result<Document, HostError> {
    Document::parse(json, &JsonBounds::DOCUMENT).map_err(|source| HostError::Document {
        document: name,
        source,
    })
}

/// Writes a document as canonical JSON, piece by piece.
fn write_json(document: &Document, to: &mut dyn Write) -> io::Result<()> {
    let mut text = Passed { to, error: None };
    let written = document.write_json(&mut text);
    match (written, text.error) {
        (Ok(()), None) => Ok(()),
        (_, Some(error)) => Err(error),
        (Err(_), None) => Err(io::Error::other("the document can't be written")),
    }
}

/// Hands text on as bytes.
struct Passed<'a> {
    to: &'a mut dyn Write,
    error: Option<io::Error>,
}

impl fmt::Write for Passed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.to.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}

#[derive(Default)]
struct Hashed {
    hasher: blake3::Hasher,
}

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.hasher.update(text.as_bytes());
        Ok(())
    }
}

fn with_data(view: &View, data: Documents) -> Result<View, HostError> {
    check_room(view, &data)?;
    Ok(View {
        data,
        ..view.clone()
    })
}

/// Whether the tenant may have these documents.
pub(super) fn check_room(view: &View, data: &Documents) -> Result<(), HostError> {
    check_count(data)?;
    let (bytes, limit) = (data.byte_len(), view.settings.data_bytes);
    if bytes > limit {
        return Err(HostError::DataTooLarge { bytes, limit });
    }
    Ok(())
}

fn check_count(data: &Documents) -> Result<(), HostError> {
    let (count, max) = (data.len(), DOCUMENTS_MAX);
    if count > max {
        return Err(HostError::TooManyDocuments { count, max });
    }
    Ok(())
}
