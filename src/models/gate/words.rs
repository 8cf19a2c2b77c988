//! What a film's own file says it shows: evidence before any look at its pixels.

use crate::anomaly::{Doubt, Finding};
use crate::radiograph::Source;

/// View Position (0018,5101) of chest films from the side, and oblique ones (PS3.3 C.8.1.2, C.8.7.2).
pub const OTHER_VIEWS: [(&str, &str); 9] = [
    ("LL", "a left lateral view"),
    ("RL", "a right lateral view"),
    ("LATERAL", "a lateral view"),
    ("LAT", "a lateral view"),
    ("LLD", "taken with the patient lying on the left side"),
    ("RLD", "taken with the patient lying on the right side"),
    ("LLO", "an oblique view"),
    ("RLO", "an oblique view"),
    ("OBLIQUE", "an oblique view"),
];
/// Body Part Examined (0018,0015) of films that show the chest, as makers spell it.
const CHEST_PARTS: [&str; 6] = ["CHEST", "THORAX", "LUNG", "LUNGS", "RIB", "RIBS"];
/// Modality (0008,0060) of projection films, and of pictures of them.
const FILM_MODALITIES: [&str; 8] = ["DX", "CR", "RG", "OT", "SC", "RF", "XC", "DR"];

/// What to say of a film whose file says that it is no frontal chest film, and where it says so.
pub fn stated(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let body_part = source
        .origin
        .as_ref()
        .and_then(|origin| origin.value(0x0018, 0x0015));
    let body_part = body_part.map(upper).filter(|part| !part.is_empty());
    let modality = source.modality.as_deref().map(upper);
    if let Some(part) = body_part
        && !CHEST_PARTS.iter().any(|chest| part.contains(chest))
    {
        let reason = format!(
            "The file says that it shows another part of the body: “{part}” in Body Part Examined (0018,0015)."
        );
        findings.push(Finding::unfit(Doubt::NotAChest, reason));
    } else if let Some(modality) = modality
        && !modality.is_empty()
        && !FILM_MODALITIES.contains(&modality.as_str())
    {
        let reason = format!(
            "The file says that it is no X-ray film: “{modality}” in Modality (0008,0060)."
        );
        findings.push(Finding::unfit(Doubt::NotAChest, reason));
    }
    let view = source.view_position.as_deref().map(upper);
    let known = view.as_deref().and_then(|view| {
        let found = OTHER_VIEWS.iter().find(|(name, _)| *name == view)?;
        Some((view, found.1))
    });
    if let Some((view, words)) = known {
        let reason =
            format!("The file says that it is {words}: “{view}” in View Position (0018,5101).");
        findings.push(Finding::unfit(Doubt::NotFrontal, reason));
    }
    findings
}

fn upper(text: &str) -> String {
    text.trim().to_uppercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::radiograph::{Origin, Repeated};

    fn source(body_part: &str, view: &str, modality: &str) -> Source {
        Source {
            view_position: Some(view.to_owned()),
            modality: Some(modality.to_owned()),
            origin: Some(Arc::new(Origin {
                repeated: vec![Repeated {
                    group: 0x0018,
                    element: 0x0015,
                    value: body_part.to_owned(),
                }],
                ..Origin::default()
            })),
            ..Source::default()
        }
    }

    fn kinds(source: &Source) -> Vec<Doubt> {
        stated(source)
            .into_iter()
            .map(|finding| finding.kind)
            .collect()
    }

    #[test]
    fn frontal_chest_films_and_silent_files_are_not_doubted() {
        for (part, view) in [
            ("CHEST", "PA"),
            ("thorax ", "AP"),
            ("", ""),
            ("CHEST_TO_ABDOMEN", "AP"),
        ] {
            assert_eq!(stated(&source(part, view, "DX")), [], "{part} {view}");
        }
        assert_eq!(stated(&Source::default()), []);
    }

    #[test]
    fn other_views_and_body_parts_are_named_with_the_attribute_that_says_so() {
        assert_eq!(kinds(&source("CHEST", "LL", "DX")), [Doubt::NotFrontal]);
        assert_eq!(kinds(&source("HAND", "PA", "DX")), [Doubt::NotAChest]);
        assert_eq!(
            kinds(&source("CSPINE", "LL", "CR")),
            [Doubt::NotAChest, Doubt::NotFrontal]
        );
        assert_eq!(kinds(&source("CHEST", "", "CT")), [Doubt::NotAChest]);
        let said = stated(&source("HAND", "", "DX")).remove(0).reason;
        assert!(
            said.contains("HAND") && said.contains("(0018,0015)"),
            "{said}"
        );
    }
}
