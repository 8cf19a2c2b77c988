//! De-identified copies of DICOM objects (PS3.15 annex E).
//!
//! The source is read as a tree of all its elements ([`tree`]), every one is judged by the
//! profile's table and by rules for what the table does not list ([`rules`], [`judge`]), and what
//! stays is written anew ([`writer`]): preamble, file meta group, group lengths, private elements,
//! padding and what follows the pixels are not taken over. Around the pixels, comments are blanked
//! ([`comments`]). What is burned into pixels is not looked for.

mod codes;
mod comments;
mod dates;
mod judge;
mod pixels;
mod profile;
mod redaction;
mod rules;
mod sound;
mod statement;
mod tokens;
mod tree;
mod words;
mod writer;

use dicom::core::{Tag, VR};
use dicom::dictionary_std::{tags, uids};
use sha2::{Digest as _, Sha256};

use self::judge::{Judge, Person};
use self::tokens::Tokens;
use self::tree::Element;
pub(in crate::files) use self::writer::{IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION};
use super::attributes::text;
use super::dataset::{self, Dataset};
use super::frames::require_pixels;
use super::header::{Encoding, header_at};
use super::identity;
use crate::error::{Error, ErrorKind, Result};
use crate::files::damaged;
use crate::files::deidentification::{
    Changes, Deidentified, Options, Pseudonyms, Report, unseen, word,
};
use crate::radiograph::BurnedIn;

/// Presentation states have no pixels of their own, and no texts once their drawings are gone.
const PRESENTATION_STATES: &str = "1.2.840.10008.5.1.4.1.1.11.";

/// Makes the de-identified copy of a DICOM file.
pub(in crate::files) fn deidentify(
    bytes: &[u8],
    options: &Options,
    pseudonyms: &Pseudonyms,
) -> Result<Deidentified> {
    // What the reader notes on the way may quote the file.
    let source = dataset::read(bytes, &mut Vec::new())?;
    let tree = tree::read(&source.body, source.start, source.encoding)?;
    let (sop_class, sop_instance) = identifiers(bytes, &tree.elements)?;
    if !sop_class.starts_with(PRESENTATION_STATES) {
        require_pixels(&source).map_err(|_| without_pixels(&source))?;
    }
    let tokens = Tokens::of(&tree.elements)?;
    let pixels = pixels::copy(&source, &tree.elements, &options.redact, &tokens)?;
    let person = person(&tree.elements, &sop_instance, pseudonyms);
    let mut judge = Judge {
        options,
        pseudonyms,
        tokens: &tokens,
        person: &person,
        changes: Changes::default(),
    };
    let mut elements = judge.elements(tree.elements, false);
    let changes = judge.changes;
    let new_instance = if options.retain_uids && sound::uids(sop_instance.as_bytes()) {
        sop_instance
    } else {
        pseudonyms.uid(sop_instance.as_bytes())
    };
    let burned_in = identity::source(&source.attributes).burned_in;
    let followed = pixels.as_ref().is_none_or(|pixels| pixels.followed);
    let seen = options.pixels_clean || burned_in == BurnedIn::No || pixels.is_none();
    let mut stated = vec![
        Element::new(tags::SOP_CLASS_UID, VR::UI, sop_class.clone().into_bytes()),
        Element::new(
            tags::SOP_INSTANCE_UID,
            VR::UI,
            new_instance.clone().into_bytes(),
        ),
    ];
    stated.extend(statement::elements(&source, options, seen && followed));
    let syntax = pixels
        .as_ref()
        .map_or(uids::EXPLICIT_VR_LITTLE_ENDIAN, |pixels| {
            pixels.transfer_syntax.as_str()
        });
    let mut out = writer::header(&writer::Meta {
        sop_class: &sop_class,
        sop_instance: &new_instance,
        transfer_syntax: syntax,
    });
    let report = Report {
        kind: "dicom",
        sop_class: Some(sop_class),
        modality: modality(&elements),
        transfer_syntax: Some(syntax.to_owned()),
        patient: person.pseudonym.clone(),
        identity_removed: seen && followed,
        burned_in: word(burned_in),
        changes,
        warnings: warnings(seen, followed, burned_in, tree.broken),
    };
    if let Some(pixels) = &pixels {
        stated.extend(pixels.described.iter().cloned());
    }
    put(&mut elements, stated);
    for element in &elements {
        writer::element(element, &mut out);
    }
    if let Some(pixels) = &pixels {
        out.extend_from_slice(&pixels.written);
    }
    Ok(Deidentified {
        bytes: out,
        name: format!("{new_instance}.dcm"),
        report,
    })
}

