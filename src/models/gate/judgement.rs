//! From what was measured to reasons, with what would mend them.

use super::counts::Counts;
use super::look::Glimpse;
use crate::anomaly::{Doubt, Finding};
use crate::radiograph::Correction;

/// By how much a film must look more like something else than like a chest film, in logits.
const NO_CHEST: f32 = 0.0;
/// The same for a film that is cut off.
const NO_PIECE: f32 = 4.0;
/// By how much another turn or polarity must be likelier than that of a film as it should be.
const TURNED: f32 = 2.0;
/// By how much a mirror image must be likelier than a film that is none: on films of adults, and where
/// disease hides the heart's side, the network often cannot tell.
const MIRRORED: f32 = 4.0;
/// A film is called cut off beyond this.
const CUT: f32 = 0.5;

/// What to say of a film.
pub(super) fn findings(counts: &Counts, glimpse: &Glimpse) -> Vec<Finding> {
    if counts.blank() {
        return vec![Finding::unfit(Doubt::Blank, "The film has no contrast.")];
    }
    let mut findings = Vec::new();
    let foreign = glimpse.other - glimpse.best;
    let cut = glimpse.cropped > CUT;
    // A piece of a chest looks less like a chest film, but a piece is what it is.
    if foreign > NO_CHEST && !(cut && foreign < NO_PIECE) {
        findings.push(Finding::unfit(
            Doubt::NotAChest,
            "This does not look like a frontal chest film.",
        ));
    } else {
        findings.extend(posed(glimpse));
        if cut {
            findings.push(Finding::warning(
                Doubt::Cropped,
                "Part of the chest is cut off: too little of the lungs is seen.",
            ));
        }
    }
    findings.extend(counts.findings());
    findings
}

/// What to say of how a chest film is shown.
fn posed(glimpse: &Glimpse) -> Vec<Finding> {
    let shown = seen(glimpse);
    let fix = shown.undone();
    let mut findings = Vec::new();
    if let Some(words) = shown.pose.words() {
        findings.push(Finding::unfit(
            Doubt::Pose,
            format!("The film seems to be {words}."),
        ));
    }
    if shown.inverted {
        findings.push(Finding::unfit(
            Doubt::Inverted,
            "The film seems to be inverted: lungs are bright and bones are dark.",
        ));
    }
    let mended = findings.into_iter();
    mended.map(|finding| finding.mended_by(fix)).collect()
}

/// How a film is shown, as far as that is sure enough to say.
fn seen(glimpse: &Glimpse) -> Correction {
    let mut shown = glimpse.shown;
    if glimpse.best - glimpse.other_side < MIRRORED {
        shown.pose.mirrored = false;
    }
    let turned = shown.inverted || shown.pose.quarter_turns != 0;
    if turned && glimpse.best - glimpse.upright < TURNED {
        return Correction::NONE;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::Pose;

    fn glimpse(shown: Correction, surely: f32) -> Glimpse {
        Glimpse {
            upright: -surely,
            shown,
            best: 0.0,
            other_side: -surely,
            other: -8.0,
            cropped: -8.0,
        }
    }

    fn kinds(glimpse: &Glimpse) -> Vec<Doubt> {
        posed(glimpse)
            .into_iter()
            .map(|finding| finding.kind)
            .collect()
    }

    #[test]
    fn what_is_not_sure_is_not_said() {
        let turned = Correction {
            pose: Pose::ALL[1],
            inverted: true,
        };
        assert_eq!(kinds(&glimpse(turned, 5.0)), [Doubt::Pose, Doubt::Inverted]);
        assert_eq!(kinds(&glimpse(turned, 1.0)), []);
        let mirrored = Correction {
            pose: Pose::ALL[4],
            inverted: false,
        };
        assert_eq!(kinds(&glimpse(mirrored, 5.0)), [Doubt::Pose]);
        assert_eq!(kinds(&glimpse(mirrored, 3.0)), []);
    }

    #[test]
    fn the_fix_undoes_what_was_done() {
        for pose in Pose::ALL {
            let shown = Correction {
                pose,
                inverted: true,
            };
            let fix = posed(&glimpse(shown, 9.0))[0].fix.unwrap();
            assert!(shown.then(fix).is_none());
        }
    }
}
