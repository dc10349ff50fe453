//! What somebody who may ask sent: the same for every protocol whose requests are JSON.

use axum::body::Bytes;
use axum::extract::Request;

use crate::answer::Detail;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::served::Served;

/// A body from a caller who may ask for a tenant.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) caller: Caller,
    pub(crate) detail: Detail,
    pub(crate) body: Bytes,
}

impl Asked {
    /// Who asks is looked at before a byte of the body is read.
    ///
    /// # Errors
    /// Who asks isn't known or may not, or the body isn't what it must be.
    pub(crate) async fn read(
        served: &Served,
        tenant: &str,
        request: Request,
    ) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let caller = Caller::admitted(served, &parts, tenant)?;
        let (bytes_max, within) = {
            let limits = &served.settings().traffic;
            (limits.body_bytes, limits.body_within)
        };
        let body = body::json(&parts.headers, body, bytes_max, within);
        Ok(Self {
            caller,
            detail: Detail::asked(&parts.headers),
            body: body.await?,
        })
    }
}