/// Puts elements into their places, instead of others with their tags.
fn put<'a>(elements: &mut Vec<Element<'a>>, new: Vec<Element<'a>>) {
    elements.retain(|element| new.iter().all(|one| one.tag != element.tag));
    elements.extend(new);
    elements.sort_by_key(|element| element.tag);
}

fn warnings(seen: bool, followed: bool, burned_in: BurnedIn, broken: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    if !seen {
        warnings.push(unseen(burned_in));
    }
    if !followed {
        warnings.push(
            "the compressed pixels could not be followed to their end, or hold drawings: they may \
             hold more than the picture, so that the copy does not claim to identify nobody"
                .to_owned(),
        );
    }
    if broken > 0 {
        warnings.push(format!(
            "{broken} sequences that contradict themselves were left out"
        ));
    }
    warnings
}

/// Whom the file shows: known by number, else by name and date of birth, else not at all.
fn person(elements: &[Element<'_>], instance: &str, pseudonyms: &Pseudonyms) -> Person {
    let value = |tag| find(elements, tag).map(|value| value.to_ascii_lowercase());
    let known = value(tags::PATIENT_ID).or_else(|| {
        let mut name = value(tags::PATIENT_NAME)?;
        name.push(b'|');
        name.extend(value(tags::PATIENT_BIRTH_DATE).unwrap_or_default());
        Some(name)
    });
    let study = value(tags::STUDY_INSTANCE_UID);
    let moved_with = known.clone().or(study);
    Person {
        pseudonym: known.map(|known| format!("P-{}", pseudonyms.name("patient", &known))),
        days: pseudonyms.days(&moved_with.unwrap_or_else(|| instance.as_bytes().to_vec())),
    }
}

/// Returns what kind of object it is, and which one: from the data set, else from the file meta
/// group; an object without a UID is known by its content.
fn identifiers(bytes: &[u8], elements: &[Element<'_>]) -> Result<(String, String)> {
    let stated = |tag, meta| {
        let value = find(elements, tag).map(<[u8]>::to_vec);
        value.or_else(|| meta_value(bytes, meta))
    };
    let class = stated(tags::SOP_CLASS_UID, Tag(2, 2)).filter(|class| sound::uids(class));
    let class = class
        .and_then(|class| String::from_utf8(class).ok())
        .ok_or_else(|| {
            damaged("the file does not say what kind of object it is (SOP Class UID)")
        })?;
    let instance = stated(tags::SOP_INSTANCE_UID, Tag(2, 3))
        .unwrap_or_else(|| format!("{:x}", Sha256::digest(bytes)).into_bytes());
    Ok((class, String::from_utf8_lossy(&instance).into_owned()))
}

fn find<'a>(elements: &'a [Element<'_>], tag: Tag) -> Option<&'a [u8]> {
    let element = elements.iter().find(|element| element.tag == tag)?;
    Some(sound::trimmed(element.bytes())).filter(|value| !value.is_empty())
}

/// Returns a value of the file meta group.
pub(in crate::files) fn meta_value(bytes: &[u8], tag: Tag) -> Option<Vec<u8>> {
    let mut position = 132;
    bytes.get(128..132).filter(|magic| magic == b"DICM")?;
    loop {
        let header = header_at(bytes, position, Encoding::ExplicitLittle)?;
        let end = header.end().filter(|_| header.tag.0 == 2)?;
        if header.tag == tag {
            let value = sound::trimmed(bytes.get(header.value..end)?);
            return (!value.is_empty()).then(|| value.to_vec());
        }
        position = end;
    }
}

fn modality(elements: &[Element<'_>]) -> Option<String> {
    let modality = find(elements, tags::MODALITY)?;
    Some(String::from_utf8_lossy(modality).into_owned())
}

fn without_pixels(source: &Dataset<'_>) -> Error {
    if source.ends_early {
        return damaged("the file ends before its pixels");
    }
    let modality = text(&source.attributes, tags::MODALITY);
    let short = modality.filter(|modality| modality.len() <= 4 && modality.is_ascii());
    let kind = short.map_or_else(String::new, |modality| format!(" (Modality {modality})"));
    Error::new(
        ErrorKind::Unsupported,
        format!("the DICOM object{kind} is no picture: its texts cannot be told from names"),
        "De-identify it with a program made for its kind, or leave it out.",
    )
}
