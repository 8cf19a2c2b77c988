//! That every catalogue has every text the window shows, and no other.

mod cards;
mod composed;
mod said;

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::anomaly::{Doubt, MapKind};
use crate::display::{
    Colormap, FilterKind, OUTSIDE_COUNTERPART, OUTSIDE_MAP, RESEARCH_USE, SYNTHETIC_MARK, Strength,
};
use crate::models::gate::OTHER_VIEWS;
use crate::models::{adults_folder, registry, trainable, weights_folders};
use crate::radiograph::{Pose, QuantityKind, SpacingPlane};
use crate::session::{
    ACTIONS, Aligning, ExportKind, Impression, KeyPreset, LABELS, Menu, Relation, TrainingFolder,
};
use crate::ui::tools::KINDS;
use cards::CARDS;
use composed::COMPOSED;
use said::{said, shape};

const OTHERS: [Language; 3] = [Language::Korean, Language::Japanese, Language::Chinese];

/// What the rooms below call their stages: short words beside a progress bar.
const STAGES: [&str; 24] = [
    "queued",
    "reading",
    "loading the model",
    "looking at the film",
    "finding the lungs",
    "network",
    "drawing the counterpart",
    "in-painting",
    "taking the film apart",
    "looking for the nearest normal film",
    "measuring the residue",
    "done",
    "reading films",
    "reading masks",
    "training",
    "comparing",
    "calibrating",
    "choosing",
    "drawing",
    "writing",
    "hashing the films",
    "unpacking",
    "measuring tiles",
    "mixing tiles",
];

/// The names of a pixel's stages on its way to the screen.
const PIPELINE: [&str; 3] = ["stored", "modality", "display"];

/// The shapes of a shutter.
const SHUTTERS: [&str; 4] = ["rectangular", "circular", "polygonal", "bitmap"];

/// Every text that is translated: those marked in the sources, and those of the rooms below.
fn texts() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui");
    let mut waiting = vec![folder];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            waiting.extend(entries.map(|entry| entry.unwrap().path()));
        } else {
            let source = std::fs::read_to_string(&path).unwrap();
            let end = source.find("#[cfg(test)]\nmod tests {");
            let source = &source[..end.unwrap_or(source.len())];
            if !path.ends_with("tests.rs") && !path.ends_with("said.rs") {
                texts.extend(marked(source));
            }
        }
    }
    let mut add = |text: &str| {
        texts.insert(text.to_owned());
    };
    for action in ACTIONS {
        add(action.text);
        add(action.tooltip);
    }
    Menu::ALL.iter().for_each(|menu| add(menu.name()));
    for kind in ExportKind::ALL {
        add(kind.title());
        add(kind.contents());
    }
    for folder in TrainingFolder::ALL {
        add(folder.name());
        add(folder.purpose());
    }
    Impression::ALL
        .iter()
        .for_each(|impression| add(impression.name()));
    KeyPreset::ALL.iter().for_each(|preset| add(preset.name()));
    let maps = [MapKind::Fidelity, MapKind::Agreement, MapKind::Imported];
    let maps = maps.into_iter().chain(MapKind::ALL);
    maps.for_each(|map| add(map.name()));
    Colormap::ALL
        .iter()
        .for_each(|colormap| add(colormap.name()));
    FilterKind::ALL.iter().for_each(|filter| add(filter.name()));
    Strength::ALL
        .iter()
        .for_each(|strength| add(strength.name()));
    LABELS.iter().for_each(|text| add(text));
    let said = [RESEARCH_USE, OUTSIDE_COUNTERPART, OUTSIDE_MAP];
    said.iter().for_each(|text| add(text));
    Aligning::STEPS.iter().for_each(|text| add(text));
    PIPELINE.iter().for_each(|text| add(text));
    SHUTTERS.iter().for_each(|text| add(text));
    STAGES.iter().for_each(|text| add(text));
    Language::ALL
        .iter()
        .for_each(|language| add(language.name()));
    KINDS.iter().for_each(|kind| add(kind.name()));
    let poses = Pose::ALL.into_iter().filter_map(Pose::words);
    poses.for_each(&mut add);
    Doubt::ALL.iter().for_each(|doubt| add(doubt.flag()));
    OTHER_VIEWS.iter().for_each(|(_, words)| add(words));
    for relation in [Relation::OtherPatient, Relation::PatientNotStated] {
        add(relation.words());
    }
    let measured = QuantityKind::ALL.iter().map(|kind| kind.name());
    measured.for_each(&mut add);
    let planes = SpacingPlane::ALL.iter();
    let units = planes.flat_map(|plane| [plane.unit(), plane.area_unit()]);
    units.for_each(&mut add);
    ["px (of a column)", SYNTHETIC_MARK]
        .into_iter()
        .for_each(&mut add);
    let titles = ExportKind::ALL.iter().map(|kind| kind.title());
    titles.for_each(|title| add(&format!("the {title}")));
    trainable().iter().for_each(|(_, _, task)| add(task));
    texts
}

