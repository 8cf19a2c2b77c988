//! Work for the session itself: dialogs, folders to look through, pictures to write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::display::AnnotatedPicture;
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::task::{Progress, Task, Wake};

use super::Session;
use super::export::{ExportJob, write_export};

/// What the system's dialog is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picker {
    /// One or more files.
    Files,
    /// One folder.
    Folder,
}

/// Something the user should read that belongs to no film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub message: String,
    /// What can be done about it; empty when nothing needs to be.
    pub advice: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

impl Notice {
    /// Makes the notice for an error.
    pub fn error(error: &Error) -> Self {
        Self {
            message: error.message.clone(),
            advice: error.advice.clone(),
            is_error: true,
        }
    }

    /// Makes a notice that something went well.
    pub fn done(message: String) -> Self {
        Self {
            message,
            advice: String::new(),
            is_error: false,
        }
    }
}

/// The tasks under way.
#[derive(Default)]
pub(super) struct Errands {
    dialog: Option<Task<Vec<PathBuf>>>,
    gatherings: Vec<Task<Vec<PathBuf>>>,
    exports: Vec<Task<PathBuf>>,
    /// The picture for the clipboard that was asked for last.
    copy: Option<Task<AnnotatedPicture>>,
}

/// How long the window waits for paths to be looked through before it goes on without them.
const GATHERED_AT_ONCE: Duration = Duration::from_millis(5);

/// What the tasks have brought since the last look.
#[derive(Default)]
pub(super) struct Brought {
    /// What a dialog returned, still to be looked through.
    pub(super) picked: Vec<PathBuf>,
    /// Files to list.
    pub(super) files: Vec<PathBuf>,
    /// What to tell the user.
    pub(super) notices: Vec<Notice>,
}

impl Brought {
    /// Reports whether there is anything new.
    pub(super) fn news(&self) -> bool {
        !(self.picked.is_empty() && self.files.is_empty() && self.notices.is_empty())
    }
}

impl Errands {
    pub(super) fn browse(&mut self, picker: Picker, wake: Wake) {
        self.dialog = Some(Task::spawn("dialog", wake, move |progress| {
            let picked = match picker {
                Picker::Files => {
                    answered(rfd::FileDialog::new().pick_files(), progress)?.unwrap_or_default()
                }
                Picker::Folder => pick_folder(progress)?.into_iter().collect(),
            };
            Ok(picked)
        }));
    }

    /// Looks through files and folders for films. A file or a small folder is known at once: the
    /// film then starts to open in the frame in which it was asked for.
    pub(super) fn gather(&mut self, paths: Vec<PathBuf>, wake: Wake) {
        let gathering = Task::spawn("gathering", wake, move |_| gather(&paths));
        gathering.arrives_within(GATHERED_AT_ONCE, || false);
        self.gatherings.push(gathering);
    }

    pub(super) fn export(&mut self, job: ExportJob, wake: Wake) {
        self.exports
            .push(Task::spawn("exporting", wake, move |progress| {
                write_export(&job, progress)
            }));
    }

    /// Writes something else that ends in a file.
    pub(super) fn save(
        &mut self,
        write: impl FnOnce(&Progress) -> Result<PathBuf> + Send + 'static,
        wake: Wake,
    ) {
        self.exports.push(Task::spawn("saving", wake, write));
    }

    /// Draws a picture for the clipboard; one that is still being drawn is given up.
    pub(super) fn copy(
        &mut self,
        draw: impl FnOnce(&Progress) -> Result<AnnotatedPicture> + Send + 'static,
        wake: Wake,
    ) {
        self.copy = Some(Task::spawn("copying", wake, draw));
    }

    /// Takes the picture for the clipboard once it is drawn.
    pub(super) fn copied(&mut self) -> Option<Result<AnnotatedPicture>> {
        self.copy.as_ref()?.ready()?;
        self.copy.take()?.take().ok()
    }

    /// Reports whether folders are being looked through.
    pub(super) fn gathering(&self) -> bool {
        !self.gatherings.is_empty()
    }

    /// Reports whether a picture is being written.
    pub(super) fn exporting(&self) -> bool {
        !self.exports.is_empty()
    }

    /// Returns how many files are being written, and how far the first of them is.
    pub(super) fn writing(&self) -> Option<(usize, &Progress)> {
        let first = self.exports.first()?;
        Some((self.exports.len(), first.progress()))
    }

