//! How much JSON is accepted. Must never default to no bound.

/// The deepest nesting that any bounds may ask for, so that walking a document fits every thread's stack.
pub const JSON_DEPTH_MAX: usize = 512;

/// How much JSON is accepted in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonBounds {
    /// What messages call the text: `request`, `document`.
    pub noun: &'static str,
    /// The most bytes of text.
    pub bytes_max: usize,
    /// How many lists and objects may stand inside one another; more than [`JSON_DEPTH_MAX`] counts as that.
    pub depth_max: usize,
}

impl JsonBounds {
    /// A request: 1 MiB.
    pub const REQUEST: Self = Self {
        noun: "request",
        bytes_max: 1 << 20,
        depth_max: 128,
    };

    /// The parameters of a binding: 1 MiB.
    pub const PARAMETERS: Self = Self {
        noun: "parameters",
        ..Self::REQUEST
    };

    /// A data document: 256 MiB.
    pub const DOCUMENT: Self = Self {
        noun: "document",
        bytes_max: 256 << 20,
        depth_max: 128,
    };

    /// The depth that holds.
    pub(crate) fn depth(&self) -> usize {
        self.depth_max.min(JSON_DEPTH_MAX)
    }
}

impl Default for JsonBounds {
    fn default() -> Self {
        Self::DOCUMENT
    }
}
