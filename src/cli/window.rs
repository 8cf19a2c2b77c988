//! `silhouette [PATH…]`: opens the window.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Cli;
use super::report::{self, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::files;
use crate::inference::Registry;
use crate::session::demonstration_study;
use crate::training::WeightsFolders;
use crate::ui;

/// Opens the window on films and folders, or on the bundled study when none is named.
pub(super) fn run(cli: &Cli, weights: &WeightsFolders) -> Result<Done> {
    env_logger::Builder::from_env(
        env_logger::Env::default().default_filter_or("warn,silhouette=info"),
    )
    .try_init()
    .ok();
    ask_for_display()?;
    let in_place_of = match cli.in_place_of_lost {
        true => Some(handed_over()?),
        false => None,
    };
    let study = demonstration_study();
    let paths = match (&in_place_of, cli.paths.as_slice()) {
        (Some(lost), _) => lost.files.clone(),
        (None, []) if study.is_dir() => vec![study],
        (None, named) => named.to_vec(),
    };
    let models = Registry {
        weights: weights.to_owned(),
    };
    let lifeline = lifeline(cli.weights_dir.clone(), in_place_of.is_some());
    ui::run(ui::Opening {
        models: Arc::new(models),
        device: cli.device,
        paths,
        in_place_of,
        lifeline: Arc::new(lifeline),
    })?;
    Ok(Done::All)
}

/// Has a window that is lost with its GPU opened again, once: one in its place that is lost as soon
/// would be lost again and again.
fn lifeline(weights_dir: Option<PathBuf>, in_its_place: bool) -> ui::Lifeline {
    const SOON: Duration = Duration::from_secs(60);
    let opened = Instant::now();
    ui::Lifeline::new(files::data_folder(), move |interrupted| {
        let again = match in_its_place && opened.elapsed() < SOON {
            true => Err("it was lost soon after it was opened again".to_owned()),
            false => {
                start_again(weights_dir.as_deref(), &interrupted).map_err(|cause| cause.to_string())
            }
        };
        files::end_decoders();
        let Err(why) = again else {
            // Nothing may be drawn on a lost GPU any more.
            std::process::exit(0)
        };
        let story = &interrupted.story;
        report::say(&format!(
            "The GPU that draws the window was lost ({story}), and the window cannot be opened again: {why}."
        ));
        if let Some(saved) = &interrupted.saved {
            report::say(&format!("The reading is saved: {}", saved.display()));
        }
        std::process::exit(2)
    })
}

/// Starts the program once more, with the models on the processor. What was open goes through a pipe:
/// others may see a process's arguments, and files may be called as patients are.
fn start_again(weights_dir: Option<&Path>, lost: &ui::Interrupted) -> std::io::Result<()> {
    let mut again = Command::new(files::this_program().unwrap_or_default());
    if let Some(folder) = weights_dir {
        let mut option = OsString::from("--weights-dir=");
        option.push(folder);
        again.arg(option);
    }
    again.args(["--device=cpu", "--in-place-of-lost"]);
    let left = serde_json::to_vec(lost)?;
    let mut again = again.stdin(Stdio::piped()).spawn()?;
    match again.stdin.take() {
        Some(mut pipe) => pipe.write_all(&left),
        None => Ok(()),
    }
}

/// Reads what a lost window left.
fn handed_over() -> Result<ui::Interrupted> {
    serde_json::from_reader(std::io::stdin().lock()).map_err(|cause| {
        Error::new(
            ErrorKind::Usage,
            format!("what a lost window left cannot be read: {cause}"),
            "Leave out --in-place-of-lost: the program uses it itself.",
        )
    })
}

/// Refuses where no window could be shown.
pub(super) fn ask_for_display() -> Result<()> {
    if has_display() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Device,
        "there is no display to open a window on",
        "Use `silhouette analyze` and `silhouette render`, which need none, or set DISPLAY.",
    ))
}

/// Whether a window could be shown. Only X11 and Wayland can be missing.
fn has_display() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}
