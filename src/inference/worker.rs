//! One thread, one queue: models are loaded when first asked for and stay loaded.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use super::door::Door;
use super::{Models, Reply, Terms};
use crate::anomaly::ModelId;
use crate::compute::{Device, DeviceRequest};
use crate::error::{Error, ErrorKind, Result};
use crate::models::Model;
use crate::radiograph::Radiograph;
use crate::task::{Job, Progress, Task, Threads, Wake};

/// One film for one model.
#[derive(Clone, Debug)]
pub struct Request {
    /// The film, shared with whoever shows it.
    pub film: Arc<Radiograph>,
    /// Which model.
    pub model: ModelId,
    /// On what terms.
    pub terms: Terms,
}

/// The asking side of the inference thread. The thread ends when the worker is dropped.
pub struct Worker {
    // Goes before the thread, which ends when there is no queue.
    queue: Sender<Job<Engine>>,
    wake: Wake,
    fallback: Fallback,
    /// The last change of models, which must not be dropped before it is made.
    changing: Option<Task<()>>,
    _thread: Threads,
}

/// Why the worker computes on the processor from now on, until someone has heard it.
type Fallback = Arc<Mutex<Option<Error>>>;

impl Worker {
    /// Starts the thread. The device is opened when it is first needed, and models are loaded onto
    /// it as they are asked for. When the device cannot be had or fails, the processor takes over:
    /// the film at hand is analysed again, and the queue is kept.
    pub fn start(models: Arc<dyn Models>, device: DeviceRequest, wake: Wake) -> Self {
        let (queue, inbox) = channel();
        let fallback = Fallback::default();
        let engine = Engine {
            models,
            request: device,
            device: None,
            fallback: fallback.clone(),
            loaded: BTreeMap::new(),
            door: Door::default(),
        };
        // When no thread can be had, the inbox is gone and each job answers for itself.
        let mut thread = Threads::default();
        thread.spawn("inference", move || serve(&inbox, engine));
        Self {
            queue,
            wake,
            fallback,
            changing: None,
            _thread: thread,
        }
    }

    /// Returns, once, why the device was given up for the processor.
    pub fn fell_back(&self) -> Option<Error> {
        let mut fallback = self.fallback.lock().unwrap_or_else(PoisonError::into_inner);
        fallback.take()
    }

    /// Takes models from another source from now on; those that are loaded are let go of.
    pub fn change(&mut self, models: Arc<dyn Models>) {
        let (task, job) = Task::split(self.wake.clone(), move |engine: &mut Engine, _| {
            engine.forget_loaded();
            engine.models = models;
            Ok(())
        });
        self.queue.send(job).ok();
        self.changing = Some(task);
    }

    /// Queues an analysis. Dropping the task takes it off the queue, or stops it where it is.
    pub fn submit(&self, request: Request) -> Task<Reply> {
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
    request: DeviceRequest,
    device: Option<Device>,
    fallback: Fallback,
    loaded: BTreeMap<ModelId, Box<dyn Model>>,
    door: Door,
}

impl Engine {
    fn analyze(&mut self, request: &Request, progress: &Progress) -> Result<Reply> {
        match self.attempt(request, progress) {
            Err(error) if error.kind == ErrorKind::Device && !self.on_cpu() => {
                self.fall_back(&error);
                self.attempt(request, progress)
            }
            answer => answer,
        }
    }

    fn attempt(&mut self, request: &Request, progress: &Progress) -> Result<Reply> {
        progress.enter("looking at the film", 0.0)?;
        let device = self.device()?;
        let seen = self.door.look(&*self.models, &device, request)?;
        let (found, held) = request.terms.weigh(seen.found);
        if held {
            return Ok(Reply::Held(found));
        }
        // The model is taken out while it works: one that panics is not trusted a second time
        // but loaded afresh.
        let mut model = match self.loaded.remove(&request.model) {
            Some(model) => model,
            None => {
                progress.enter("loading the model", 0.0)?;
                self.models.load(&request.model, &device)?
            }
        };
        let raster = &request.film.raster;
        let film = (&*seen.film, (raster.width(), raster.height()));
        let outcome = progress
            .enter("preparing", 0.0)
            .and_then(|()| request.terms.ask(&mut *model, film, found, progress));
        self.loaded.insert(request.model.clone(), model);
        Ok(Reply::Outcome(Box::new(outcome?)))
    }

