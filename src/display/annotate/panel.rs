//! The panels of an annotated picture.

/// What one panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelContent {
    /// The film.
    Film,
    /// The model's healthy counterpart. SYNTHETIC.
    Counterpart,
    /// The film with the agreement of several models over it.
    Agreement,
}

/// One picture of the film's size within the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    /// What it shows.
    pub content: PanelContent,
    /// Whether the analysis's map is laid over it.
    pub overlay: bool,
    /// Whether the regions' numbered boxes are drawn.
    pub boxes: bool,
}

impl Panel {
    /// The film alone.
    pub const FILM: Self = Self {
        content: PanelContent::Film,
        overlay: false,
        boxes: false,
    };
    /// The healthy counterpart alone.
    pub const COUNTERPART: Self = Self {
        content: PanelContent::Counterpart,
        overlay: false,
        boxes: false,
    };
    /// The film with the agreement of several models and boxes.
    pub const AGREEMENT: Self = Self {
        content: PanelContent::Agreement,
        overlay: false,
        boxes: true,
    };
    /// The film with map and boxes.
    pub const MAP: Self = Self {
        content: PanelContent::Film,
        overlay: true,
        boxes: true,
    };
}
