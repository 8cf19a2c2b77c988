//! Letters of scripts that egui's own fonts lack, from the fonts of this system.
//!
//! egui asks for a font when a character turns up that it has no glyph for. Those found already are
//! handed over; others are looked for beside the window's thread, and meanwhile [`legible`] and
//! [`name`] keep boxes off the screen.

use std::sync::{Arc, Mutex, PoisonError};

use egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};
use egui::{Context, FontData, FontId};

use crate::display::{self, find_fonts, found_font};
use crate::radiograph::Identity;
use crate::task::{Task, Wake};

/// The looking for fonts.
pub(crate) struct Fonts {
    provider: Arc<Provider>,
    search: Option<Task<usize>>,
    wake: Wake,
}

/// What egui asks.
#[derive(Default)]
struct Provider {
    /// The characters without a font, to be looked for.
    asked: Mutex<String>,
}

impl FontProvider for Provider {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let first = request.cluster.chars().next()?;
        let Some(font) = found_font(first) else {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push_str(request.cluster);
            return None;
        };
        let data = FontData::from_blob(Arc::new(font.bytes), font.index);
        Some(FontInsert::new(&font.name, data, Vec::new()))
    }
}

impl Fonts {
    /// Makes egui ask for fonts.
    pub(crate) fn new(context: &Context, wake: Wake) -> Self {
        let provider = Arc::new(Provider::default());
        context.add_font_provider(provider.clone());
        Self {
            provider,
            search: None,
            wake,
        }
    }

    /// Reports whether a font was asked for that nobody looks for yet.
    pub(crate) fn wanted(&self) -> bool {
        let asked = &self.provider.asked;
        let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        self.search.is_none() && !asked.is_empty()
    }

    /// Looks for what was asked for, and hands over what was found.
    pub(crate) fn tend(&mut self, context: &Context) {
        match self.search.take().map(Task::take) {
            // Asking anew forgets what egui could not draw so far.
            Some(Ok(Ok(1..))) => context.set_font_providers(vec![self.provider.clone()]),
            Some(Ok(_)) => context.request_repaint(),
            Some(Err(search)) => {
                self.search = Some(search);
                return;
            }
            None => {}
        }
        let asked = &self.provider.asked;
        let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
        if !asked.is_empty() {
            let search = move |_: &_| Ok(find_fonts(&asked));
            self.search = Some(Task::spawn("fonts", self.wake.clone(), search));
        }
    }
}

/// Writes a text such that every character can be drawn ([`display::legible`]).
pub(crate) fn legible(context: &Context, text: &str) -> String {
    display::legible(text, &mut |text| has(context, text)).into_owned()
}

/// Writes a patient's name with the fonts there are ([`display::written_name`]).
pub(crate) fn name(context: &Context, identity: &Identity) -> Option<String> {
    display::written_name(identity, &mut |text| has(context, text))
}

fn has(context: &Context, text: &str) -> bool {
    text.is_ascii() || context.fonts_mut(|fonts| fonts.has_glyphs(&FontId::default(), text))
}
