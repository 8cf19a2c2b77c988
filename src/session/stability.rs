//! How much a score depends on what means nothing: the shown model is asked again about the film
//! under small changes, one after the other, behind whatever else is asked.

use std::sync::Arc;

use super::{Cut, Reading, Session};
use crate::anomaly::{Outcome, Region};
use crate::error::Error;
use crate::evaluation::{Perturbation, box_iou};
use crate::inference::{Reply, Request, Terms, Worker};
use crate::radiograph::Radiograph;
use crate::task::{Task, Wake};

/// A region is still there where another lies over so much of what both cover together.
const STILL_THERE: f64 = 0.2;

/// A model's results on one film under small changes.
pub struct Stability {
    film: Arc<Radiograph>,
    base: Arc<Outcome>,
    changed: Vec<(Perturbation, Outcome)>,
    stage: Stage,
}

enum Stage {
    /// The next change is being made.
    Making(Task<Arc<Radiograph>>),
    /// The model looks at it.
    Asking(Box<Task<Reply>>),
    Over,
    Failed(Error),
}

/// From the least to the greatest score, the unchanged film among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Raw scores.
    pub raw: (f32, f32),
    /// Percentiles among the model's normal films, where it has any.
    pub percentile: Option<(f32, f32)>,
}

impl Stability {
    fn start(film: Arc<Radiograph>, base: Arc<Outcome>, wake: &Wake) -> Self {
        let mut stability = Self {
            film,
            base,
            changed: Vec::new(),
            stage: Stage::Over,
        };
        stability.go_on(wake);
        stability
    }

    /// Returns how many changes have been tried, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.changed.len(), Perturbation::ALL.len())
    }

    /// Reports whether it is still going on.
    pub fn running(&self) -> bool {
        matches!(self.stage, Stage::Making(_) | Stage::Asking(_))
    }

    /// Returns what stopped it.
    pub fn error(&self) -> Option<&Error> {
        match &self.stage {
            Stage::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the band of the scores so far.
    pub fn band(&self) -> Band {
        let scores = || {
            let changed = self.changed.iter().map(|(_, outcome)| &outcome.score);
            std::iter::once(&self.base.score).chain(changed)
        };
        let span = |values: &mut dyn Iterator<Item = f32>| {
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let all_placed = scores().all(|score| score.percentile.is_some());
        Band {
            raw: span(&mut scores().map(|score| score.raw)),
            percentile: all_placed
                .then(|| span(&mut scores().filter_map(|score| score.percentile))),
        }
    }

    /// Returns the change under which the score is the least, and that of the greatest; `None` where
    /// it is the film itself.
    pub fn ends(&self) -> [Option<Perturbation>; 2] {
        let (low, high) = self.band().raw;
        [low, high].map(|end| {
            let there = |(_, outcome): &&(Perturbation, Outcome)| outcome.score.raw == end;
            let own = self.base.score.raw == end;
            let found = self.changed.iter().find(there).filter(|_| !own);
            found.map(|(change, _)| *change)
        })
    }

    /// Returns under how many of the changes tried a region is still there, at the same cut.
    pub fn keeps(&self, region: &Region, cut: &Cut) -> usize {
        let there = |(change, outcome): &&(Perturbation, Outcome)| {
            let Some(map) = outcome.map(Some(cut.map.kind)) else {
                return false;
            };
            let moved = change.moved(&region.bounds, &self.film);
            let regions = outcome.regions(map, cut.value, None);
            regions
                .iter()
                .any(|other| box_iou(&other.bounds, &moved) >= STILL_THERE)
        };
        self.changed.iter().filter(there).count()
    }

    fn go_on(&mut self, wake: &Wake) {
        let next = Perturbation::ALL.get(self.changed.len()).copied();
        self.stage = next.map_or(Stage::Over, |change| {
            let film = self.film.clone();
            Stage::Making(Task::spawn("a small change", wake.clone(), move |_| {
                change.of(&film).map(Arc::new)
            }))
        });
    }

    /// Takes in what is ready and goes on; returns whether there was something.
    fn poll(&mut self, worker: &Worker, wake: &Wake) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Making(task) => match task.take() {
                Ok(Ok(film)) => {
                    let model = self.base.model.clone();
                    let terms = Terms::again(self.base.seen_as);
                    let request = Request { film, model, terms };
                    self.stage = Stage::Asking(Box::new(worker.submit(request)));
                }
                Ok(Err(error)) => self.stage = Stage::Failed(error),
                Err(task) => {
                    self.stage = Stage::Making(task);
                    return false;
                }
            },
            Stage::Asking(task) => match task.take() {
                Ok(Ok(Reply::Outcome(outcome))) => {
                    let change = Perturbation::ALL[self.changed.len()];
                    self.changed.push((change, *outcome));
                    self.go_on(wake);
                }
                // Nothing is held on these terms.
                Ok(Ok(Reply::Held(_))) => self.stage = Stage::Over,
                Ok(Err(error)) => self.stage = Stage::Failed(error),
                Err(task) => {
                    self.stage = Stage::Asking(Box::new(task));
                    return false;
                }
            },
            over => {
                self.stage = over;
                return false;
            }
        }
        true
    }
}

