//! The window before a reading is saved and after it is opened again in another one, pixel by pixel.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use image::{Rgba, RgbaImage};
use tempfile::TempDir;

use super::Window;
use crate::anomaly::{MapKind, ModelId};
use crate::compute::DeviceKind;
use crate::display::{Colormap, Filter, FilterKind, Strength};
use crate::inference::testing::Stubs;
use crate::radiograph::{
    Annotation, AnnotationId, AnnotationSource, PixelPoint, PixelRect, Shape, VoiFunction,
};
use crate::session::{
    Arrangement, Command, Compare, Face, FilmState, Grid, Impression, LayoutCommand, Lens, Link,
    Look, Mark, MarkCommand, Mix, PaceCommand, Role, Session, Verdict, WindowChange,
};

/// Where the rows of buttons end: what can be taken back is not saved.
const TOOLS_BELOW: u32 = 50;

type Bench = Harness<'static, Window>;

fn film(folder: &Path, name: &str, side: u32) -> PathBuf {
    let path = folder.join(name);
    let grey = image::GrayImage::from_fn(side, side * 5 / 4, |x, y| {
        let wave = (x as f32 / 17.0).sin() * (y as f32 / 11.0).cos() + 1.0;
        image::Luma([(wave * 110.0) as u8 + (x % 7) as u8])
    });
    grey.save(&path).unwrap();
    path
}

fn bench(paths: Vec<PathBuf>) -> Bench {
    Harness::builder()
        .with_size(egui::vec2(1100.0, 700.0))
        .with_step_dt(1.0 / 60.0)
        .wgpu()
        .build_eframe(move |creation| {
            Window::new(creation, Arc::new(Stubs), DeviceKind::Cpu, paths)
        })
}

fn step_until(bench: &mut Bench, holds: impl Fn(&Session) -> bool) {
    let start = Instant::now();
    while !holds(bench.state().session()) {
        bench.step();
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it never came to hold: {:?}",
            bench.state().session().notices()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    bench.run_steps(4);
}

fn all_open(count: usize) -> impl Fn(&Session) -> bool {
    move |session| {
        let open = |reading: &crate::session::Reading| matches!(reading.state, FilmState::Open(_));
        session.readings().len() == count && session.readings().iter().all(open)
    }
}

fn quiet(session: &Session) -> bool {
    session
        .readings()
        .iter()
        .all(|reading| !reading.analyzing() && !reading.filtering())
}

fn apply(bench: &mut Bench, commands: Vec<Command>) {
    for command in commands {
        bench.state_mut().session.apply(command);
        // Viewports note how large they are as they are drawn.
        bench.run_steps(2);
        step_until(bench, quiet);
    }
}

fn picture(bench: &mut Bench) -> RgbaImage {
    while !bench.state().session().notices().is_empty() {
        bench.state_mut().session.apply(Command::Dismiss(0));
    }
    bench.run_steps(4);
    bench.render().unwrap()
}

/// Saves what a window shows, opens it in a fresh one, and compares the two.
fn check(name: &str, (folder, films): (&TempDir, &[PathBuf]), setting: Vec<Command>) {
    let mut before = bench(films.to_vec());
    step_until(&mut before, all_open(films.len()));
    let plain = picture(&mut before);
    apply(&mut before, setting);
    let wanted = picture(&mut before);
    assert_ne!(plain.as_raw(), wanted.as_raw(), "{name} changes nothing");
    let bundle = folder.path().join(format!("{name}.silh"));
    before.state_mut().session.apply(Command::SaveReading {
        path: bundle.clone(),
        films: false,
    });
    step_until(&mut before, |session| !session.notices().is_empty());
    drop(before);

    let opened = films.iter().cloned().chain([bundle]).collect();
    let mut after = bench(opened);
    step_until(&mut after, |session| {
        let mut said = session.notices().iter();
        said.any(|notice| notice.message.contains("is back as it was seen")) && quiet(session)
    });
    let wrong = after.state().session().notices().iter();
    let wrong: Vec<_> = wrong.filter(|notice| notice.is_error).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
    let got = picture(&mut after);
    let differing = wanted.enumerate_pixels().zip(got.pixels());
    let differing = differing.filter(|((_, y, a), b)| *y >= TOOLS_BELOW && differ(a, b));
    let differing = differing.count();
    if differing > 0
        && let Ok(kept) = std::env::var("SILHOUETTE_KEEP_PICTURES")
    {
        wanted
            .save(Path::new(&kept).join(format!("{name} before.png")))
            .unwrap();
        got.save(Path::new(&kept).join(format!("{name} after.png")))
            .unwrap();
    }
    assert_eq!(differing, 0, "{name}: pixels that differ");
}

/// Two drawings of one thing may differ by a step where letters lie elsewhere in their texture.
fn differ(a: &Rgba<u8>, b: &Rgba<u8>) -> bool {
    let mut channels = a.0.iter().zip(b.0);
    channels.any(|(a, b)| a.abs_diff(b) > 1)
}

fn one() -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let films = vec![film(folder.path(), "a.png", 160)];
    (folder, films)
}

