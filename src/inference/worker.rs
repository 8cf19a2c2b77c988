//! One thread, one queue: models are loaded when first asked for and stay loaded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::Models;
use crate::anomaly::{ModelId, Outcome};
use crate::compute::Device;
use crate::error::Result;
use crate::models::Model;
use crate::radiograph::Radiograph;
use crate::task::{Job, Progress, Task, Wake};

/// One film for one model.
#[derive(Clone, Debug)]
pub struct Request {
    /// The film, shared with whoever shows it.
    pub film: Arc<Radiograph>,
    /// Which model.
    pub model: ModelId,
}

/// The asking side of the inference thread. The thread ends when the worker is dropped.
pub struct Worker {
    queue: Sender<Job<Engine>>,
    wake: Wake,
}

impl Worker {
    /// Starts the thread; models are loaded onto the device as they are asked for.
    pub fn start(models: Arc<dyn Models>, device: Device, wake: Wake) -> Self {
        let (queue, inbox) = channel();
        let engine = Engine {
            models,
            device,
            loaded: BTreeMap::new(),
        };
        // When no thread can be had, the inbox is gone and each job answers for itself.
        std::thread::Builder::new()
            .name("inference".to_owned())
            .spawn(move || serve(&inbox, engine))
            .ok();
        Self { queue, wake }
    }

    /// Queues an analysis. Dropping the task takes it off the queue, or stops it where it is.
    pub fn submit(&self, request: Request) -> Task<Outcome> {
        let (task, job) = Task::split(self.wake.clone(), move |engine: &mut Engine, progress| {
            engine.analyze(&request, progress)
        });
        // A job that cannot be queued is dropped here, and answers that it never started.
        self.queue.send(job).ok();
        task
    }
}

fn serve(inbox: &Receiver<Job<Engine>>, mut engine: Engine) {
    while let Ok(job) = inbox.recv() {
        job.run(&mut engine);
    }
}

/// What the thread owns.
struct Engine {
    models: Arc<dyn Models>,
    device: Device,
    loaded: BTreeMap<ModelId, Box<dyn Model>>,
}

impl Engine {
    fn analyze(&mut self, request: &Request, progress: &Progress) -> Result<Outcome> {
        // The model is taken out while it works: one that panics is not trusted a second time
        // but loaded afresh.
        let mut model = match self.loaded.remove(&request.model) {
            Some(model) => model,
            None => {
                progress.enter("loading the model", 0.0)?;
                self.models.load(&request.model, &self.device)?
            }
        };
        let outcome = progress
            .enter("preparing", 0.0)
            .and_then(|()| model.analyze(&request.film, progress));
        self.loaded.insert(request.model.clone(), model);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::inference::Listing;
    use crate::models::Card;
    use crate::radiograph::{Polarity, Raster};
    use crate::task::no_wake;

    /// Models that do what their name says, and count.
    #[derive(Default)]
    struct Acts {
        loads: AtomicUsize,
        runs: Arc<AtomicUsize>,
    }

    struct Act {
        name: String,
        runs: Arc<AtomicUsize>,
    }

    impl Models for Acts {
        fn list(&self) -> Vec<Listing> {
            Vec::new()
        }

        fn card(&self, _: &ModelId) -> Result<Card> {
            Err(Error::internal("no card"))
        }

        fn load(&self, id: &ModelId, _: &Device) -> Result<Box<dyn Model>> {
            self.loads.fetch_add(1, Ordering::SeqCst);
            if id.0 == "missing" {
                return Err(Error::new(
                    ErrorKind::MissingWeights,
                    "no weights",
                    "Get some.",
                ));
            }
            Ok(Box::new(Act {
                name: id.0.clone(),
                runs: self.runs.clone(),
            }))
        }
    }

    impl Model for Act {
        fn card(&self) -> &Card {
            unreachable!("the worker never asks for a card")
        }

        fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
            self.runs.fetch_add(1, Ordering::SeqCst);
            match self.name.as_str() {
                "panic" => panic!("this model fell over"),
                "slow" => loop {
                    progress.at(0.5)?;
                    std::thread::sleep(Duration::from_millis(5));
                },
                _ => Ok(crate::inference::testing::outcome(film)),
            }
        }
    }

    fn worker() -> (Worker, Arc<Acts>) {
        let models = Arc::new(Acts::default());
        let worker = Worker::start(models.clone(), Device::Cpu, no_wake());
        (worker, models)
    }

    fn request(model: &str) -> Request {
        let raster = Raster::new(4, 4, (0..16).map(|i| i as f32).collect::<Vec<_>>()).unwrap();
        Request {
            film: Arc::new(Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()),
            model: ModelId::new(model),
        }
    }

    fn wait_for_runs(models: &Acts, runs: usize) {
        let start = Instant::now();
        while models.runs.load(Ordering::SeqCst) < runs {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "the run never started"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_value_arrives_once_and_the_model_stays_loaded() {
        let (worker, models) = worker();
        assert!(worker.submit(request("good")).wait().is_ok());
        assert!(worker.submit(request("good")).wait().is_ok());
        assert_eq!(models.loads.load(Ordering::SeqCst), 1);
        assert_eq!(models.runs.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_panic_is_an_error_on_that_film_and_the_worker_goes_on() {
        let (worker, models) = worker();
        let error = worker.submit(request("panic")).wait().unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(error.message.contains("fell over"));
        assert!(worker.submit(request("good")).wait().is_ok());
        // A model that fell over is loaded afresh.
        assert!(worker.submit(request("panic")).wait().is_err());
        assert_eq!(models.loads.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn a_superseded_run_is_cancelled_within_half_a_second() {
        let (worker, models) = worker();
        let first = worker.submit(request("slow"));
        wait_for_runs(&models, 1);
        let progress = first.progress().clone();
        let start = Instant::now();
        drop(first);
        assert!(progress.cancelled());
        assert!(worker.submit(request("good")).wait().is_ok());
        assert!(start.elapsed() < Duration::from_millis(500));
    }

    #[test]
    fn a_dropped_queue_entry_never_starts() {
        let (worker, models) = worker();
        let running = worker.submit(request("slow"));
        wait_for_runs(&models, 1);
        let waiting = worker.submit(request("good"));
        drop(waiting);
        drop(running);
        assert!(worker.submit(request("other")).wait().is_ok());
        // The slow one and “other”: never the dropped one.
        assert_eq!(models.runs.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn missing_weights_are_an_error_on_that_film() {
        let (worker, _) = worker();
        let error = worker.submit(request("missing")).wait().unwrap_err();
        assert_eq!(error.kind, ErrorKind::MissingWeights);
        assert!(worker.submit(request("good")).wait().is_ok());
    }
}
