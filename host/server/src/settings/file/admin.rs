//! The part of a file that is about the operators' door.

use std::num::NonZeroU64;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use crate::settings::AdminSettings;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Admin {
    listen: Option<Spanned<String>>,
    certificate: Option<Spanned<PathBuf>>,
    key: Option<Spanned<PathBuf>>,
    connections: Option<Spanned<NonZeroU64>>,
    body_bytes: Option<Spanned<NonZeroU64>>,
}

impl Reader<'_> {
    pub(super) fn admin(&mut self, file: Admin) -> AdminSettings {
        let default = AdminSettings::default();
        let tls = self.tls(file.certificate, file.key);
        let listen = file.listen.as_ref();
        let address = listen.and_then(|it| self.read(it, |text| text.parse()));
        let settings = AdminSettings {
            listen: address.unwrap_or(default.listen),
            tls,
            connections: self.count(&file.connections, 10_000, default.connections),
            body_bytes: self.count(&file.body_bytes, 1 << 30, default.body_bytes),
        };
        if let Some(listen) = listen {
            self.check_open(listen, &settings.listen, settings.tls.is_some());
        }
        settings
    }
}
