//! That nothing on the screen stays English in another language, and nothing is cut off: every text
//! that is drawn is looked at, those of the corners as well.

use std::collections::BTreeSet;

use egui::{Key, Modifiers, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use silhouette::session::FilmState;
use silhouette::ui::Window;
use tempfile::TempDir;

use super::harness::{press, press_with, step_until, window};
use super::language::choose;
use super::layout::film;

/// Names, units, keys, attributes of DICOM and what stays as it is written in every language.
const SAME_EVERYWHERE: &str = "\
    Silhouette OHIF Weasis Inferno Cividis CLAHE \
    DICOM PNG JPEG TIFF PDF CSV JSON SHA AUC VOI LUT CTR Cobb \
    LINEAR EXACT SIGMOID Bits Stored High Bit Rescale Slope Intercept Photometric \
    Interpretation Window Center Width Function Body Part Examined Secondary Capture Segmentation \
    Key Object Selection SYNTHETIC PROCESSED \
    Ctrl Shift Alt Enter Escape Space Tab Home End Delete Backspace Plus Minus PageUp PageDown \
    ArrowDown ArrowLeft ArrowRight ArrowUp \
    CUDA NVIDIA GPU cpu auto cuda paper small tiny English \
    dcm png silh silhouette stub slow panic learner stumbler";

/// What the stub models call themselves and say in their cards.
const OF_STUBS: [&str; 13] = [
    "the film is smaller than those the model was made for",
    "99th percentile of made-up normal films",
    "knows nothing about films",
    "learns nothing, for tests",
    "lungs only",
    "made up for tests",
    "made up",
    "no weights",
    "none",
    "nothing",
    "stands in for a model in tests",
    "stands in for a model",
    "tests",
];

/// Returns every text that the last frame drew, each with by how much its right end is cut off.
pub(super) fn drawn(harness: &Harness<'static, Window>) -> Vec<(String, f32)> {
    let mut texts = Vec::new();
    for clipped in &harness.output().shapes {
        collect(&clipped.shape, clipped.clip_rect, &mut texts);
    }
    texts
}

fn collect(shape: &Shape, clip: egui::Rect, texts: &mut Vec<(String, f32)>) {
    match shape {
        Shape::Vec(shapes) => {
            for shape in shapes {
                collect(shape, clip, texts);
            }
        }
        Shape::Text(text) => {
            let rect = text.visual_bounding_rect();
            let seen = clip.intersects(rect);
            let beyond = if seen {
                rect.right() - clip.right()
            } else {
                0.0
            };
            texts.push((text.galley.text().to_owned(), beyond));
        }
        _ => {}
    }
}

/// The English words of a text that have no business in another language.
fn english(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for phrase in OF_STUBS {
        text = text.replace(phrase, "").replace(&capitalised(phrase), "");
    }
    let known: BTreeSet<&str> = SAME_EVERYWHERE.split_whitespace().collect();
    // What people call their files and folders.
    let path = |word: &&str| word.starts_with('/') || word.ends_with(".dcm");
    let text: Vec<&str> = text.split_whitespace().filter(|word| !path(word)).collect();
    text.join(" ")
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .filter(|word| word.len() > 2 && !known.contains(word))
        .map(str::to_owned)
        .collect()
}

fn capitalised(text: &str) -> String {
    text[..1].to_uppercase() + &text[1..]
}

/// Notes what is English or cut off in a state of the window.
fn check(harness: &Harness<'static, Window>, state: &str, faults: &mut BTreeSet<String>) {
    for (text, beyond) in drawn(harness) {
        let words = english(&text);
        if !words.is_empty() {
            faults.insert(format!("{state}: {words:?} in “{text}”"));
        }
        if beyond > 1.5 {
            faults.insert(format!("{state}: {beyond:.0} points are cut off “{text}”"));
        }
    }
}

/// Presses a key, and draws what comes of it.
/// A patient's newest film beside its prior, with a length, an ellipse and a result.
fn everything_shown() -> (TempDir, Harness<'static, Window>) {
    let folder = tempfile::tempdir().unwrap();
    let films = [("1.dcm", "20190302"), ("2.dcm", "20220502")];
    let films = films.map(|(name, day)| film(&folder, name, ("4711", day)));
    let mut harness = window(films.to_vec());
    harness.set_size(egui::vec2(1280.0, 800.0));
    step_until(&mut harness, |session| {
        let mut readings = session.readings().iter();
        session.readings().len() == 2 && readings.all(|film| film.open_film().is_some())
    });
    let image = harness.get_by_label_contains("viewport, 2.dcm").rect();
    for (key, from, to) in [(Key::D, -40.0, 20.0), (Key::E, -60.0, -20.0)] {
        press_with(&mut harness, Modifiers::SHIFT, key);
        harness.drag_at(image.center() + egui::vec2(from, from));
        harness.run_steps(2);
        harness.drop_at(image.center() + egui::vec2(to, from + 30.0));
        harness.run_steps(4);
    }
    press(&mut harness, Key::W);
    harness.get_by_label("Analyse").click();
    step_until(&mut harness, |session| session.cut().is_some());
    (folder, harness)
}

/// The states of the window that keys lead to.
const SHOWN: [(&str, Modifiers, Key); 5] = [
    ("the inspector", Modifiers::NONE, Key::Q),
    ("the fade", Modifiers::NONE, Key::F),
    ("a filter", Modifiers::SHIFT, Key::U),
    ("inverted", Modifiers::NONE, Key::I),
    ("a grid", Modifiers::COMMAND, Key::Num4),
];
/// What keys open, and Escape closes.
pub(super) const DIALOGS: [(&str, Modifiers, Key); 7] = [
    ("the help", Modifiers::NONE, Key::F1),
    ("the keys", Modifiers::COMMAND, Key::F1),
    ("the palette", Modifiers::COMMAND, Key::K),
    ("the export", Modifiers::COMMAND, Key::E),
    ("saving", Modifiers::COMMAND, Key::S),
    ("training", Modifiers::COMMAND, Key::T),
    ("the card", Modifiers::NONE, Key::C),
];

#[test]
fn nothing_stays_english_and_nothing_is_cut_off_in_another_language() {
    for (name, word, menus) in [
        (
            "Korean",
            "분석",
            ["파일", "보기", "주석", "분석", "비교", "배치", "도움말"],
        ),
        (
            "Japanese",
            "解析",
            [
                "ファイル",
                "表示",
                "注釈",
                "解析",
                "比較",
                "レイアウト",
                "ヘルプ",
            ],
        ),
        (
            "Chinese",
            "分析",
            ["文件", "视图", "标记", "分析", "对比", "布局", "帮助"],
        ),
    ] {
        let (_folder, mut harness) = everything_shown();
        if !choose(&mut harness, (name, word)) {
            continue;
        }
        let mut faults = BTreeSet::new();
        check(&harness, "a result", &mut faults);
        for (state, modifiers, key) in SHOWN {
            press_with(&mut harness, modifiers, key);
            check(&harness, state, &mut faults);
        }
        for (state, modifiers, key) in DIALOGS {
            press_with(&mut harness, modifiers, key);
            check(&harness, state, &mut faults);
            press(&mut harness, Key::Escape);
        }
        for menu in menus {
            harness.get_all_by_label(menu).next().unwrap().click();
            harness.run_steps(3);
            check(&harness, menu, &mut faults);
            press(&mut harness, Key::Escape);
        }
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_the_language_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.dcm");
    std::fs::write(&path, [b'x'; 400]).unwrap();
    let mut harness = window(vec![path]);
    step_until(&mut harness, |session| {
        let reading = session.reading();
        reading.is_some_and(|reading| matches!(reading.state, FilmState::Failed(_)))
    });
    if choose(&mut harness, ("Korean", "분석")) {
        harness.get_by_label_contains("파일의 첫 바이트가");
        harness.get_by_label("DICOM, PNG, JPEG 또는 TIFF 파일을 여십시오.");
        let mut faults = BTreeSet::new();
        check(&harness, "a broken file", &mut faults);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
