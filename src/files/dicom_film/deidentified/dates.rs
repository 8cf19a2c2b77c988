//! Dates moved by whole days: the time between two of them is kept, and the time of day.

use chrono::{Datelike as _, Days, NaiveDate};

/// Moves every value of a date or of a date with time, or returns `None` where one is no such
/// thing. Years and months without a day cannot be moved by days.
pub(super) fn moved(text: &[u8], days: i64) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let values = text
        .split('\\')
        .map(|value| one(value.trim_matches(['\0', ' ']), days));
    Some(values.collect::<Option<Vec<_>>>()?.join("\\"))
}

fn one(value: &str, days: i64) -> Option<String> {
    if value.is_empty() {
        return Some(String::new());
    }
    // “1993.08.22” is how the standard's predecessor wrote it.
    let (date, rest) = match value.split_once('.') {
        Some((year, _)) if year.len() == 4 && value.len() == 10 => (value.replace('.', ""), ""),
        _ => (value.get(..8)?.to_owned(), value.get(8..)?),
    };
    if !date.bytes().all(|byte| byte.is_ascii_digit()) || !time(rest) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| date.get(range)?.parse::<u32>().ok();
    let year = i32::try_from(number(0..4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?)?;
    let distance = Days::new(days.unsigned_abs());
    let date = if days < 0 {
        date.checked_sub_days(distance)?
    } else {
        date.checked_add_days(distance)?
    };
    let (year, month, day) = (date.year(), date.month(), date.day());
    (1..=9999)
        .contains(&year)
        .then(|| format!("{year:04}{month:02}{day:02}{rest}"))
}

/// Reports whether a text is a time of day as DICOM writes it, with a fraction and a zone.
pub(super) fn time(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-' | b':');
    text.len() <= 18 && text.bytes().all(allowed)
}

/// Reports whether every value of a text is written in the letters of dates and times.
pub(super) fn plausible(text: &[u8]) -> bool {
    let written = |value: &str| {
        let value = value.trim_matches(['\0', ' ']);
        match value.split_at_checked(8) {
            Some((date, rest)) => time(date) && time(rest),
            None => time(value),
        }
    };
    std::str::from_utf8(text).is_ok_and(|text| text.split('\\').all(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_move_and_keep_their_distance() {
        assert_eq!(moved(b"20240301", -1).unwrap(), "20240229");
        assert_eq!(moved(b"20240101 ", -1).unwrap(), "20231231");
        assert_eq!(moved(b"1993.08.22", -1).unwrap(), "19930821");
        let with_time = moved(b"20240301123015.25+0100", -60).unwrap();
        assert_eq!(with_time, "20240101123015.25+0100");
        assert_eq!(
            moved(b"20240110\\20240111", -9).unwrap(),
            "20240101\\20240102"
        );
    }

    #[test]
    fn what_is_no_date_does_not_move() {
        for text in [
            &b"202403"[..],
            b"20241301",
            b"Doe^Jane",
            b"20240301Doe^Jane",
            b"\xe4",
        ] {
            assert_eq!(moved(text, -1), None, "{text:?}");
        }
        assert!(plausible(b"20240301") && plausible(b"121500.5\\") && plausible(b"2024"));
        assert!(!plausible(b"DOE") && !plausible(b"20240301 DOE"));
    }
}
