//! The same thing in both languages.

use serde::Serialize;

/// What something is called. Chinese is the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Name {
    /// Simplified Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What something is called.
pub(crate) const fn name(zh: &'static str, en: &'static str) -> Name {
    Name { zh, en }
}

impl From<Name> for Said {
    fn from(name: Name) -> Self {
        Self { zh: name.zh.to_owned(), en: name.en.to_owned() }
    }
}

#[cfg(test)]
impl Said {
    /// Whether each language keeps to itself: no Han character in English, no Latin word in Chinese, codes and units apart.
    pub(crate) fn keeps_to_itself(&self) -> bool {
        let is_han = |character: char| {
            ('\u{3000}'..='\u{9fff}').contains(&character) || ('\u{ff00}'..='\u{ffef}').contains(&character)
        };
        let english_is_english = !self.en.is_empty() && !self.en.chars().any(is_han);
        let is_word =
            |word: &str| word.chars().any(|letter| letter.is_ascii_lowercase()) && !CODES.contains(&word);
        let mut latin =
            self.zh.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        english_is_english
            && self.zh.chars().any(is_han)
            && !latin.any(|word| word.len() > 1 && is_word(word))
    }
}

/// Ids in the samples.
#[cfg(test)]
const CODES: [&str; 3] = ["lot-7", "shop-1", "pawn-17"];
