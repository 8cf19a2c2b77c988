//! What of a text may stay: words of the radiographer's trade, which lie beside this file as
//! `words.txt`, and nothing else. A name, a place or a number that leads to somebody is in no such
//! list, in whatever language or alphabet it is written.

use std::collections::HashSet;
use std::sync::OnceLock;

const WORDS: &str = include_str!("words.txt");

/// Reports whether a word is one of the trade.
pub(super) fn known(word: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| WORDS.split_whitespace().collect());
    known.contains(word.to_ascii_lowercase().as_str())
}

/// Returns a text's values with their known words only, in the order they stand, or `None` where
/// none is left. A number of up to three digits stays if it is the value's only one: “70 cm”, but
/// no date and no telephone.
///
/// `identifies` tells known words that are somebody's name in this file.
pub(super) fn cleaned(text: &[u8], identifies: &dyn Fn(&[u8]) -> bool) -> Option<String> {
    let values = text.split(|&byte| byte == b'\\');
    let values: Vec<String> = values.map(|text| value(text, identifies)).collect();
    let anything = values.iter().any(|value| !value.is_empty());
    anything.then(|| values.join("\\"))
}

fn value(text: &[u8], identifies: &dyn Fn(&[u8]) -> bool) -> String {
    let part = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'.' && byte.is_ascii();
    let words: Vec<&str> = text
        .split(part)
        .filter_map(|word| std::str::from_utf8(word).ok())
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty() && !identifies(word.as_bytes()))
        .collect();
    let numbers = words
        .iter()
        .filter(|word| word.contains(|c: char| c.is_ascii_digit()));
    let single = numbers.count() == 1;
    let stays = |word: &&str| known(word) || (single && short_number(word));
    let kept: Vec<&str> = words.into_iter().filter(stays).collect();
    kept.join(" ")
}

fn short_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    (1..=3).contains(&digits) && word.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    fn cleaned(text: &str) -> Option<String> {
        super::cleaned(text.as_bytes(), &|word| word == b"Long")
    }

    #[test]
    fn words_of_the_trade_stay_and_nothing_else_does() {
        assert_eq!(cleaned("Chest PA, Prof. Müller").unwrap(), "Chest PA");
        assert_eq!(cleaned("NORMAL\\HARDER\\Jane").unwrap(), "NORMAL\\HARDER\\");
        assert_eq!(cleaned("Doe^Jane"), None);
        assert_eq!(cleaned("Thorax Long").unwrap(), "Thorax");
        assert_eq!(cleaned("山田^太郎"), None);
        assert_eq!(cleaned(""), None);
    }

    #[test]
    fn numbers_that_lead_to_somebody_go() {
        assert_eq!(cleaned("FOV 43.2 cm").unwrap(), "FOV 43.2 cm");
        assert_eq!(cleaned("12 03 75"), None);
        assert_eq!(cleaned("4711-0815"), None);
        assert_eq!(cleaned("chest 12345").unwrap(), "chest");
    }
}
