//! Films on their way: the next are opened and the last are written while one is analysed.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::Instant;

use crate::error::Result;
use crate::radiograph::Film;

/// Opened films that wait for the models.
const AHEAD: usize = 2;
/// More write no faster, and each holds a film.
const MOST_WRITERS: usize = 8;

/// A film that was to be opened.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) film: Result<Film>,
    pub(super) seconds: f64,
}

/// Opens films in their order, a few ahead of who takes them.
pub(super) fn opened<'scope>(
    scope: &'scope Scope<'scope, '_>,
    films: Vec<PathBuf>,
) -> Receiver<Opened> {
    let (sender, receiver) = sync_channel(AHEAD);
    scope.spawn(move || {
        for path in films {
            let started = Instant::now();
            let film = crate::files::open(&path);
            let opened = Opened {
                path,
                film,
                seconds: started.elapsed().as_secs_f64(),
            };
            if sender.send(opened).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Does jobs on threads of their own; who has one waits while all of them are busy. They end when the
/// sender is dropped.
pub(super) fn workers<'scope, J: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl Fn(J) + Clone + Send + 'scope,
) -> SyncSender<J> {
    let (sender, jobs) = sync_channel(1);
    let jobs = Arc::new(Mutex::new(jobs));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..cores.min(MOST_WRITERS) {
        let (jobs, work) = (Arc::clone(&jobs), work.clone());
        scope.spawn(move || {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                match job {
                    Ok(job) => work(job),
                    Err(_) => return,
                }
            }
        });
    }
    sender
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn films_come_in_their_order_and_all_jobs_are_done() {
        let paths: Vec<PathBuf> = (0..9)
            .map(|film| format!("none/{film}.png").into())
            .collect();
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let jobs = workers(scope, |number: usize| {
                done.fetch_add(number, Ordering::Relaxed);
            });
            for (number, opened) in opened(scope, paths.clone()).into_iter().enumerate() {
                assert_eq!(opened.path, paths[number]);
                assert!(opened.film.is_err());
                jobs.send(number).unwrap();
            }
        });
        assert_eq!(done.into_inner(), 36);
    }

    #[test]
    fn who_stops_early_is_not_waited_for() {
        let paths = (0..99).map(|film| format!("none/{film}.png").into());
        std::thread::scope(|scope| {
            let first = opened(scope, paths.collect()).into_iter().next();
            assert!(first.unwrap().path.ends_with("0.png"));
        });
    }
}