/// The messages of the rooms below: those without names in them, and the shapes of the others.
fn messages() -> (BTreeSet<String>, BTreeSet<String>) {
    let composed = COMPOSED.iter().chain(CARDS).map(|text| (*text).to_owned());
    let (shapes, whole) = said()
        .into_iter()
        .chain(composed)
        .partition::<BTreeSet<String>, _>(|text| text.contains('{'));
    (whole, shapes.iter().map(|text| shape(text)).collect())
}

/// The literals given to [`tr`], [`tr_with`] and [`msg`] in a source.
fn marked(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for call in ["tr(", "tr_with(", "msg("] {
        for (place, _) in source.match_indices(call) {
            let before = source[..place].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
                continue;
            }
            if let Some(literal) = source[place + call.len()..].trim_start().strip_prefix('"') {
                found.push(unescaped(literal));
            }
        }
    }
    found
}

/// A string literal's text, from behind its first quote.
fn unescaped(literal: &str) -> String {
    let mut text = String::new();
    let mut letters = literal.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('\n') => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                Some('n') => text.push('\n'),
                other => text.extend(other),
            },
            letter => text.push(letter),
        }
    }
    text
}

fn names(text: &str) -> BTreeSet<&str> {
    let parts = text.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect()
}

#[test]
fn every_catalogue_has_every_text_and_no_other() {
    let (whole, shapes) = messages();
    let mut texts = texts();
    assert!(texts.len() > 400, "only {} texts were found", texts.len());
    assert!(whole.len() > 200 && shapes.len() > 150);
    texts.extend(whole);
    for language in OTHERS {
        let catalogue = catalogue(language).unwrap();
        let known: BTreeSet<String> = catalogue.keys().map(str::to_owned).collect();
        let forms: BTreeSet<String> = catalogue.forms().map(shape).collect();
        let missing = texts.difference(&known).chain(shapes.difference(&forms));
        let missing: Vec<&String> = missing.collect();
        let unused: Vec<&String> = known
            .difference(&texts)
            .filter(|text| !(text.contains('{') && shapes.contains(&shape(text))))
            .collect();
        let unused: Vec<&String> = unused
            .into_iter()
            .chain(forms.difference(&shapes))
            .collect();
        assert!(missing.is_empty(), "{language:?} lacks {missing:#?}");
        assert!(
            unused.is_empty(),
            "{language:?} has for nothing {unused:#?}"
        );
    }
}

#[test]
fn a_message_is_told_again_with_what_was_put_in() {
    speak(Language::Korean);
    for (english, korean) in [
        ("the path is a folder", "경로가 폴더입니다"),
        (
            "cannot write the PDF page: No space left on device (os error 28)",
            "쓸 수 없습니다 (PDF 페이지): 저장 장치에 남은 공간이 없습니다 (os error 28)",
        ),
        ("20 of nothing known", "20 of nothing known"),
    ] {
        assert_eq!(retold(english), korean);
    }
    speak(Language::English);
    assert_eq!(retold("the path is a folder"), "the path is a folder");
}