fn two() -> (TempDir, Vec<PathBuf>) {
    let (folder, mut films) = one();
    films.push(film(folder.path(), "b.png", 200));
    (folder, films)
}

fn at(x: f32, y: f32) -> PixelPoint {
    PixelPoint { x, y }
}

fn grid(rows: usize, columns: usize) -> Command {
    Command::Layout(LayoutCommand::Arrange(Arrangement::Grid(Grid::new(
        rows, columns,
    ))))
}

fn layout(command: LayoutCommand) -> Command {
    Command::Layout(command)
}

#[test]
fn greys_zoom_and_choices_about_maps_return() {
    let (folder, films) = one();
    check(
        "greys",
        (&folder, &films),
        vec![
            Command::Analyze,
            Command::Window(WindowChange::Center(77.5)),
            Command::Window(WindowChange::Width(123.25)),
            Command::Window(WindowChange::Function(VoiFunction::Sigmoid)),
            Command::Invert,
            Command::Look(Look::Free {
                center_in_image: at(61.3, 80.7),
                zoom: 2.3,
            }),
            Command::Map(MapKind::Difference),
            Command::Threshold(Some(0.4)),
            Command::Toggle(Mark::Overlay),
            Command::Opacity(0.35),
            Command::Colors(Colormap::Cividis),
            Command::Toggle(Mark::Words),
            Command::Region(1),
            Command::Region(1),
        ],
    );
}

#[test]
fn a_filter_and_what_is_hidden_return() {
    let (folder, films) = one();
    let filter = Filter {
        kind: FilterKind::Clahe,
        strength: Strength::Strong,
    };
    check(
        "filter",
        (&folder, &films),
        vec![
            Command::Filter(Some(filter)),
            Command::Preset(2),
            Command::Analyze,
            Command::Toggle(Mark::Boxes),
            Command::Toggle(Mark::Results),
        ],
    );
}

#[test]
fn unlinked_viewports_and_the_active_one_return() {
    let (folder, films) = two();
    let show = |cell, film| layout(LayoutCommand::Show { cell, film });
    check(
        "viewports",
        (&folder, &films),
        vec![
            Command::Analyze,
            grid(2, 2),
            show(0, 0),
            show(1, 1),
            show(2, 0),
            show(3, 1),
            layout(LayoutCommand::Role(2, Role::Map)),
            Command::Look(Look::Free {
                center_in_image: at(90.0, 100.0),
                zoom: 1.7,
            }),
            layout(LayoutCommand::ToggleLink(Link::Look)),
            Command::Look(Look::OneToOne),
            layout(LayoutCommand::Activate(1)),
            layout(LayoutCommand::ToggleLink(Link::Greys)),
            Command::Window(WindowChange::Width(40.0)),
            layout(LayoutCommand::Activate(0)),
            Command::Look(Look::Free {
                center_in_image: at(40.0, 60.0),
                zoom: 3.1,
            }),
            Command::Invert,
            layout(LayoutCommand::Activate(2)),
        ],
    );
}

