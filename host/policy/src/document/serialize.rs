//! Puts documents into other formats through serde. Must never round a number.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::item::Shape;
use super::{Document, Item};
use crate::Number;

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.root().serialize(serializer)
    }
}

/// A decimal becomes a double where that loses nothing, else its canonical text.
impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape() {
            Shape::Null => serializer.serialize_unit(),
            Shape::Boolean(boolean) => serializer.serialize_bool(boolean),
            Shape::Integer(integer) => serializer.serialize_i64(integer),
            Shape::Decimal(text) => match exact_double(text) {
                Some(double) => serializer.serialize_f64(double),
                None => serializer.serialize_str(text),
            },
            Shape::Text(text) => serializer.serialize_str(text),
            Shape::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&item)?;
                }
                list.end()
            }
            Shape::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                for (key, item) in members {
                    object.serialize_entry(key, &item)?;
                }
                object.end()
            }
        }
    }
}

/// The double whose shortest text is this number.
fn exact_double(text: &str) -> Option<f64> {
    let double: f64 = text.parse().ok()?;
    let spelled = Number::parse(&format!("{double:e}")).ok()?;
    matches!(spelled, Number::Decimal(spelled) if spelled == text).then_some(double)
}
