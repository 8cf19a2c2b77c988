//! That every catalogue has every text the window shows, and no other.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::anomaly::{Doubt, MapKind};
use crate::display::{
    Colormap, FilterKind, OUTSIDE_COUNTERPART, OUTSIDE_MAP, RESEARCH_USE, Strength,
};
use crate::models::gate::OTHER_VIEWS;
use crate::radiograph::Pose;
use crate::session::{
    ACTIONS, Aligning, ExportKind, Impression, KeyPreset, LABELS, Menu, Relation, TrainingFolder,
};
use crate::ui::tools::KINDS;

const OTHERS: [Language; 3] = [Language::Korean, Language::Japanese, Language::Chinese];

/// What the rooms below call their stages: short words beside a progress bar.
const STAGES: [&str; 25] = [
    "queued",
    "reading",
    "loading the model",
    "looking at the film",
    "finding the lungs",
    "moving the film",
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
            if !path.ends_with("tests.rs") {
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
    texts
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
    let texts = texts();
    assert!(texts.len() > 400, "only {} texts were found", texts.len());
    if let Ok(path) = std::env::var("SILHOUETTE_TEXTS") {
        let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
        std::fs::write(path, lines.join("\n")).unwrap();
    }
    for language in OTHERS {
        let catalogue = catalogue(language).unwrap();
        let known: BTreeSet<String> = catalogue.keys().map(str::to_owned).collect();
        let missing: Vec<&String> = texts.difference(&known).collect();
        let unused: Vec<&String> = known.difference(&texts).collect();
        assert!(missing.is_empty(), "{language:?} lacks {missing:#?}");
        assert!(
            unused.is_empty(),
            "{language:?} has for nothing {unused:#?}"
        );
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
