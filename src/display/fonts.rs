//! Fonts of this system, for letters that the bundled ones lack.
//!
//! Nothing is looked for until a text needs it. What is found lives as long as the program, because
//! the window's fonts and an export's letters share it; a file is read once.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ab_glyph::{Font as _, FontRef};
use fontdb::{Database, FaceInfo, Source, Style, Weight};

/// One face of a font file of this system.
pub struct SystemFont {
    /// The name of its family and style, as in “Noto Sans CJK KR (400)”.
    pub name: String,
    /// The font file.
    pub bytes: &'static [u8],
    /// The face's place in the file.
    pub index: u32,
    pub(super) face: FontRef<'static>,
}

/// What has been found so far.
struct Found {
    /// The faces of this system; `None` before the first look.
    database: Option<Database>,
    fonts: Vec<&'static SystemFont>,
    files: Vec<(PathBuf, &'static [u8])>,
}

static FOUND: Mutex<Found> = Mutex::new(Found {
    database: None,
    fonts: Vec::new(),
    files: Vec::new(),
});

impl SystemFont {
    /// Reports whether the face has a glyph for a character.
    pub fn has(&self, character: char) -> bool {
        self.face.glyph_id(character).0 != 0
    }
}

/// Returns a font found earlier that has a character; never looks for one.
pub fn found_font(character: char) -> Option<&'static SystemFont> {
    let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let has = |font: &&&SystemFont| font.has(character);
    found.fonts.iter().find(has).copied()
}

/// Looks for fonts of this system that have the characters of a text which no earlier one has;
/// returns how many were found. Reads the folders of fonts at first: not for the window's thread.
pub fn find_fonts(text: &str) -> usize {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = &mut *found;
    let database = found.database.get_or_insert_with(system_fonts);
    let before = found.fonts.len();
    loop {
        let missing: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !found.fonts.iter().any(|font| font.has(*c)))
            .collect();
        let Some(face) = best(database, &missing, region(&missing)) else {
            break;
        };
        let Some(font) = loaded(database, face, &mut found.files) else {
            break;
        };
        // One that holds other glyphs than it promised would be found for ever.
        if !missing.iter().any(|character| font.has(*character)) {
            break;
        }
        found.fonts.push(Box::leak(Box::new(font)));
    }
    found.fonts.len() - before
}

/// Looks for the font of this system that writes a language: one that has all of some letters, best
/// in the forms of a region as families name it (“ KR”, “ JP”, “ SC”). Reads the folders of fonts at
/// first: not for the window's thread.
pub fn find_font_of(region: &str, letters: &str) -> Option<&'static SystemFont> {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = &mut *found;
    let database = found.database.get_or_insert_with(system_fonts);
    let letters: Vec<char> = letters.chars().collect();
    let face = best(database, &letters, region)?;
    let name = name_of(face);
    if let Some(known) = found.fonts.iter().find(|font| font.name == name) {
        return Some(known);
    }
    let font = loaded(database, face, &mut found.files)?;
    if !letters.iter().all(|letter| font.has(*letter)) {
        return None;
    }
    let font: &'static SystemFont = Box::leak(Box::new(font));
    found.fonts.push(font);
    Some(font)
}

fn system_fonts() -> Database {
    let mut database = Database::new();
    database.load_system_fonts();
    database
}

/// Returns the face that has the most of some characters, of equals the plainest.
fn best<'a>(database: &'a Database, missing: &[char], region: &str) -> Option<&'a FaceInfo> {
    if missing.is_empty() {
        return None;
    }
    database
        .faces()
        .filter_map(|face| {
            let covered = database.with_face_data(face.id, |bytes, index| {
                let font = FontRef::try_from_slice_and_index(bytes, index).ok()?;
                let has = |character: &&char| font.glyph_id(**character).0 != 0;
                Some(missing.iter().filter(has).count())
            });
            let covered = covered.flatten().filter(|covered| *covered > 0)?;
            Some(((covered, plainness(face, region)), face))
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, face)| face)
}

/// How well a face suits names beside the bundled light sans-serif: higher is better.
fn plainness(face: &FaceInfo, region: &str) -> (bool, bool, bool, bool, u16) {
    let family = face.families.first().map_or("", |(name, _)| name.as_str());
    let off_regular = face.weight.0.abs_diff(Weight::NORMAL.0);
    (
        face.style == Style::Normal,
        ["Sans", "Gothic", "Hei"]
            .iter()
            .any(|word| family.contains(word)),
        !face.monospaced && !family.contains("Mono"),
        family.ends_with(region),
        1000 - off_regular.min(1000),
    )
}

/// The region whose forms ideographs take, by the letters beside them, as font families name it.
fn region(characters: &[char]) -> &'static str {
    let any = |ranges: &[std::ops::RangeInclusive<char>]| {
        let within = |c: &char| ranges.iter().any(|range| range.contains(c));
        characters.iter().any(within)
    };
    if any(&['\u{1100}'..='\u{11ff}', '\u{ac00}'..='\u{d7af}']) {
        " KR"
    } else if any(&['\u{3040}'..='\u{30ff}', '\u{ff66}'..='\u{ff9f}']) {
        " JP"
    } else {
        " SC"
    }
}

fn name_of(face: &FaceInfo) -> String {
    let family = face.families.first().map_or("", |(name, _)| name.as_str());
    format!("{family} ({})", face.weight.0)
}

fn loaded(
    database: &Database,
    face: &FaceInfo,
    files: &mut Vec<(PathBuf, &'static [u8])>,
) -> Option<SystemFont> {
    let path = match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => path.clone(),
        Source::Binary(_) => return None,
    };
    let known = files.iter().find(|(known, _)| *known == path);
    let bytes = match known {
        Some((_, bytes)) => *bytes,
        None => {
            let bytes: &'static [u8] =
                database.with_face_data(face.id, |bytes, _| bytes.to_vec().leak())?;
            files.push((path, bytes));
            bytes
        }
    };
    Some(SystemFont {
        name: name_of(face),
        bytes,
        index: face.index,
        face: FontRef::try_from_slice_and_index(bytes, face.index).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_of_no_font_is_looked_for_and_not_found() {
        // A private one, which fonts for people do not have.
        assert_eq!(find_fonts("\u{10fffd}"), 0);
        assert!(found_font('\u{10fffd}').is_none());
    }

    #[test]
    fn what_is_found_has_the_characters() {
        if find_fonts("Привет") == 0 && found_font('П').is_none() {
            eprintln!("SKIPPED: no font of this system has Cyrillic letters");
            return;
        }
        for character in "Привет".chars() {
            assert!(found_font(character).is_some_and(|font| font.has(character)));
        }
        // A second look finds them there already.
        assert_eq!(find_fonts("Привет"), 0);
    }

    #[test]
    fn ideographs_take_the_forms_of_the_letters_beside_them() {
        let of = |text: &str| region(&text.chars().collect::<Vec<_>>());
        assert_eq!(of("洪吉洞홍길동"), " KR");
        assert_eq!(of("山田ヤマダ"), " JP");
        assert_eq!(of("王小东"), " SC");
    }
}
