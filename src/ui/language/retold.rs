//! Sentences that the rooms below compose, told again in the language spoken.
//!
//! Those rooms write English, for files and the command line as well. What they say often is known
//! here by its form; all else stays as it is.

use std::fmt::Display;

use super::{catalogue, filled, msg, spoken, tr};

/// The forms, each with names where the rooms below put something in; of two that fit, the first.
pub(super) const FORMS: &[&str] = &[
    msg("Saved to {path}"),
    msg("Copied: a picture of {width} × {height} pixels, without the patient's identity"),
    msg("PRIOR {date}, {span} earlier"),
    msg("ALIGNED, turned by {degrees}°"),
    msg("ALIGNED"),
    msg("PROCESSED: {filter}, {strength}"),
    msg("not a radiograph's original samples: {reasons}"),
    msg("{bits}-bit samples"),
    msg("probably resampled ({columns} × {rows} pixels are fewer than a detector's)"),
    msg("lossy compression ({kind})"),
    msg("colour"),
    msg("converted to grey"),
    msg("no region on {percent} % of {count} normal films kept out of training"),
    msg("σ of normals"),
    msg("arbitrary"),
    msg("of the file: {name}"),
    msg("of the file"),
    msg("computed from the samples: {name}"),
    msg("computed from the samples"),
    msg("set by hand {numbers}"),
    msg("set by hand"),
    msg("turned by {degrees}°"),
    msg("enlarged by {percent} %"),
    msg("greys to the power {power}"),
    msg("JPEG of quality {quality}"),
    msg("“{name}”, saved {date}, is back as it was seen; results are computed anew and compared."),
    msg("Training has ended; weights and card are in the output folder."),
    msg("There is no region to judge: show one model’s results first."),
    msg("Open them: what was saved returns with each."),
    msg("the films were not aligned: the points lie too near to each other"),
    msg("Set the second point far from the first."),
    msg("this desktop offers no file dialog"),
    msg("Type the path into the field beside the button, or drop files on the window."),
    msg("the folder holds no file that could be a film"),
    msg("Open a folder with DICOM, PNG, JPEG or TIFF files."),
    msg("a model is being trained already"),
    msg("Wait for it to end, or cancel it."),
    msg("Choose another name."),
    msg("The film has no contrast."),
    msg("This does not look like a frontal chest film."),
    msg("The film seems to be inverted: lungs are bright and bones are dark."),
    msg("The film seems to be {words}."),
    msg("Part of the chest is cut off: too little of the lungs is seen."),
    msg(
        "{black} % of the film's middle is blown out to black and {white} % to white: what lay \
         there is lost.",
    ),
    msg("The film has only {count} grey levels: faint shadows are lost between them."),
    msg(
        "The film shows no more detail than {side} × {side} pixels would: it may be an enlarged \
         thumbnail.",
    ),
    msg(
        "The file says that it shows another part of the body: “{part}” in Body Part Examined \
         (0018,0015).",
    ),
    msg("The file says that it is no X-ray film: “{modality}” in Modality (0008,0060)."),
    msg("The file says that it is {view}: “{code}” in View Position (0018,5101)."),
    msg("Analysed as if {words}; what was found is laid on the film as it is shown."),
    msg(
        "The patient's age is not stated; the model learnt from patients of {youngest} to {oldest} \
         years.",
    ),
    msg(
        "The patient is {age} years old, and the model learnt from patients of {youngest} to \
         {oldest} years: its score does not hold.",
    ),
    msg("Nobody looked whether this is an upright frontal chest film: {why}."),
];

/// Tells a sentence again in the language spoken, if its form is known.
pub(crate) fn retold(english: &str) -> String {
    if catalogue(spoken()).is_none() {
        return english.to_owned();
    }
    for form in FORMS {
        if let Some(values) = values_in(form, english) {
            let values: Vec<(&str, String)> = values
                .into_iter()
                .map(|(name, value)| (name, value_retold(name, value)))
                .collect();
            let values: Vec<(&str, &dyn Display)> = values
                .iter()
                .map(|(name, value)| (*name, value as &dyn Display))
                .collect();
            return filled(tr(form), &values);
        }
    }
    tr(english).to_owned()
}

/// Tells the parts of a value again; what people and files call something stays.
fn value_retold(name: &str, value: &str) -> String {
    match name {
        "path" | "name" | "date" => value.to_owned(),
        _ => value.split(", ").map(retold).collect::<Vec<_>>().join(", "),
    }
}

/// Returns what a sentence has where its form has names; `None` where it has another form.
fn values_in<'a>(form: &'a str, mut sentence: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut values = Vec::new();
    let mut parts = form.split('{');
    sentence = sentence.strip_prefix(parts.next()?)?;
    for part in parts {
        let (name, behind) = part.split_once('}')?;
        let end = match behind {
            "" => sentence.len(),
            behind => sentence.find(behind)?,
        };
        values.push((name, &sentence[..end]));
        sentence = &sentence[end + behind.len()..];
    }
    sentence.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_taken_apart_by_its_form() {
        let form = "PRIOR {date}, {span} earlier";
        let values = values_in(form, "PRIOR 2019-03-02, 3 y 2 mo earlier");
        assert_eq!(
            values,
            Some(vec![("date", "2019-03-02"), ("span", "3 y 2 mo")])
        );
        assert_eq!(values_in(form, "PRIOR 2019-03-02"), None);
        assert_eq!(values_in("set by hand", "set by hand 40/400"), None);
        let path = values_in("Saved to {path}", "Saved to /a/{b}");
        assert_eq!(path, Some(vec![("path", "/a/{b}")]));
    }
}