    fn device(&mut self) -> Result<Device> {
        if let Some(device) = &self.device {
            return Ok(device.clone());
        }
        let device = self.request.open()?;
        log::info!("models compute on {}", device.description());
        self.device = Some(device.clone());
        Ok(device)
    }

    fn on_cpu(&self) -> bool {
        self.device.as_ref().is_some_and(Device::is_cpu)
    }

    fn forget_loaded(&mut self) {
        self.loaded.clear();
        self.door = Door::default();
    }

    /// Gives the device up. What lives on it is of no use any more.
    fn fall_back(&mut self, error: &Error) {
        self.forget_loaded();
        self.device = Some(Device::Cpu);
        let error = Error::new(
            ErrorKind::Device,
            format!("{}; models now compute on the processor", error.message),
            error.advice.clone(),
        );
        log::warn!("{}", error.message);
        *self.fallback.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;
    use crate::anomaly::Outcome;
    use crate::compute::DeviceKind;
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
        card: Card,
        name: String,
        on_cpu: bool,
        runs: Arc<AtomicUsize>,
    }

    impl Models for Acts {
        fn list(&self) -> Vec<Listing> {
            Vec::new()
        }

        fn card(&self, _: &ModelId) -> Result<Card> {
            Err(Error::internal("no card"))
        }

        fn load(&self, id: &ModelId, device: &Device) -> Result<Box<dyn Model>> {
            self.loads.fetch_add(1, Ordering::SeqCst);
            if id.0 == "missing" {
                return Err(Error::new(
                    ErrorKind::MissingWeights,
                    "no weights",
                    "Get some.",
                ));
            }
            Ok(Box::new(Act {
                card: crate::inference::testing::card(id),
                name: id.0.clone(),
                on_cpu: device.is_cpu(),
                runs: self.runs.clone(),
            }))
        }
    }

    impl Model for Act {
        fn card(&self) -> &Card {
            &self.card
        }

        fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
            self.runs.fetch_add(1, Ordering::SeqCst);
            match self.name.as_str() {
                "panic" => panic!("this model fell over"),
                "lost" if !self.on_cpu => Err(Error::new(
                    ErrorKind::Device,
                    "the GPU was lost",
                    "Nothing to do.",
                )),
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
        let worker = Worker::start(models.clone(), DeviceKind::Cpu.into(), no_wake());
        (worker, models)
    }

    fn request(model: &str) -> Request {
        let raster = Raster::new(4, 4, (0..16).map(|i| i as f32).collect::<Vec<_>>()).unwrap();
        Request {
            film: Arc::new(Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()),
            model: ModelId::new(model),
            terms: Terms::default(),
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
    fn a_failing_device_is_given_up_for_the_processor_and_the_queue_is_kept() {
        let models = Arc::new(Acts::default());
        // No build of these tests has CUDA, so asking for it fails as a lost GPU would.
        let worker = Worker::start(models.clone(), DeviceKind::Cuda.into(), no_wake());
        let queued = [
            worker.submit(request("good")),
            worker.submit(request("good")),
        ];
        for task in queued {
            assert!(task.wait().is_ok());
        }
        let told = worker.fell_back().unwrap();
        assert_eq!(told.kind, ErrorKind::Device);
        assert!(told.message.contains("processor"), "{told}");
        assert!(worker.fell_back().is_none(), "it is told once");
        assert_eq!(models.loads.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_film_whose_device_fails_midway_is_analysed_again() {
        let models = Arc::new(Acts::default());
        let request_of = DeviceRequest::from(DeviceKind::Wgpu);
        if let Err(error) = request_of.open() {
            assert!(
                std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none(),
                "{error}"
            );
            eprintln!("SKIPPED: {error}");
            return;
        }
        let worker = Worker::start(models.clone(), request_of, no_wake());
        assert!(worker.submit(request("lost")).wait().is_ok());
        assert!(worker.fell_back().unwrap().message.contains("lost"));
        assert_eq!(models.loads.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn missing_weights_are_an_error_on_that_film() {
        let (worker, _) = worker();
        let error = worker.submit(request("missing")).wait().unwrap_err();
        assert_eq!(error.kind, ErrorKind::MissingWeights);
        assert!(worker.submit(request("good")).wait().is_ok());
    }
}