impl Reading {
    /// Returns the shown result under small changes, where that was asked for.
    pub fn stability(&self) -> Option<&Stability> {
        let shown = self.shown_outcome()?;
        let of_shown = |stability: &&Stability| Arc::ptr_eq(&stability.base, shown);
        self.stability.as_ref().filter(of_shown)
    }

    /// Takes in what has been found under small changes; returns whether there was something.
    pub(super) fn poll_stability(&mut self, worker: &Worker, wake: &Wake) -> bool {
        // Of a result that has been replaced nobody wants to know more.
        let base = self.stability.as_ref().map(|stability| &stability.base);
        let replaced = base.is_some_and(|base| {
            let now = self.outcome(&base.model);
            now.is_none_or(|now| !Arc::ptr_eq(now, base))
        });
        if replaced {
            self.stability = None;
            return true;
        }
        let stability = self.stability.as_mut();
        stability.is_some_and(|stability| stability.poll(worker, wake))
    }
}

impl Session {
    /// Starts to ask the shown model about small changes of the selected film; where that is under
    /// way, or done, it is let go.
    pub(super) fn check_stability(&mut self) {
        let wake = self.wake.clone();
        let Some(reading) = self.selected_mut() else {
            return;
        };
        if reading.stability().is_some() {
            reading.stability = None;
            return;
        }
        let film = reading.open_film().map(|open| open.film.radiograph.clone());
        let base = reading.shown_outcome().cloned();
        reading.stability = film
            .zip(base)
            .map(|(film, base)| Stability::start(film, base, &wake));
    }
}

#[cfg(test)]
mod tests {
    use crate::session::Command;
    use crate::session::tests::{analyzed, poll_until, session_with_film};

    #[test]
    fn a_band_holds_the_score_and_is_cut_off_with_its_result() {
        let (_folder, mut session) = analyzed();
        session.apply(Command::CheckStability);
        poll_until(&mut session, |session| {
            let stability = session.reading().unwrap().stability();
            stability.is_some_and(|stability| !stability.running())
        });
        let reading = session.reading().unwrap();
        let stability = reading.stability().unwrap();
        assert_eq!(stability.progress(), (7, 7));
        let (low, high) = stability.band().raw;
        let score = reading.shown_outcome().unwrap().score.raw;
        assert!(low <= score && score <= high && stability.error().is_none());
        let cut = session.cut().unwrap();
        let kept = stability.keeps(&reading.regions()[0], &cut);
        assert!(kept <= 7);
        session.apply(Command::Analyze);
        poll_until(&mut session, |session| {
            session.reading().unwrap().stability().is_none()
        });
    }

    #[test]
    fn asking_again_lets_go_and_without_a_result_nothing_starts() {
        let (_folder, mut session) = session_with_film();
        session.apply(Command::CheckStability);
        assert!(session.reading().unwrap().stability.is_none());
        let (_folder, mut session) = analyzed();
        session.apply(Command::CheckStability);
        assert!(session.reading().unwrap().stability().unwrap().running());
        session.apply(Command::CheckStability);
        assert!(session.reading().unwrap().stability.is_none());
    }
}
