//! The same text in both languages, as it is sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use words::{Name, Said};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Text {
    /// Simplified Chinese.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

impl From<Said> for Text {
    fn from(Said { zh, en }: Said) -> Self {
        Self { zh, en }
    }
}

impl From<Name> for Text {
    fn from(Name { zh, en }: Name) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }
}
