//! Letters of scripts that egui's own fonts lack, from the fonts of this system.
//!
//! egui asks for a font when a character turns up that it has no glyph for. Those found already are
//! handed over; others are looked for beside the window's thread, and meanwhile [`legible`] and
//! [`name`] keep boxes off the screen.

use std::sync::{Arc, Mutex, PoisonError};

use egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};
use egui::{Context, FontData, FontDefinitions, FontFamily, FontId};

use crate::display::{self, SystemFont, find_font_of, find_fonts, found_font};
use crate::radiograph::Identity;
use crate::session::Language;
use crate::task::{Task, Wake};

/// The looking for fonts.
pub(crate) struct Fonts {
    provider: Arc<Provider>,
    search: Option<Task<usize>>,
    /// What was looked for so far.
    sought: String,
    /// The language whose font comes before other fonts of this system.
    first: Language,
    /// The language whose font is looked for, or has been handed over for the next frame.
    coming: Option<(Language, Option<Task<Option<&'static SystemFont>>>)>,
    /// The languages that no font of this system can write.
    unwritable: Vec<Language>,
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
            sought: String::new(),
            first: Language::English,
            coming: None,
            unwritable: Vec::new(),
            wake,
        }
    }

    /// Returns the language that can be written now of one that is wanted: the one before until
    /// its font has come, and English where there is none.
    pub(crate) fn written(&mut self, context: &Context, wanted: Language) -> Language {
        if wanted == Language::English || self.unwritable.contains(&wanted) {
            return Language::English;
        }
        if let Some((language, None)) = self.coming
            && has(context, language.own_name())
        {
            (self.first, self.coming) = (language, None);
        }
        if self.first != wanted && self.coming.is_none() {
            let (region, letters) = sample(wanted);
            let search = move |_: &_| Ok(find_font_of(region, letters));
            let task = Task::spawn("font of a language", self.wake.clone(), search);
            self.coming = Some((wanted, Some(task)));
        }
        self.first
    }

    /// Returns the languages that no font of this system can write, as far as they were looked for.
    pub(crate) fn unwritable(&self) -> &[Language] {
        &self.unwritable
    }

    /// Reports whether a font was asked for that nobody looks for yet.
    pub(crate) fn wanted(&self) -> bool {
        let asked = &self.provider.asked;
        let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        let handed_over = matches!(self.coming, Some((_, None)));
        handed_over || (self.search.is_none() && !asked.is_empty())
    }

    /// Puts the font of a language before all others of this system, once it is found: ideographs
    /// have other forms in each.
    fn tend_language(&mut self, context: &Context) {
        let Some((language, Some(task))) = self.coming.take_if(|(_, task)| task.is_some()) else {
            return;
        };
        match task.take() {
            Err(task) => self.coming = Some((language, Some(task))),
            Ok(Ok(Some(font))) => {
                context.set_fonts(definitions(font));
                self.coming = Some((language, None));
            }
            Ok(_) => self.unwritable.push(language),
        }
        context.request_repaint();
    }

    /// Notes which languages' names were looked for in vain.
    fn note_unwritable(&mut self) {
        for language in Language::ALL {
            let mut letters = language.own_name().chars();
            let missing = |letter| self.sought.contains(letter) && found_font(letter).is_none();
            if letters.any(missing) && !self.unwritable.contains(&language) {
                self.unwritable.push(language);
            }
        }
    }

    /// Looks for what was asked for, and hands over what was found.
    pub(crate) fn tend(&mut self, context: &Context) {
        self.tend_language(context);
        match self.search.take().map(Task::take) {
            // Asking anew forgets what egui could not draw so far.
            Some(Ok(Ok(1..))) => context.set_font_providers(vec![self.provider.clone()]),
            Some(Ok(_)) => {
                self.note_unwritable();
                context.request_repaint();
            }
            Some(Err(search)) => {
                self.search = Some(search);
                return;
            }
            None => {}
        }
        let asked = &self.provider.asked;
        let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
        if !asked.is_empty() {
            self.sought.push_str(&asked);
            let search = move |_: &_| Ok(find_fonts(&asked));
            self.search = Some(Task::spawn("fonts", self.wake.clone(), search));
        }
    }
}

/// The region of a language's forms, as families name it, and letters that its font must have.
pub(crate) fn sample(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => ("", ""),
        Language::Korean => (" KR", "한국어영상판독"),
        Language::Japanese => (" JP", "日本語読影ひカナ"),
        Language::Chinese => (" SC", "简体中文阅片窗宽"),
    }
}

/// egui's own fonts, with one of this system before its emoji.
fn definitions(font: &SystemFont) -> FontDefinitions {
    let mut definitions = FontDefinitions::default();
    let data = FontData::from_blob(Arc::new(font.bytes), font.index);
    let data = Arc::new(data);
    definitions.font_data.insert(font.name.clone(), data);
    for family in [FontFamily::Proportional, FontFamily::Monospace] {
        let names = definitions.families.entry(family).or_default();
        names.insert(1.min(names.len()), font.name.clone());
    }
    definitions
}

/// Writes a language's name in itself, where its letters can be drawn.
pub(crate) fn own_name(context: &Context, language: Language) -> Option<&'static str> {
    let name = language.own_name();
    has(context, name).then_some(name)
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
