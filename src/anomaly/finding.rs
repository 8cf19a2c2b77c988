//! Reasons to doubt that a model can judge a film.

use serde::Serialize;

use crate::radiograph::Correction;

/// How much a finding should worry the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The result may not mean what it seems to.
    Warning,
    /// The film is not what models were made for: none is asked unless the reader says so, and the
    /// result is flagged wherever it is shown.
    Unfit,
}

/// What there is to doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It is no chest film.
    NotAChest,
    /// It shows the chest from another side than the front or the back.
    NotFrontal,
    /// It is turned or mirrored.
    Pose,
    /// Whether it is mirrored cannot be told from it.
    Side,
    /// Its greys are turned over.
    Inverted,
    /// Too little of the chest is seen.
    Cropped,
    /// It has no contrast.
    Blank,
    /// Much of it is blown out to white or black.
    Saturated,
    /// It has few grey levels.
    FewGreys,
    /// It has fewer pixels, or less detail, than the model looks at.
    TooSmall,
    /// Its width against its height is unusual.
    Shape,
    /// The lungs were not found as expected.
    Lungs,
    /// The patient's age is none that the model learnt from, or is not known.
    Age,
    /// The model copies it worse than films of the kind it knows.
    Unfamiliar,
    /// It was laid otherwise before the model saw it, as the reader asked.
    Corrected,
    /// Nobody looked whether it is a film for the models.
    Unchecked,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::NotAChest,
        Self::NotFrontal,
        Self::Pose,
        Self::Side,
        Self::Inverted,
        Self::Cropped,
        Self::Blank,
        Self::Saturated,
        Self::FewGreys,
        Self::TooSmall,
        Self::Shape,
        Self::Lungs,
        Self::Age,
        Self::Unfamiliar,
        Self::Corrected,
        Self::Unchecked,
    ];

    /// Returns a few words for a flag beside a score.
    pub fn flag(self) -> &'static str {
        match self {
            Self::NotAChest => "not a chest film",
            Self::NotFrontal => "not a frontal film",
            Self::Pose => "turned or mirrored",
            Self::Side => "side not told",
            Self::Inverted => "inverted",
            Self::Cropped => "cut off",
            Self::Blank => "no contrast",
            Self::Saturated => "blown out",
            Self::FewGreys => "few grey levels",
            Self::TooSmall => "too little detail",
            Self::Shape => "unusual shape",
            Self::Lungs => "lungs not found",
            Self::Age => "another age",
            Self::Unfamiliar => "unfamiliar",
            Self::Corrected => "corrected",
            Self::Unchecked => "not checked",
        }
    }
}

/// A reason why a film may not be what the model was made for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What there is to doubt.
    pub kind: Doubt,
    /// The reason, as a sentence.
    pub reason: String,
    /// How much it matters.
    pub severity: Severity,
    /// What would mend it, where something can be done to the film before a model sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Correction>,
}

impl Finding {
    /// Makes a finding that is worth knowing.
    pub fn note(kind: Doubt, reason: impl Into<String>) -> Self {
        Self::new(Severity::Note, kind, reason)
    }

    /// Makes a finding after which the result may not mean what it seems to.
    pub fn warning(kind: Doubt, reason: impl Into<String>) -> Self {
        Self::new(Severity::Warning, kind, reason)
    }

    /// Makes a finding after which no model is asked unless the reader says so.
    pub fn unfit(kind: Doubt, reason: impl Into<String>) -> Self {
        Self::new(Severity::Unfit, kind, reason)
    }

    /// States what would mend it.
    #[must_use]
    pub fn mended_by(mut self, fix: Correction) -> Self {
        self.fix = Some(fix);
        self
    }

    fn new(severity: Severity, kind: Doubt, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            severity,
            fix: None,
        }
    }
}

/// Reports whether no model should be asked unless the reader says so.
pub fn unfit(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Unfit)
}

/// Returns what would mend the first finding that can be mended.
pub fn fix_of(findings: &[Finding]) -> Option<Correction> {
    findings.iter().find_map(|finding| finding.fix)
}
