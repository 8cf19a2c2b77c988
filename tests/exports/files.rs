//! Every kind of export by the door that the window and the command line use.

use std::path::Path;
use std::sync::Arc;

use silhouette::anomaly::{ModelId, Outcome, Placed, Score, Seconds, Threshold};
use silhouette::display::FileMarks;
use silhouette::files::{self, Content};
use silhouette::radiograph::{Film, PixelRect, ShapeKind, Voi};
use silhouette::session::{
    Command, Cut, ExportChoice, ExportJob, ExportKind, MarkCommand, OverlaySettings, WindowChange,
    write_export,
};
use silhouette::task::Progress;

use super::films::{self, algorithm, map, marks, opened, phantom};
use super::tools::{run, saved, valid};

fn outcome(film: &Film) -> Arc<Outcome> {
    let raster = film.radiograph.raster.clone();
    let place = PixelRect::of_image(raster.width(), raster.height());
    Arc::new(Outcome {
        model: ModelId::new(&algorithm().name),
        weights_sha256: algorithm().weights_sha256,
        device: "cpu".to_owned(),
        input_size: (8, 6),
        input_region: place,
        score: Score::among(1.5, &[0.5, 1.0, 2.0]),
        variants: Vec::new(),
        counterpart: Arc::new(Placed { raster, place }),
        reconstruction: None,
        maps: vec![Arc::new(map())],
        threshold: Threshold {
            value: 0.5,
            unit: map().unit,
            source: "made up".to_owned(),
        },
        lung_boxes: Vec::new(),
        gate: Vec::new(),
        withheld: None,
        seen_as: silhouette::radiograph::Correction::NONE,
        seconds: Seconds::default(),
    })
}

pub(crate) fn job(film: &Film, kind: ExportKind, path: &Path) -> ExportJob {
    let outcome = outcome(film);
    let cut = Cut {
        withheld: None,
        map: outcome.maps[0].clone(),
        value: 0.5,
        default: Some((0.5, "made up".to_owned())),
        lung_boxes: Vec::new(),
    };
    ExportJob {
        film: film.clone(),
        voi: film.radiograph.vois[0].clone(),
        polarity: film.radiograph.polarity,
        part: None,
        file_marks: FileMarks::default(),
        processed: None,
        shown: vec![(outcome, cut)],
        concord: None,
        marks: marks(),
        key_films: film.source.origin.iter().cloned().collect(),
        key_image: false,
        blacked_out: Vec::new(),
        drawn: None,
        prior: None,
        card_lines: vec!["Model card: a phantom".to_owned()],
        settings: OverlaySettings::default(),
        choice: ExportChoice {
            kind,
            path: path.to_owned(),
            ..ExportChoice::default()
        },
        made: films::moment(),
    }
}

/// Writes an export and returns its bytes.
fn written(job: &ExportJob) -> Vec<u8> {
    let path = write_export(job, &Progress::new()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let name = format!("file-{}", path.file_name().unwrap().to_string_lossy());
    saved(path.parent().unwrap(), &name, &bytes);
    bytes
}

fn holds(bytes: &[u8], words: &str) -> bool {
    let words = words.as_bytes();
    bytes.windows(words.len()).any(|part| part == words)
}

#[test]
fn every_kind_is_written_and_only_dicom_names_the_patient() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    for kind in ExportKind::ALL {
        let path = folder.path().join(format!("out.{}", kind.extension()));
        let bytes = written(&job(&film, kind, &path));
        for secret in ["PH-4711", "Phantom^", "ACC-77", "19700102", "2.25.222"] {
            let named = holds(&bytes, secret);
            assert!(!named || kind.is_dicom(), "{} holds {secret}", kind.title());
        }
    }
    // Objects of one ending got numbers.
    assert!(folder.path().join("out (6).dcm").is_file());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.ends_with(".part"), "{name} was left over");
        if name.starts_with("out") && name.ends_with(".dcm") {
            valid(&path);
        }
    }
}

#[test]
fn the_segments_of_an_export_are_its_regions_and_the_readers() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let path = folder.path().join("seg.dcm");
    written(&job(&film, ExportKind::Segmentation, &path));
    let content = files::open_content(&Progress::new(), &path, &mut |_| {}).unwrap();
    let Content::Returned(returned) = content else {
        panic!("a segmentation was taken for a film");
    };
    let areas = |kind: ShapeKind| {
        matches!(
            kind,
            ShapeKind::Rectangle | ShapeKind::Ellipse | ShapeKind::Freehand
        )
    };
    let by_hand = marks().into_iter().filter(|mark| areas(mark.shape.kind()));
    let regions = films::found(&film);
    let wanted: Vec<String> = regions
        .iter()
        .map(|region| format!("phantom-model region {}", region.id))
        .chain(by_hand.clone().map(|mark| mark.name()))
        .collect();
    let found: Vec<&str> = returned
        .marks
        .iter()
        .map(|mark| mark.annotation.label.as_str())
        .collect();
    assert_eq!(found, wanted);
    for (mark, region) in returned.marks.iter().zip(&regions) {
        let inside = mark.annotation.measure(&film).samples.unwrap() as f32;
        let off = (inside - region.area_px).abs() / region.area_px;
        assert!(off < 0.1, "{inside} px of {}", region.area_px);
    }
    let outlines = returned.marks.iter().skip(regions.len());
    for (outline, mark) in outlines.zip(by_hand) {
        let inside = outline.annotation.measure(&film).samples;
        assert_eq!(inside, mark.measure(&film).samples, "{}", mark.name());
    }
}

