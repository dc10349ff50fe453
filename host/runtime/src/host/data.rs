//! Replacing documents, each as a whole.

use lictor_policy::{Document, DocumentName, Documents, JsonBounds, TenantName};

use super::Host;
use super::rollouts::check_document_free;
use crate::error::HostError;
use crate::view::{TENANT_DOCUMENTS, View};

/// The most documents of one tenant, and of the operator.
const DOCUMENTS_MAX: usize = 1024;

impl Host {
    /// Puts a document among a tenant's data, in the place of one of the same name, as a whole: a request sees the old or the
    /// new one from its first question to its last.
    ///
    /// # Errors
    /// The tenant is unknown, the text isn't acceptable JSON, or the tenant's documents would take too much memory.
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
        let parsed = documents
            .into_iter()
            .map(|(name, json)| parse(name, json))
            .collect::<Result<Vec<_>, _>>()?;
        let mut control = self.control();
        for (name, _) in &parsed {
            check_document_free(&control.rolls, tenant, name)?;
        }
        self.change(&control, tenant, |view| {
            with_data(view, view.data.with_all(parsed))
        })?;
        self.let_go_of_superseded(&mut control, tenant)
    }

    /// Takes a document from a tenant's data. One that isn't there is no error.
    ///
    /// # Errors
    /// The tenant is unknown.
    pub fn remove_data(&self, tenant: &TenantName, name: &DocumentName) -> Result<(), HostError> {
        let mut control = self.control();
        check_document_free(&control.rolls, tenant, name)?;
        self.change(&control, tenant, |view| {
            with_data(view, view.data.without(name.as_str()))
        })?;
        self.let_go_of_superseded(&mut control, tenant)
    }

    /// Puts a document among the operator's data, which the base layer reads.
    ///
    /// # Errors
    /// The text isn't acceptable JSON, or the name is one under which a tenant's documents are read.
    pub fn put_base_data(&self, name: DocumentName, json: &[u8]) -> Result<(), HostError> {
        if name.as_str().starts_with(TENANT_DOCUMENTS) {
            return Err(HostError::DocumentName { document: name });
        }
        let (name, document) = parse(name, json)?;
        let mut control = self.control();
        let data = control.base.data.with(name, document);
        check_count(&data)?;
        control.base.data = data;
        self.spread_base(&control);
        Ok(())
    }

    /// Takes a document from the operator's data. One that isn't there is no error.
    pub fn remove_base_data(&self, name: &DocumentName) {
        let mut control = self.control();
        control.base.data = control.base.data.without(name.as_str());
        self.spread_base(&control);
    }
}

pub(super) fn parse(
    name: DocumentName,
    json: &[u8],
) -> Result<(DocumentName, Document), HostError> {
    match Document::parse(json, &JsonBounds::DOCUMENT) {
        Ok(document) => Ok((name, document)),
        Err(source) => Err(HostError::Document {
            document: name,
            source,
        }),
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
