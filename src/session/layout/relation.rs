//! What a viewport must say of its film beside the others: a prior, or another patient's.

use crate::radiograph::SamePatient;
use crate::session::Session;

/// How a film stands to the others on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It shows somebody else than the first viewport does.
    OtherPatient,
    /// It or the first viewport's does not say whom it shows.
    PatientNotStated,
}

/// What is said of a viewport's film beside the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// Whether it may show somebody else.
    pub patient: Option<Relation>,
    /// That it is older than another open film of the patient, on the screen or not, as in “PRIOR
    /// 2019-03-02, 3 y 2 mo earlier”.
    pub prior: Option<String>,
    /// That it was laid over another film by points in both, as in “ALIGNED, turned by 1.3°”;
    /// clockwise is positive.
    pub aligned: Option<String>,
}

impl Relation {
    /// Returns the words that mark it; they are never hidden.
    pub fn words(self) -> &'static str {
        match self {
            Self::OtherPatient => "OTHER PATIENT",
            Self::PatientNotStated => "SAME PATIENT? NOT STATED",
        }
    }
}

impl Session {
    /// Returns by how much a film is older than the newest open film of its patient, as in “3 y 2
    /// mo”; `None` for the newest.
    pub(in crate::session) fn age_as_prior(&self, film: usize) -> Option<String> {
        let chart = |film: usize| self.readings.get(film)?.chart();
        let own = chart(film)?;
        let of_patient = (0..self.readings.len()).filter_map(chart).filter(|other| {
            own.same_patient(other) == SamePatient::Yes && other.date() > own.date()
        });
        own.earlier_than(of_patient.max_by_key(|other| other.date())?)
    }

    /// Returns what must be said of a viewport's film. The newest film of a patient is the current
    /// one wherever it hangs; every older one is a prior.
    pub fn relations(&self, cell: usize) -> Relations {
        let films = self.layout.cells.iter().filter_map(|cell| cell.film);
        let films: Vec<usize> = films.collect();
        let Some(film) = self.layout.cells.get(cell).and_then(|cell| cell.film) else {
            return Relations::default();
        };
        let chart = |film: usize| self.readings.get(film)?.chart();
        let aligned = self.alignment_words(film);
        let Some(own) = chart(film) else {
            return Relations {
                aligned,
                ..Relations::default()
            };
        };
        let prior = self.age_as_prior(film).and_then(|earlier| {
            let date = own.date()?.format("%Y-%m-%d");
            Some(format!("PRIOR {date}, {earlier} earlier"))
        });
        let first = films.first().copied().filter(|first| *first != film);
        let patient = first
            .and_then(chart)
            .and_then(|first| match own.same_patient(first) {
                SamePatient::Yes => None,
                SamePatient::No => Some(Relation::OtherPatient),
                SamePatient::NotStated => Some(Relation::PatientNotStated),
            });
        Relations {
            patient,
            prior,
            aligned,
        }
    }

    fn alignment_words(&self, film: usize) -> Option<String> {
        if !self.layout.moved(film) {
            return None;
        }
        Some(match self.turn(film).to_degrees() {
            turn if turn.abs() < 0.05 => "ALIGNED".to_owned(),
            turn => format!("ALIGNED, turned by {turn:.1}°").replace('-', "−"),
        })
    }
}