#[test]
fn a_picture_has_the_width_that_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let mut job = job(&film, ExportKind::Jpeg, &folder.path().join("out.jpg"));
    job.choice.width = Some(640);
    written(&job);
    let picture = image::open(folder.path().join("out.jpg")).unwrap();
    assert_eq!(picture.width(), 640);
}

#[test]
fn the_table_has_a_line_for_every_number() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let job = job(&film, ExportKind::Csv, &folder.path().join("out.csv"));
    let table = String::from_utf8(written(&job)).unwrap();
    let columns = table.lines().next().unwrap().split(',').count();
    assert!(
        table.contains("Length,spina,reader,10.25,12.5,30.5,17.625,length,"),
        "{table}"
    );
    assert!(
        table.contains("film,residue,phantom-model,,,,,threshold,0.5,σ of normals,"),
        "{table}"
    );
    let plain = table.lines().filter(|line| !line.contains('"'));
    assert!(plain.clone().count() > 20);
    plain.for_each(|line| assert_eq!(line.split(',').count(), columns, "{line}"));
}

#[test]
fn the_identity_is_on_the_page_only_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let mut job = job(&film, ExportKind::Pdf, &folder.path().join("out.pdf"));
    job.choice.identity = true;
    let path = write_export(&job, &Progress::new()).unwrap();
    let Some(text) = run(
        "pdftotext",
        &["-layout".as_ref(), path.as_os_str(), "-".as_ref()],
    ) else {
        return;
    };
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for words in [
        "PH-4711",
        "Research use",
        "Model card: a phantom",
        "spina",
        "Region 1",
        "mm (at detector)",
    ] {
        assert!(text.contains(words), "“{words}” is missing from\n{text}");
    }
}

#[test]
fn a_full_or_read_only_disk_is_told_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_, film) = opened(&phantom(), folder.path());
    let missing = folder.path().join("no such folder/out.dcm");
    let error = write_export(&job(&film, ExportKind::Report, &missing), &Progress::new());
    let error = error.unwrap_err();
    assert!(error.message.contains("DICOM structured report"), "{error}");
    assert!(error.advice.contains("folder"), "{error}");
    assert!(!missing.exists());
}

fn command(arguments: &[&std::ffi::OsStr], folder: &Path) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .arg("export")
        .args(arguments)
        .env("SILHOUETTE_DATA_DIR", folder)
        .output()
        .unwrap()
}

#[test]
fn the_command_line_exports_what_a_saved_reading_and_the_keeper_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (path, film) = opened(&phantom(), folder.path());
    let keeping = tempfile::tempdir().unwrap();
    let mut session = super::window::session();
    session.keep_in(keeping.path().to_owned());
    super::window::open(&mut session, &path);
    super::window::poll_until(&mut session, |session| {
        session
            .reading()
            .is_some_and(|one| one.open_film().is_some())
    });
    session.apply(Command::Marks(MarkCommand::Import(marks())));
    session.apply(Command::Marks(MarkCommand::KeyImage));
    session.apply(Command::Invert);
    session.apply(Command::Window(WindowChange::Center(1234.0)));
    let reading = folder.path().join("a.silh");
    session.apply(Command::SaveReading {
        path: reading.clone(),
        films: false,
    });
    super::window::poll_until(&mut session, |session| !session.notices().is_empty());
    session.finish();

    for (place, kind) in ["sr", "gsps", "seg"].iter().enumerate() {
        for (from, option) in ["--reading", "--kept-marks"].iter().enumerate() {
            let out = folder.path().join(format!("out-{place}-{from}.dcm"));
            let mut arguments = vec![path.as_os_str(), "--kind".as_ref(), (*kind).as_ref()];
            arguments.extend(["--out".as_ref(), out.as_os_str(), (*option).as_ref()]);
            arguments.extend((from == 0).then_some(reading.as_os_str()));
            let done = command(&arguments, keeping.path());
            assert!(done.status.success(), "{kind} {option}: {done:?}");
            valid(&out);
            let content = files::open_content(&Progress::new(), &out, &mut |_| {}).unwrap();
            let Content::Returned(returned) = content else {
                panic!("{kind} is a film");
            };
            let wanted = match *kind {
                "seg" => 3,
                _ => marks().len(),
            };
            assert_eq!(returned.marks.len(), wanted, "{kind} {option}");
            if (*kind, from) == ("gsps", 0) {
                let Voi::Window(window) = &returned.views[0].voi.as_ref().unwrap().voi else {
                    panic!("a table");
                };
                assert_eq!(window.center, 1234.0);
                assert_ne!(returned.views[0].polarity, Some(film.radiograph.polarity));
            }
        }
    }
    // A reading about another film is told from this one's.
    let other = phantom().number(dicom::dictionary_std::tags::ROWS, 60);
    let elsewhere = tempfile::tempdir().unwrap();
    let (other, _) = opened(&other, elsewhere.path());
    let out = folder.path().join("none.dcm");
    let arguments = [
        other.as_os_str(),
        "--kind".as_ref(),
        "sr".as_ref(),
        "--out".as_ref(),
        out.as_os_str(),
        "--reading".as_ref(),
        reading.as_os_str(),
    ];
    let done = command(&arguments, keeping.path());
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        !done.status.success() && said.contains("not about this film"),
        "{said}"
    );
    assert!(!out.exists());
}
