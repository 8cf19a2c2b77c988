//! The languages of the interface.

use serde::{Deserialize, Serialize};

/// A language that the window speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English: the language of the sources, of files that are written and of the command line.
    #[default]
    English,
    /// Korean.
    Korean,
    /// Japanese.
    Japanese,
    /// Chinese in simplified characters.
    Chinese,
}

impl Language {
    /// Every language, in the order the menu lists them.
    pub const ALL: [Self; 4] = [Self::English, Self::Korean, Self::Japanese, Self::Chinese];

    /// Returns its name in English.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "Korean",
            Self::Japanese => "Japanese",
            Self::Chinese => "Chinese (simplified)",
        }
    }

    /// Returns its name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Korean => "한국어",
            Self::Japanese => "日本語",
            Self::Chinese => "简体中文",
        }
    }

    /// Returns the language of a locale such as “ko_KR.UTF-8”; `None` where it names none of ours.
    /// Traditional characters are not simplified ones.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let plain = locale.split(['.', '@']).next().unwrap_or_default();
        let mut parts = plain.split(['_', '-']);
        match parts.next()?.to_ascii_lowercase().as_str() {
            "en" | "c" | "posix" => Some(Self::English),
            "ko" => Some(Self::Korean),
            "ja" => Some(Self::Japanese),
            "zh" => {
                let traditional = ["tw", "hk", "mo", "hant"];
                let any = |part: &str| traditional.contains(&part.to_ascii_lowercase().as_str());
                (!parts.any(any)).then_some(Self::Chinese)
            }
            _ => None,
        }
    }

    /// Returns the language that the system's environment asks for: what POSIX looks at for
    /// messages, the first that is set deciding.
    pub fn of_system() -> Self {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = asked.into_iter().find_map(set);
        locale
            .and_then(|locale| Self::of_locale(&locale))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_name_their_language() {
        for (locale, language) in [
            ("ko_KR.UTF-8", Some(Language::Korean)),
            ("ja", Some(Language::Japanese)),
            ("zh_CN.GB18030", Some(Language::Chinese)),
            ("zh-Hans-SG", Some(Language::Chinese)),
            ("zh_TW.UTF-8", None),
            ("zh-Hant", None),
            ("en_GB@euro", Some(Language::English)),
            ("C.UTF-8", Some(Language::English)),
            ("de_DE.UTF-8", None),
            ("", None),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
