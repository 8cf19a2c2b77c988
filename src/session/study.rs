//! Which films belong to one study of one patient: turning the wheel never leaves it.

use super::{FilmState, Reading, Session};
use crate::radiograph::Film;

/// One study of one patient, as the films' files state it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Study {
    patient: [Option<String>; 3],
    study: [Option<String>; 3],
}

impl Study {
    /// Returns the study of a film; `None` where its file does not say whom it shows.
    pub(super) fn of(film: &Film) -> Option<Self> {
        let (identity, origin) = (&film.identity, film.source.origin.as_ref());
        let named = identity.patient_id.is_some() || identity.patient_name.is_some();
        named.then(|| Self {
            patient: [
                identity.patient_id.clone(),
                identity.patient_name.clone(),
                identity.birth_date.clone(),
            ],
            study: [
                origin.map(|origin| origin.study.clone()),
                identity.study_date.clone(),
                identity.accession.clone(),
            ],
        })
    }
}

impl Session {
    /// Selects the next film of the same study in a direction; none where there is none, or where
    /// it is not known yet whom the films in between show.
    pub(super) fn step_in_study(&mut self, by: isize) {
        let Some(selected) = self.selected else {
            return;
        };
        if let Some(next) = next_in_study(&self.readings, selected, by.signum()) {
            self.select(next);
        }
    }
}

fn next_in_study(readings: &[Reading], selected: usize, by: isize) -> Option<usize> {
    let study = readings.get(selected)?.study.as_ref()?;
    let mut index = selected;
    loop {
        index = index.checked_add_signed(by).filter(|_| by != 0)?;
        let reading = readings.get(index)?;
        if reading.study.as_ref() == Some(study) {
            return Some(index);
        }
        // A film that cannot be opened shows nobody; one that was not opened yet might show this
        // patient, and skipping it would change the order.
        let known = reading.opened_before || matches!(reading.state, FilmState::Failed(_));
        if !known {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn reading(patient: Option<&str>, date: &str) -> Reading {
        let mut reading = Reading::new(PathBuf::from("film"));
        reading.opened_before = true;
        reading.study = patient.map(|patient| Study {
            patient: [Some(patient.to_owned()), None, None],
            study: [None, Some(date.to_owned()), None],
        });
        reading
    }

    #[test]
    fn the_wheel_never_leaves_the_study() {
        let list = [
            reading(Some("a"), "2024"),
            reading(Some("b"), "2024"),
            reading(Some("a"), "2024"),
            reading(Some("a"), "2023"),
            reading(None, "2024"),
        ];
        assert_eq!(next_in_study(&list, 0, 1), Some(2));
        assert_eq!(next_in_study(&list, 2, -1), Some(0));
        assert_eq!(next_in_study(&list, 0, -1), None);
        assert_eq!(next_in_study(&list, 1, 1), None);
        assert_eq!(next_in_study(&list, 2, 1), None);
        // Without a patient nothing is known to belong together.
        assert_eq!(next_in_study(&list, 4, -1), None);
    }

    #[test]
    fn a_film_that_nobody_has_opened_is_not_stepped_over() {
        let mut list = [
            reading(Some("a"), "2024"),
            reading(None, ""),
            reading(Some("a"), "2024"),
        ];
        list[1].opened_before = false;
        assert_eq!(next_in_study(&list, 0, 1), None);
        list[1].opened_before = true;
        assert_eq!(next_in_study(&list, 0, 1), Some(2));
    }
}
