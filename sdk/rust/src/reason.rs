//! Why a policy decided as it did.

/// Pairs of a name and a text; the names are unique.
pub(crate) type Annotations = Vec<(String, String)>;

/// Why a policy decided as it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) annotations: Annotations,
}

impl Reason {
    /// A reason of a stable code for machines (1 to 128 bytes, for example `over-limit`) and a sentence for people.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            annotations: Annotations::new(),
        }
    }

    /// Adds a fact to this reason. A name that is there already gets the new text.
    #[must_use]
    pub fn annotate(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        set(&mut self.annotations, name.into(), text.into());
        self
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        find(&self.annotations, name)
    }
}

pub(crate) fn set(pairs: &mut Annotations, name: String, text: String) {
    match pairs.iter_mut().find(|pair| pair.0 == name) {
        Some(pair) => pair.1 = text,
        None => pairs.push((name, text)),
    }
}

pub(crate) fn find<'a>(pairs: &'a Annotations, name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|pair| pair.0 == name)
        .map(|pair| pair.1.as_str())
}
