//! A real window on a virtual display: it opens, paints a film and closes.
//!
//! Needs Xvfb, xdotool and ImageMagick's `import`; without them it says so, and fails when
//! `SILHOUETTE_REQUIRE_ALL=1`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends a program when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn missing() -> Option<&'static str> {
    ["Xvfb", "xdotool", "import"].into_iter().find(|program| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        !std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// Starts a display on a free number, which the server itself chooses.
///
/// A server starts over when its last client leaves, and turns away whoever comes meanwhile: the
/// window would be refused as a search for it ends.
fn display() -> (Running, String) {
    let mut server = Command::new("Xvfb")
        .args([
            "-displayfd",
            "1",
            "-noreset",
            "-screen",
            "0",
            "1440x900x24",
            "-nolisten",
            "tcp",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut number = String::new();
    let output = server.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut number).unwrap();
    (Running(server), format!(":{}", number.trim()))
}

fn on_display(program: &str, display: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("DISPLAY", display)
        // Nothing of a test is kept beside the user's own marks.
        .env(
            "SILHOUETTE_DATA_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-smoke"),
        )
        .env_remove("WAYLAND_DISPLAY");
    command
}

fn window_id(display: &str) -> Option<String> {
    let found = on_display("xdotool", display)
        .args(["search", "--onlyvisible", "--name", "^Silhouette$"])
        .output()
        .unwrap();
    let ids = String::from_utf8_lossy(&found.stdout);
    ids.lines().next().map(str::to_owned)
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{what} never came"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The share of the screen that is neither black nor the panels' dark grey.
fn bright_share(display: &str, picture: &Path) -> f32 {
    let taken = on_display("import", display)
        .args(["-window", "root"])
        .arg(picture)
        .status()
        .unwrap();
    assert!(taken.success());
    let screen = image::open(picture).unwrap().to_luma8();
    let bright = screen.pixels().filter(|pixel| pixel.0[0] > 100).count();
    bright as f32 / screen.pixels().len() as f32
}

#[test]
fn a_window_opens_on_a_film_and_closes() {
    if let Some(program) = missing() {
        let words = format!("SKIPPED: the real window is not tested, {program} is missing");
        assert!(
            std::env::var_os("SILHOUETTE_REQUIRE_ALL").is_none_or(|all| all != "1"),
            "{words}"
        );
        eprintln!("{words}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.png");
    image::GrayImage::from_fn(600, 600, |x, y| image::Luma([(x / 5 + y / 5) as u8 + 15]))
        .save(&film)
        .unwrap();
    let log = folder.path().join("log.txt");
    let (_server, display) = display();
    let program = on_display(env!("CARGO_BIN_EXE_silhouette"), &display)
        .arg(&film)
        .env("XDG_RUNTIME_DIR", folder.path())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut program = Running(program);
    let window = wait_for("the window", || {
        if let Some(status) = program.0.try_wait().unwrap() {
            let words = std::fs::read_to_string(&log).unwrap();
            panic!("the program ended with {status} and showed no window:\n{words}");
        }
        window_id(&display)
    });
    let picture = folder.path().join("screen.png");
    // A quarter of the screen is the film, brighter than any panel.
    wait_for("the film", || {
        (bright_share(&display, &picture) > 0.2).then_some(())
    });
    // Without a window manager nobody passes on a polite request: Ctrl+Q is the window's own.
    on_display("xdotool", &display)
        .args([
            "windowfocus",
            "--sync",
            &window,
            "key",
            "--window",
            &window,
            "ctrl+q",
        ])
        .status()
        .unwrap();
    let status = wait_for("the end", || program.0.try_wait().unwrap());
    assert!(status.success(), "the program ended with {status}");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("frame time of our own code"), "{log}");
}