    pub(super) fn poll(&mut self) -> Brought {
        let mut brought = Brought::default();
        if let Some(task) = self.dialog.take() {
            match task.take() {
                Ok(Ok(paths)) => brought.picked = paths,
                Ok(Err(error)) => brought.notices.push(Notice::error(&error)),
                Err(task) => self.dialog = Some(task),
            }
        }
        for result in finished(&mut self.gatherings) {
            match result {
                Ok(files) => brought.files.extend(files),
                Err(error) => brought.notices.push(Notice::error(&error)),
            }
        }
        for result in finished(&mut self.exports) {
            brought.notices.push(match result {
                Ok(path) => Notice::done(format!("Saved to {}", path.display())),
                Err(error) => Notice::error(&error),
            });
        }
        brought
    }
}

impl Session {
    /// Tells the user that a window was lost with the GPU that drew it and this one opened in its place,
    /// and what the driver said.
    pub fn warn_of_loss(&mut self, story: &str) {
        let error = Error::new(
            ErrorKind::Device,
            format!(
                "the GPU that drew the window was lost ({story}); the window was opened again, and models \
                 compute on the processor"
            ),
            "If this happens again, update the GPU's driver.",
        );
        self.notices.push(Notice::error(&error));
    }

    /// Tells the user what the GPU refused while the window was drawn.
    pub fn warn_of_refusal(&mut self, what: &str) {
        let error = Error::new(
            ErrorKind::Device,
            format!("the GPU refused a part of the window's picture: {what}"),
            "Close other programs that use the GPU, or some films.",
        );
        self.notices.push(Notice::error(&error));
    }

    /// Looks through files and folders for films, and lists what is found at once.
    pub(super) fn gather(&mut self, paths: Vec<PathBuf>) {
        self.errands.gather(paths, self.wake.clone());
        self.take_brought();
    }

    /// Takes in what errands have brought; returns whether there was anything.
    pub(super) fn take_brought(&mut self) -> bool {
        let brought = self.errands.poll();
        let news = brought.news();
        if !brought.picked.is_empty() {
            self.errands.gather(brought.picked, self.wake.clone());
        }
        self.list(brought.files);
        self.notices.extend(brought.notices);
        news
    }

    /// Returns how many files are being written, and how far the first of them is.
    pub fn writing(&self) -> Option<(usize, &Progress)> {
        self.errands.writing()
    }

    /// Reports whether folders are being looked through for films.
    pub fn gathering(&self) -> bool {
        self.errands.gathering()
    }
}

/// Shows the system's dialog for a folder; `None` when the user chose none. For a task.
///
/// # Errors
/// When no dialog can be shown.
pub(super) fn pick_folder(progress: &Progress) -> Result<Option<PathBuf>> {
    answered(rfd::FileDialog::new().pick_folder(), progress)
}

/// Where no dialog can be shown, “nothing chosen” comes back faster than any hand.
fn answered<T>(picked: Option<T>, progress: &Progress) -> Result<Option<T>> {
    if picked.is_none() && progress.elapsed() < Duration::from_millis(300) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "this desktop offers no file dialog",
            "Type the path into the field beside the button, or drop files on the window.",
        ));
    }
    Ok(picked)
}

/// Takes the finished tasks out of a list, in their order.
pub(super) fn finished<T: Send>(tasks: &mut Vec<Task<T>>) -> Vec<Result<T>> {
    let mut results = Vec::new();
    for task in std::mem::take(tasks) {
        match task.take() {
            Ok(result) => results.push(result),
            Err(task) => tasks.push(task),
        }
    }
    results
}

/// Replaces folders by the films in them. A path that does not exist stays: its entry says so.
fn gather(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files::gather(std::slice::from_ref(path)));
        } else {
            found.push(path.clone());
        }
    }
    if found.is_empty() {
        return Err(Error::new(
            ErrorKind::NotAnImage,
            "the folder holds no file that could be a film",
            "Open a folder with DICOM, PNG, JPEG or TIFF files.",
        ));
    }
    Ok(found)
}

/// Returns the folder of the study that comes with the program.
pub fn demonstration_study() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("assets/study")));
    match beside {
        Some(beside) if beside.is_dir() => beside,
        _ => Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/study"),
    }
}
