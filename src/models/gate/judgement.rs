//! From what was measured to reasons, with what would mend them.

use super::counts::Counts;
use super::look::Glimpse;
use crate::anomaly::{Doubt, Finding};
use crate::radiograph::Correction;

/// From here on a film looks more like something else than like a chest film, in logits: the
/// greatest whole number below which no other thing of the calibration films lies. Their sound
/// films lie below -12.
const NO_CHEST: f32 = -6.0;
/// From here on not even like a piece of one.
const NO_PIECE: f32 = 4.0;
/// By how much another turn or polarity must be likelier than that of a film as it should be.
const TURNED: f32 = 2.0;
/// By how much a mirror image must be likelier than a film that is none: on films of adults, and where
/// disease hides the heart's side, the network cannot always tell.
const MIRRORED: f32 = 2.0;
/// A film is called cut off beyond this.
const CUT: f32 = -1.0;

/// What to say of a film.
pub(super) fn findings(counts: &Counts, glimpse: &Glimpse) -> Vec<Finding> {
    if counts.blank() {
        return vec![Finding::unfit(Doubt::Blank, "The film has no contrast.")];
    }
    let mut findings = Vec::new();
    let foreign = foreign(glimpse);
    // A piece of a chest looks less like a chest film: where it is unclear, both are said.
    let cut = glimpse.cropped > CUT && foreign < NO_PIECE;
    if foreign > NO_CHEST {
        findings.push(Finding::unfit(
            Doubt::NotAChest,
            "This does not look like a frontal chest film.",
        ));
    } else {
        findings.extend(posed(glimpse));
        if !cut && glimpse.best - glimpse.other_side < MIRRORED {
            findings.push(Finding::note(
                Doubt::Side,
                "Whether the film is mirrored cannot be told from how the heart lies.",
            ));
        }
    }
    if cut {
        findings.push(Finding::warning(
            Doubt::Cropped,
            "Part of the chest is cut off: too little of the lungs is seen.",
        ));
    }
    findings.extend(counts.findings());
    findings
}

/// How much more a film looks like something else than like a chest film, and how little it stands
/// out in one pose and polarity.
fn foreign(glimpse: &Glimpse) -> f32 {
    (glimpse.other - glimpse.best) + (glimpse.usual - glimpse.best)
}

/// What to say of how a chest film is shown.
fn posed(glimpse: &Glimpse) -> Vec<Finding> {
    let shown = seen(glimpse);
    let fix = shown.undone();
    let mut findings = Vec::new();
    if let Some(words) = shown.pose.words() {
        // A heart that lies on the right looks like a mirror image; the film may be sound.
        let reason = match shown.pose.mirrored {
            true => format!(
                "The film seems to be {words}, or the heart lies on the right: a side marker tells."
            ),
            false => format!("The film seems to be {words}."),
        };
        findings.push(Finding::unfit(Doubt::Pose, reason));
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
    use crate::anomaly::Severity;
    use crate::radiograph::Pose;

    fn glimpse(shown: Correction, surely: f32) -> Glimpse {
        Glimpse {
            upright: -surely,
            shown,
            best: 0.0,
            other_side: -surely,
            usual: -8.0,
            other: -8.0,
            cropped: -8.0,
        }
    }

    /// What is counted on a picture with nothing to say of.
    fn lively() -> Counts {
        let greys: Vec<f32> = (0..100 * 100)
            .map(|i| (i * 7919 % 10_007) as f32 / 1e4)
            .collect();
        Counts::of(&greys, (100, 100)).unwrap()
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
        assert_eq!(kinds(&glimpse(mirrored, MIRRORED + 0.1)), [Doubt::Pose]);
        assert_eq!(kinds(&glimpse(mirrored, MIRRORED - 0.1)), []);
    }

    #[test]
    fn a_side_that_cannot_be_told_is_no_accusation() {
        let counts = lively();
        for pose in [Pose::UPRIGHT, Pose::ALL[4]] {
            let shown = Correction {
                pose,
                inverted: false,
            };
            let said = |surely| -> Vec<_> {
                let said = findings(&counts, &glimpse(shown, surely)).into_iter();
                said.map(|finding| (finding.kind, finding.severity))
                    .collect()
            };
            assert_eq!(said(MIRRORED / 2.0), [(Doubt::Side, Severity::Note)]);
            let sure: &[_] = match pose.mirrored {
                true => &[(Doubt::Pose, Severity::Unfit)],
                false => &[],
            };
            assert_eq!(said(2.0 * MIRRORED), sure);
        }
    }

    #[test]
    fn what_may_be_a_piece_or_something_else_is_called_both() {
        let counts = lively();
        let said = |foreign: f32, cropped: f32| -> Vec<_> {
            let glimpse = Glimpse {
                usual: foreign + 8.0,
                cropped,
                ..glimpse(Correction::NONE, 9.0)
            };
            let said = findings(&counts, &glimpse).into_iter();
            said.map(|finding| finding.kind).collect()
        };
        assert_eq!(said(-9.0, -9.0), []);
        assert_eq!(said(-9.0, 1.0), [Doubt::Cropped]);
        assert_eq!(said(0.0, 1.0), [Doubt::NotAChest, Doubt::Cropped]);
        assert_eq!(said(0.0, -9.0), [Doubt::NotAChest]);
        assert_eq!(said(5.0, 1.0), [Doubt::NotAChest]);
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