#[test]
fn an_aligned_film_and_a_maximised_viewport_return() {
    let (folder, films) = two();
    let land = |cell, x, y| layout(LayoutCommand::Landmark(cell, at(x, y)));
    let aligned = vec![
        grid(1, 2),
        layout(LayoutCommand::Show { cell: 0, film: 0 }),
        layout(LayoutCommand::Show { cell: 1, film: 1 }),
        layout(LayoutCommand::Align),
        land(0, 30.0, 40.0),
        land(1, 50.0, 40.0),
        land(0, 120.0, 150.0),
        land(1, 140.0, 190.0),
        layout(LayoutCommand::Activate(0)),
        Command::Look(Look::Free {
            center_in_image: at(70.0, 90.0),
            zoom: 1.9,
        }),
    ];
    check("aligned", (&folder, &films), aligned.clone());
    let maximised = [
        layout(LayoutCommand::Activate(1)),
        layout(LayoutCommand::Maximise),
    ];
    let maximised = aligned.into_iter().chain(maximised).collect();
    check("maximised", (&folder, &films), maximised);
}

#[test]
fn every_comparison_returns_with_its_place() {
    let (folder, films) = one();
    let lens = Lens {
        center: at(0.3, 0.6),
        radius: 0.2,
    };
    let comparisons = [
        ("fade", Compare::Mixed(Mix::Fade(0.3))),
        ("swipe", Compare::Mixed(Mix::Swipe(0.27))),
        ("lens", Compare::Mixed(Mix::Lens(lens))),
        ("difference", Compare::Mixed(Mix::Difference(0.4))),
        ("models", Compare::Models(Face::Map)),
        ("agreement", Compare::Agreement),
    ];
    for (name, compare) in comparisons {
        let setting = vec![
            Command::PickModel(ModelId::new("twin"), true),
            Command::ShowModel(ModelId::new("stub")),
            Command::Analyze,
            Command::Compare(compare),
            Command::Region(1),
            layout(LayoutCommand::Activate(1)),
        ];
        check(name, (&folder, &films), setting);
    }
}

#[test]
fn marks_impressions_and_verdicts_return() {
    let (folder, films) = one();
    let mark = |shape, label: &str| Annotation {
        id: AnnotationId(0),
        shape,
        label: label.to_owned(),
        source: AnnotationSource::Reader,
        words_apart: None,
    };
    let rectangle = PixelRect {
        x: 20.0,
        y: 30.0,
        width: 50.0,
        height: 40.0,
    };
    let marks = vec![
        mark(Shape::Length([at(10.0, 10.0), at(100.0, 40.0)]), ""),
        mark(Shape::Rectangle(rectangle), "left base"),
        mark(Shape::Text(at(60.0, 150.0)), "a word"),
        mark(
            Shape::Arrow {
                tip: at(80.0, 80.0),
                tail: at(120.0, 120.0),
            },
            "",
        ),
    ];
    check(
        "marks",
        (&folder, &films),
        vec![
            Command::Marks(MarkCommand::Import(marks)),
            Command::Marks(MarkCommand::KeyImage),
            Command::Marks(MarkCommand::Calibrate(AnnotationId(1), 50.0)),
            Command::Pace(PaceCommand::Commit(Impression::Finding)),
            Command::Analyze,
            Command::Region(1),
            Command::Pace(PaceCommand::Judge(Verdict::Accepted)),
            Command::Region(1),
            Command::Pace(PaceCommand::Judge(Verdict::Rejected)),
            Command::Marks(MarkCommand::Select(Some(AnnotationId(2)))),
        ],
    );
}
