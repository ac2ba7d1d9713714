//! Our own closed code lists: one place where an enum meets the text that SQL, JSON and the console show.

/// A text that is not one of the codes of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no known {}; expected one of: {expected}", in_words(list))]
pub struct UnknownCode {
    /// The list that was searched, e.g. `Rule`.
    pub list: &'static str,
    /// What was given.
    pub text: String,
    /// The codes of the list, separated by commas.
    pub expected: String,
}

/// `ChecksumPolicy` as a person writes it.
fn in_words(list: &str) -> String {
    let mut words = String::with_capacity(list.len() + 4);
    for character in list.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

/// Declares an enum whose variants have a text code.
///
/// `codes! { /// doc  pub enum Side { /// doc  Left = "left" } }` expands to the enum with serde names `"left"`,
/// `Side::ALL`, `Side::as_str(self)` and `Side::parse(text)`. New variants go at the end: the journal stores the
/// index.
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every code, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as SQL, JSON and the console write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The code behind a text.
            pub fn parse(text: &str) -> Result<Self, crate::UnknownCode> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| crate::UnknownCode {
                    list: stringify!($name),
                    text: text.to_owned(),
                    expected: Self::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use codes;

#[cfg(test)]
mod tests {
    #[test]
    fn every_code_reads_back_as_itself() {
        for alarm in crate::Alarm::ALL {
            assert_eq!(crate::Alarm::parse(alarm.as_str()), Ok(*alarm));
        }
        for rule in crate::Rule::ALL {
            assert_eq!(crate::Rule::parse(rule.as_str()), Ok(*rule));
        }
    }

    #[test]
    fn an_unknown_code_names_the_list_and_its_codes() {
        let error = crate::Severity::parse("P9").unwrap_err();
        assert_eq!(error.to_string(), "\"P9\" is no known severity; expected one of: P1, P2, P3, P4");
        let error = crate::ChecksumPolicy::parse("loose").unwrap_err();
        assert!(error.to_string().starts_with("\"loose\" is no known checksum policy; "), "{error}");
    }
}
