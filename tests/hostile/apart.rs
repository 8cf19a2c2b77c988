//! Decoding in a process apart, seen from the program that asks.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use silhouette::files::{decode_apart, end_decoders, inspect, open, open_for};
use silhouette::radiograph::Film;
use silhouette::task::Progress;
use silhouette::{Error, ErrorKind};

use super::dicom_lies::slow;
use super::measure::{alone, children, is_running};
use super::phantoms::save;
use super::seeds;

fn wait_until(mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

fn told(film: Result<Film, Error>) -> String {
    film.map_or_else(
        |error| format!("{error:?}"),
        |film| {
            format!(
                "{:?} {:?} {:?} {:?}",
                film.radiograph, film.source, film.identity, film.pipeline
            )
        },
    )
}

/// One test, because a program decides once where it decodes.
#[test]
fn films_decoded_apart_are_those_decoded_in_place() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let sound = [seeds::dicom(), seeds::pictures()].concat();
    let hurt = super::chance::hurt(2);
    let paths: Vec<PathBuf> = sound
        .iter()
        .chain(&hurt)
        .map(|input| save(folder.path(), &input.name, &input.bytes))
        .collect();
    let both = |path: &PathBuf| {
        let inspected = inspect(path, &[(3, 2), (9_999, 0)]);
        (told(open(path)), format!("{inspected:?}"))
    };
    let in_place: Vec<_> = paths.iter().map(both).collect();
    decode_apart(Some(env!("CARGO_BIN_EXE_silhouette").into()));
    for (path, expected) in paths.iter().zip(in_place) {
        assert_eq!(both(path), expected, "{}", path.display());
    }
    let own = std::process::id();
    let decoders = children(own);
    assert!(decoders.iter().any(|id| is_decoder(*id)), "{decoders:?}");

    // What is cancelled ends at once, and with it its decoder; the next film has a new one.
    let slow = save(folder.path(), "slow", &slow());
    let progress = Progress::new();
    let start = Instant::now();
    let refused = std::thread::scope(|scope| {
        let opening = scope.spawn(|| open_for(&progress, &slow));
        std::thread::sleep(Duration::from_millis(200));
        progress.cancel();
        opening.join().unwrap().unwrap_err()
    });
    assert!(refused.is_cancelled(), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(open(&paths[0]).is_ok());

    // One that was killed while it waited is replaced without a word.
    for id in children(own).into_iter().filter(|id| is_decoder(*id)) {
        let id = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
    }
    assert!(wait_until(|| open(&paths[0]).is_ok()));
    end_decoders();
    assert!(!children(own).into_iter().any(is_decoder));
}

fn is_decoder(id: u32) -> bool {
    std::fs::read(format!("/proc/{id}/cmdline"))
        .is_ok_and(|line| line.ends_with(b"\0decode-apart\0"))
}

#[test]
fn a_decoder_does_not_outlive_who_asked() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), "slow", &slow());
    let mut program = Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .arg("inspect")
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut decoders = Vec::new();
    assert!(wait_until(|| {
        decoders = children(program.id());
        decoders.iter().any(|id| is_decoder(*id))
    }));
    std::thread::sleep(Duration::from_millis(300));
    assert!(decoders.iter().all(|id| is_running(*id)), "it is not slow");
    program.kill().unwrap();
    assert_eq!(program.wait().unwrap().signal(), Some(9));
    assert!(wait_until(|| !decoders.iter().any(|id| is_running(*id))));
}

#[test]
fn a_decoder_answers_nothing_that_is_no_request() {
    let _alone = alone();
    for request in [
        b"".as_slice(),
        b"\xff\xff\xff\xff",
        b"\x03\0\0\0abc",
        b"\x01",
    ] {
        use std::io::Write as _;
        let mut decoder = Command::new(env!("CARGO_BIN_EXE_silhouette"))
            .arg("decode-apart")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = decoder.stdin.take().unwrap();
        // It may have gone before it has read everything.
        input.write_all(request).ok();
        drop(input);
        let output = decoder.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{request:?}");
        assert!(output.stdout.len() < 64);
    }
}

/// What it costs to decode apart, for the note on speed: run with `--ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<u16> = (0..2_500 * 2_000_u32)
        .map(|at| (at * 7 % 4096) as u16)
        .collect();
    let film = seeds::sized(2_500, 2_000).words(dicom::dictionary_std::tags::PIXEL_DATA, &samples);
    let path = film.save(folder.path());
    let measured = |what: &str| {
        let mut times: Vec<f64> = (0..41)
            .map(|_| {
                let start = Instant::now();
                assert!(open(&path).is_ok());
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        let first = times.remove(0);
        times.sort_by(f64::total_cmp);
        println!(
            "{what}: first {first:.1} ms, least {:.1}, median {:.1}",
            times[0], times[20]
        );
    };
    measured("in place");
    decode_apart(Some(env!("CARGO_BIN_EXE_silhouette").into()));
    measured("apart");
    let error = open(&save(folder.path(), "no", b"hello")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotAnImage);
}
