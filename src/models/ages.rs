//! Whether a model learnt from patients of this one's age.

use chrono::{Datelike as _, NaiveDate};

use super::Card;
use crate::anomaly::{Doubt, Finding};
use crate::radiograph::Source;

const PATIENT_AGE: (u16, u16) = (0x0010, 0x1010);
const BIRTH_DATE: (u16, u16) = (0x0010, 0x0030);
const STUDY_DATE: (u16, u16) = (0x0008, 0x0020);

/// Returns the patient's age on a film in years: as its file states it (Patient's Age, PS3.5 6.2, AS),
/// or from birth to study; `None` where neither is there.
pub fn stated_age(source: &Source) -> Option<f32> {
    let origin = source.origin.as_ref()?;
    let value = |(group, element)| origin.value(group, element);
    let stated = value(PATIENT_AGE).and_then(|age| in_years(age.trim()));
    stated.or_else(|| {
        let date = |text: &str| NaiveDate::parse_from_str(text.trim(), "%Y%m%d").ok();
        let born = value(BIRTH_DATE).and_then(date)?;
        let seen = value(STUDY_DATE).and_then(date)?;
        let days = (seen - born).num_days();
        // A date that somebody made up, as where the year is 1900 or 9999, tells no age.
        let plausible = born.year() > 1900 && (0..=45_000).contains(&days);
        plausible.then(|| days as f32 / 365.25)
    })
}

fn in_years(age: &str) -> Option<f32> {
    let (number, unit) = age.split_at_checked(age.len().checked_sub(1)?)?;
    let number: f32 = number.parse().ok()?;
    let days = match unit {
        "D" => 1.0,
        "W" => 7.0,
        "M" => 30.44,
        "Y" => 365.25,
        _ => return None,
    };
    Some(number * days / 365.25)
}

impl Card {
    /// Says where a patient's age is none that the model learnt from, or is not known.
    pub(super) fn age_doubt(&self, age_years: Option<f32>) -> Option<Finding> {
        let (youngest, oldest) = self.trained_ages_years?;
        let Some(age) = age_years else {
            return Some(Finding::note(
                Doubt::Age,
                format!(
                    "The patient's age is not stated; the model learnt from patients of \
                     {youngest} to {oldest} years."
                ),
            ));
        };
        // Ages are stated in whole years.
        let known = (youngest - 1.0..oldest + 1.0).contains(&age);
        (!known).then(|| {
            Finding::warning(
                Doubt::Age,
                format!(
                    "The patient is {} years old, and the model learnt from patients of \
                     {youngest} to {oldest} years: its score does not hold.",
                    age.floor()
                ),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_every_unit() {
        for (text, years) in [("065Y", 65.0), ("018M", 1.5), ("052W", 1.0), ("000D", 0.0)] {
            let read = in_years(text).unwrap();
            assert!((read - years).abs() < 0.01, "{text}: {read}");
        }
        for text in ["", "Y", "65", "6xY", "é"] {
            assert_eq!(in_years(text), None, "{text}");
        }
    }

    #[test]
    fn a_model_of_children_doubts_adults_and_the_unknown() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let card = Card::read(&folder.join("weights/squid.json")).unwrap();
        assert_eq!(card.age_doubt(Some(4.9)), None);
        assert_eq!(card.age_doubt(Some(5.9)), None);
        let adult = card.age_doubt(Some(65.3)).unwrap();
        assert!(adult.reason.contains("65 years old"), "{}", adult.reason);
        let unknown = card.age_doubt(None).unwrap();
        assert!(unknown.severity < adult.severity);
        let of_all = Card {
            trained_ages_years: None,
            ..card
        };
        assert_eq!(of_all.age_doubt(Some(65.0)), None);
    }
}