#[test]
fn what_bundled_cards_say_of_worth_and_limits_is_told_in_every_language() {
    let children = weights_folders(None);
    let adults = weights_folders(Some(&adults_folder().unwrap()));
    let mut texts = BTreeSet::new();
    for (entry, weights) in registry()
        .iter()
        .flat_map(|entry| [(entry, &children), (entry, &adults)])
    {
        let card = entry.card(weights).unwrap();
        let of_maps = card
            .maps
            .into_iter()
            .flat_map(|worth| [worth.map, worth.data]);
        let metrics = card.metrics.into_iter();
        texts.extend(metrics.flat_map(|metric| [metric.name, metric.data]));
        texts.extend(of_maps.chain(card.limits));
        for threshold in [card.threshold, card.score_threshold] {
            texts.extend([threshold.unit, threshold.source]);
        }
        texts.extend([card.intended_use, card.task]);
    }
    texts.remove("AUC");
    for language in OTHERS {
        speak(language);
        for text in &texts {
            let told = retold(text);
            assert!(told != *text && !told.is_ascii(), "{language:?}: {text}");
        }
    }
    speak(Language::English);
}

#[test]
fn what_was_generated_is_called_synthetic_in_every_language() {
    for language in OTHERS {
        let words = catalogue(language).unwrap().get(SYNTHETIC_MARK).unwrap();
        assert!(words.contains("SYNTHETIC") && !words.is_ascii(), "{words}");
    }
}

#[test]
fn translations_name_what_their_texts_name() {
    for language in OTHERS {
        let catalogue = catalogue(language).unwrap();
        for text in catalogue.keys() {
            let translation = catalogue.get(text).unwrap();
            assert_eq!(names(text), names(translation), "{language:?}: {text}");
        }
    }
}

#[test]
fn words_end_as_their_texts_do() {
    // A sentence stays one, and “…” still says that a dialog follows.
    for language in OTHERS {
        let catalogue = catalogue(language).unwrap();
        for text in catalogue.keys() {
            let translation = catalogue.get(text).unwrap();
            // “No.” is no sentence.
            let sentence = |text: &str| text.len() > 3 && text.ends_with(['.', '。']);
            assert_eq!(
                sentence(text),
                sentence(translation),
                "{language:?}: {text}"
            );
            let asks = |text: &str| text.ends_with('…');
            assert_eq!(asks(text), asks(translation), "{language:?}: {text}");
        }
    }
}

#[test]
fn a_thread_speaks_its_own_language() {
    speak(Language::Korean);
    let elsewhere = std::thread::spawn(|| tr("Analyse").to_owned())
        .join()
        .unwrap();
    assert_eq!(elsewhere, "Analyse");
    assert_eq!(tr("Analyse"), "분석");
    assert_eq!(tr("what no catalogue has"), "what no catalogue has");
    assert_eq!(retold("Saved to /films/1.png"), "저장됨: /films/1.png");
    speak(Language::English);
    assert_eq!(tr("Analyse"), "Analyse");
}

#[test]
fn values_are_put_in_by_name_and_only_once() {
    let sentence = filled("{b} of {a}, {c}", &[("a", &"{b}"), ("b", &2)]);
    assert_eq!(sentence, "2 of {b}, {c}");
}

#[test]
fn every_letter_of_a_catalogue_can_be_drawn() {
    use ab_glyph::{Font as _, FontRef};
    let own = FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).unwrap();
    for language in OTHERS {
        let (region, letters) = crate::ui::fonts::sample(language);
        let Some(font) = crate::display::find_font_of(region, letters) else {
            eprintln!("SKIPPED: no font of this system can write {language:?}");
            continue;
        };
        let catalogue = catalogue(language).unwrap();
        let drawn = |letter: &char| own.glyph_id(*letter).0 != 0 || font.has(*letter);
        for text in catalogue.keys() {
            let translation = catalogue.get(text).unwrap();
            let boxes: String = translation.chars().filter(|c| !drawn(c)).collect();
            assert!(boxes.is_empty(), "{language:?}: {boxes} in {translation}");
        }
    }
}
