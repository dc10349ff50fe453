//! Images that carry something else.

use lictor_artifact::registry::{ImageError, RegistryError as E};

use super::{Do, Row, is, layer_field, replaced};
use crate::fake::{Kind, Reply};

pub const ROWS: &[Row] = &[
    Row(
        "two layers",
        Do::Pull,
        |asked, image| {
            let layer = layer_field(image);
            is(asked, Kind::Manifest)
                .and_then(|()| replaced(image, &layer, &format!("{layer},{layer}")))
        },
        |got, _| {
            matches!(
                got,
                Err(E::NotAnArtifact {
                    reason: ImageError::LayerCount(2),
                    ..
                })
            )
        },
    ),
    Row(
        "no layer",
        Do::Pull,
        |asked, image| {
            let layer = layer_field(image);
            is(asked, Kind::Manifest).and_then(|()| replaced(image, &layer, ""))
        },
        |got, _| {
            matches!(
                got,
                Err(E::NotAnArtifact {
                    reason: ImageError::LayerCount(0),
                    ..
                })
            )
        },
    ),
    Row(
        "a layer of another type",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Manifest)
                .and_then(|()| replaced(image, "application/wasm", "application/x-tar"))
        },
        |got, _| {
            matches!(
                got,
                Err(E::NotAnArtifact {
                    reason: ImageError::LayerType(_),
                    ..
                })
            )
        },
    ),
    Row(
        "an image of a container",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Manifest)
                .and_then(|()| replaced(image, "vnd.wasm.config.v0", "vnd.oci.image.config.v1"))
        },
        |got, _| {
            matches!(
                got,
                Err(E::NotAnArtifact {
                    reason: ImageError::ConfigType(_),
                    ..
                })
            )
        },
    ),
    Row(
        "an index of images",
        Do::Pull,
        |asked, image| {
            is(asked, Kind::Manifest)
                .and_then(|()| replaced(image, "image.manifest.v1", "image.index.v1"))
        },
        |got, _| {
            matches!(
                got,
                Err(E::NotAnArtifact {
                    reason: ImageError::ManifestType(_),
                    ..
                })
            )
        },
    ),
    Row(
        "a page of HTML",
        Do::Pull,
        |asked, _| {
            is(asked, Kind::Manifest).map(|()| Reply::new(200, "<html>Please log in</html>"))
        },
        |got, _| {
            matches!(
                got,
                Err(E::NotAnArtifact {
                    reason: ImageError::Manifest(_),
                    ..
                })
            )
        },
    ),
];
