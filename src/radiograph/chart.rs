//! What it takes to lay films of one patient beside each other: whose, of what view, of when.

use chrono::{Datelike as _, NaiveDate};

use super::Film;

/// Whether two films show the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamePatient {
    /// Both say who it is, and it is the same.
    Yes,
    /// Both say who it is, and it is not the same.
    No,
    /// One of them does not say.
    NotStated,
}

/// Whose a film is, of what view and of when; kept while the film itself is let go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    patient: Option<(String, String)>,
    view: Option<String>,
    date: Option<NaiveDate>,
}

impl Chart {
    /// Reads it off a film. Only Patient ID and Patient's Name together tell a patient.
    pub fn of(film: &Film) -> Self {
        let (identity, source) = (&film.identity, &film.source);
        let id = identity.patient_id.as_deref().map(plain);
        let name = identity.patient_name.as_deref().map(plain);
        let patient = id.zip(name);
        let view = source.view_position.as_deref().map(plain);
        let date = identity.study_date.as_deref();
        Self {
            patient: patient.filter(|(id, name)| !id.is_empty() && !name.is_empty()),
            view: match (&source.derivation, &source.origin) {
                // A picture of a film is no prior of another one.
                (Some(_), origin) => {
                    let instance = origin.as_ref().map(|origin| &origin.sop_instance);
                    Some(format!(
                        "a picture: {}",
                        instance.map_or("", String::as_str)
                    ))
                }
                (None, _) => view
                    .filter(|view| !view.is_empty())
                    .map(|view| frontal(&view)),
            },
            date: date.and_then(|date| NaiveDate::parse_from_str(date.trim(), "%Y%m%d").ok()),
        }
    }

    /// Reports whether another film shows the same person.
    pub fn same_patient(&self, other: &Self) -> SamePatient {
        match (&self.patient, &other.patient) {
            (Some(one), Some(another)) if one == another => SamePatient::Yes,
            (Some(_), Some(_)) => SamePatient::No,
            _ => SamePatient::NotStated,
        }
    }

    /// Reports whether another film can be hung beside this one without asking: the same person,
    /// seen the same way. Where neither states its view, it is taken as the same.
    pub fn hangs_beside(&self, other: &Self) -> bool {
        self.same_patient(other) == SamePatient::Yes && self.view == other.view
    }

    /// Returns the day the film was taken, when it says so.
    pub fn date(&self) -> Option<NaiveDate> {
        self.date
    }

    /// Returns how much earlier than another film this one was taken, as in “3 y 2 mo”; `None`
    /// unless it is earlier.
    pub fn earlier_than(&self, other: &Self) -> Option<String> {
        let (this, that) = (self.date?, other.date?);
        (this < that).then(|| span(this, that))
    }
}

fn plain(text: &str) -> String {
    text.trim().to_uppercase()
}

/// PA and AP are both frontal views, and hang beside each other as such.
fn frontal(view: &str) -> String {
    match view {
        "PA" | "AP" => "frontal".to_owned(),
        other => other.to_owned(),
    }
}

/// Spells the time between two days.
fn span(from: NaiveDate, to: NaiveDate) -> String {
    let days = (to - from).num_days();
    let months = 12 * (to.year() - from.year()) + to.month() as i32 - from.month() as i32;
    let months = months - i32::from(to.day() < from.day());
    match (months / 12, months % 12) {
        (0, 0) => format!("{days} d"),
        (0, months) => format!("{months} mo"),
        (years, 0) => format!("{years} y"),
        (years, months) => format!("{years} y {months} mo"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(patient: Option<(&str, &str)>, view: Option<&str>, date: &str) -> Chart {
        Chart {
            patient: patient.map(|(id, name)| (id.to_owned(), name.to_owned())),
            view: view.map(str::to_owned),
            date: NaiveDate::parse_from_str(date, "%Y%m%d").ok(),
        }
    }

    #[test]
    fn films_that_do_not_say_whose_they_are_are_never_taken_as_the_same_patients() {
        let nobody = chart(None, None, "20200101");
        let doe = chart(Some(("1", "DOE")), None, "20200101");
        assert_eq!(nobody.same_patient(&nobody), SamePatient::NotStated);
        assert_eq!(nobody.same_patient(&doe), SamePatient::NotStated);
        assert!(!nobody.hangs_beside(&nobody) && !doe.hangs_beside(&nobody));
        // The same number at another hospital.
        let roe = chart(Some(("1", "ROE")), None, "20200101");
        assert_eq!(doe.same_patient(&roe), SamePatient::No);
        assert!(doe.hangs_beside(&doe) && !doe.hangs_beside(&roe));
    }

    #[test]
    fn a_lateral_view_is_not_hung_beside_a_frontal_one() {
        let pa = chart(Some(("1", "DOE")), Some("frontal"), "20200101");
        let lateral = chart(Some(("1", "DOE")), Some("LL"), "20190101");
        assert!(!pa.hangs_beside(&lateral) && lateral.hangs_beside(&lateral));
        assert_eq!(frontal("AP"), frontal("PA"));
    }

    #[test]
    fn the_time_between_two_films_is_spelled() {
        let new = chart(None, None, "20220502");
        for (date, words) in [
            ("20190302", Some("3 y 2 mo")),
            ("20190510", Some("2 y 11 mo")),
            ("20210502", Some("1 y")),
            ("20220402", Some("1 mo")),
            ("20220420", Some("12 d")),
            ("20220502", None),
            ("20230101", None),
            ("", None),
        ] {
            let old = chart(None, None, date);
            assert_eq!(old.earlier_than(&new).as_deref(), words, "{date}");
        }
    }
}
