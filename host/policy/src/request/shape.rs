//! What AuthZEN demands of a request. Must never demand more, so that every conforming caller is served.

use super::RequestError;
use crate::{Document, Item, Kind};

/// An entity of the request and the texts that it must have.
struct Entity {
    name: &'static str,
    pointer: &'static str,
    texts: &'static [Member],
    properties: &'static str,
}

/// A member by its name in the entity and its pointer from the root.
struct Member {
    name: &'static str,
    pointer: &'static str,
}

const ENTITIES: [Entity; 3] = [
    Entity {
        name: "subject",
        pointer: "/subject",
        texts: &[
            Member {
                name: "type",
                pointer: "/subject/type",
            },
            Member {
                name: "id",
                pointer: "/subject/id",
            },
        ],
        properties: "/subject/properties",
    },
    Entity {
        name: "action",
        pointer: "/action",
        texts: &[Member {
            name: "name",
            pointer: "/action/name",
        }],
        properties: "/action/properties",
    },
    Entity {
        name: "resource",
        pointer: "/resource",
        texts: &[
            Member {
                name: "type",
                pointer: "/resource/type",
            },
            Member {
                name: "id",
                pointer: "/resource/id",
            },
        ],
        properties: "/resource/properties",
    },
];

pub(super) fn check(document: &Document) -> Result<(), RequestError> {
    let root = document.root();
    if root.kind() != Kind::Object {
        return Err(RequestError::NoObject);
    }
    for entity in &ENTITIES {
        check_entity(root, entity)?;
    }
    object_or_absent(root.member("context"), "/context")
}

fn check_entity(root: Item<'_>, entity: &Entity) -> Result<(), RequestError> {
    let pointer = entity.pointer;
    let item = root
        .member(entity.name)
        .ok_or(RequestError::Missing { pointer })?;
    object_or_absent(Some(item), pointer)?;
    for Member { name, pointer } in entity.texts {
        let text = item.member(name).ok_or(RequestError::Missing { pointer })?;
        text.as_text()
            .filter(|text| !text.is_empty())
            .ok_or(RequestError::NotText { pointer })?;
    }
    object_or_absent(item.member("properties"), entity.properties)
}

fn object_or_absent(item: Option<Item<'_>>, pointer: &'static str) -> Result<(), RequestError> {
    match item.map(Item::kind) {
        None | Some(Kind::Object) => Ok(()),
        Some(_) => Err(RequestError::NotObject { pointer }),
    }
}
