//! One A4 page as PDF: a picture, lines of words, a table, and a foot.
//!
//! Words are text in Helvetica, which every reader of PDF brings, as far as its Latin letters go;
//! where they do not, the caller hands over a line that is drawn already.

use pdf_writer::types::LineCapStyle;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{RgbaPicture, jpeg_bytes};
use crate::error::Result;

/// A4 and its margin, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 36.0;

/// The most of the page that the picture takes, in points.
const PICTURE_HEIGHT: f32 = 340.0;

const TITLE_PT: f32 = 13.0;
const TEXT_PT: f32 = 8.5;
const LEADING: f32 = 1.35;

/// What a page holds.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// The title, also the document's.
    pub title: &'a str,
    /// The picture.
    pub picture: RgbaPicture<'a>,
    /// Lines below it.
    pub lines: Vec<PageText<'a>>,
    /// A table: its columns, each with its share of the width.
    pub columns: Vec<(&'a str, f32)>,
    /// Its rows, as many cells as there are columns.
    pub rows: Vec<Vec<PageText<'a>>>,
    /// Lines at the foot of the page.
    pub foot: Vec<PageText<'a>>,
}

/// A line or a cell.
#[derive(Clone, Debug)]
pub enum PageText<'a> {
    /// Letters that Helvetica has.
    Words(String),
    /// A line that is drawn already, black on white.
    Drawn(RgbaPicture<'a>),
}

/// Returns a text as bytes of the encoding that a page sets its words in (Windows 1252); `None` where
/// it has other letters.
pub fn page_words(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
    (!lost).then(|| bytes.into_owned())
}

/// A page under construction.
struct Writer {
    pdf: Pdf,
    content: Content,
    next: i32,
    pictures: Vec<Ref>,
}

/// Writes a page. What does not fit below the picture is counted in the last row of the table.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn pdf_page(page: &Page<'_>) -> Result<Vec<u8>> {
    let mut writer = Writer {
        pdf: Pdf::new(),
        content: Content::new(),
        next: 10,
        pictures: Vec::new(),
    };
    let mut y = HEIGHT - MARGIN - TITLE_PT;
    let title = PageText::Words(page.title.to_owned());
    writer.text(&title, (MARGIN, y), (TITLE_PT, true))?;
    y -= 8.0;
    let (width, height) = (page.picture.width as f32, page.picture.height as f32);
    let scale = ((WIDTH - 2.0 * MARGIN) / width).min(PICTURE_HEIGHT / height);
    let (width, height) = (width * scale, height * scale);
    y -= height;
    writer.picture(&page.picture, [MARGIN, y, width, height])?;
    y -= 6.0;
    for line in &page.lines {
        y -= TEXT_PT * LEADING;
        writer.text(line, (MARGIN, y), (TEXT_PT, false))?;
    }
    let foot = MARGIN + page.foot.len() as f32 * TEXT_PT * LEADING;
    writer.table(page, (y - 6.0, foot + 8.0))?;
    let mut below = foot;
    for line in &page.foot {
        below -= TEXT_PT * LEADING;
        writer.text(line, (MARGIN, below), (TEXT_PT, false))?;
    }
    Ok(writer.finish(page.title))
}

impl Writer {
    fn text(
        &mut self,
        text: &PageText<'_>,
        (x, y): (f32, f32),
        (size, bold): (f32, bool),
    ) -> Result<()> {
        let words = match text {
            PageText::Words(words) => words,
            PageText::Drawn(picture) => {
                let height = size * 1.4;
                let width = height * picture.width as f32 / picture.height as f32;
                // Its letters stand where those of words do.
                return self.picture(picture, [x, y - 0.35 * size, width, height]);
            }
        };
        let font = if bold { Name(b"B") } else { Name(b"R") };
        let bytes = page_words(words)
            .unwrap_or_else(|| words.replace(|c: char| !c.is_ascii(), "?").into_bytes());
        self.content.begin_text();
        self.content.set_font(font, size);
        self.content.next_line(x, y);
        self.content.show(Str(&bytes));
        self.content.end_text();
        Ok(())
    }

    fn picture(
        &mut self,
        picture: &RgbaPicture<'_>,
        [x, y, width, height]: [f32; 4],
    ) -> Result<()> {
        let bytes = jpeg_bytes(picture)?;
        let id = Ref::new(self.next);
        self.next += 1;
        let mut object = self.pdf.image_xobject(id, &bytes);
        object.filter(Filter::DctDecode);
        object.width(picture.width as i32);
        object.height(picture.height as i32);
        object.color_space().device_rgb();
        object.bits_per_component(8);
        object.finish();
        let name = format!("P{}", self.pictures.len());
        self.pictures.push(id);
        self.content.save_state();
        self.content.transform([width, 0.0, 0.0, height, x, y]);
        self.content.x_object(Name(name.as_bytes()));
        self.content.restore_state();
        Ok(())
    }

    /// Draws the table from the top down to a limit.
    fn table(&mut self, page: &Page<'_>, (top, bottom): (f32, f32)) -> Result<()> {
        if page.rows.is_empty() {
            return Ok(());
        }
        let row_height = TEXT_PT * 1.5;
        let room = ((top - bottom) / row_height).floor().max(1.0) as usize - 1;
        let all = page.rows.len() <= room;
        let shown = if all {
            page.rows.len()
        } else {
            room.saturating_sub(1)
        };
        let mut y = top - row_height;
        let heads = page.columns.iter();
        let heads = heads.map(|(head, _)| PageText::Words((*head).to_owned()));
        self.row(page, &heads.collect::<Vec<_>>(), (y, true))?;
        self.rule(y - 0.3 * TEXT_PT);
        for cells in page.rows.iter().take(shown) {
            y -= row_height;
            self.row(page, cells, (y, false))?;
        }
        if !all {
            let left = page.rows.len() - shown;
            let more = PageText::Words(format!("and {left} more: see the CSV table"));
            self.text(&more, (MARGIN, y - row_height), (TEXT_PT, false))?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        page: &Page<'_>,
        cells: &[PageText<'_>],
        (y, bold): (f32, bool),
    ) -> Result<()> {
        let mut x = MARGIN;
        for (cell, (_, share)) in cells.iter().zip(&page.columns) {
            self.text(cell, (x, y), (TEXT_PT, bold))?;
            x += share * (WIDTH - 2.0 * MARGIN);
        }
        Ok(())
    }

    fn rule(&mut self, y: f32) {
        self.content.set_line_cap(LineCapStyle::ButtCap);
        self.content.set_line_width(0.5);
        self.content.move_to(MARGIN, y);
        self.content.line_to(WIDTH - MARGIN, y);
        self.content.stroke();
    }

    fn finish(mut self, title: &str) -> Vec<u8> {
        let ids: [Ref; 7] = std::array::from_fn(|index| Ref::new(index as i32 + 1));
        let [catalog, tree, page_id, regular, bold, content, info] = ids;
        self.pdf.catalog(catalog).pages(tree);
        self.pdf.pages(tree).kids([page_id]).count(1);
        let mut page = self.pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
        page.parent(tree);
        page.contents(content);
        let mut resources = page.resources();
        let mut fonts = resources.fonts();
        fonts.pair(Name(b"R"), regular);
        fonts.pair(Name(b"B"), bold);
        fonts.finish();
        let mut objects = resources.x_objects();
        for (index, id) in self.pictures.iter().enumerate() {
            objects.pair(Name(format!("P{index}").as_bytes()), *id);
        }
        objects.finish();
        resources.finish();
        page.finish();
        for (id, name) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
            let mut font = self.pdf.type1_font(id);
            font.base_font(Name(name.as_bytes()));
            font.encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        self.pdf.stream(content, &self.content.finish());
        let mut facts = self.pdf.document_info(info);
        facts.title(TextStr(title));
        facts.creator(TextStr(concat!("silhouette ", env!("CARGO_PKG_VERSION"))));
        facts.finish();
        self.pdf.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize) -> Vec<u8> {
        let rgba = vec![90; 40 * 20 * 4];
        let words = |text: &str| PageText::Words(text.to_owned());
        let rows = (0..rows).map(|row| vec![words("mark"), words(&row.to_string())]);
        pdf_page(&Page {
            title: "Größe",
            picture: RgbaPicture {
                width: 40,
                height: 20,
                rgba: &rgba,
            },
            lines: vec![words("one line")],
            columns: vec![("What", 0.5), ("Value", 0.5)],
            rows: rows.collect(),
            foot: vec![words("foot")],
        })
        .unwrap()
    }

    fn holds(bytes: &[u8], words: &[u8]) -> bool {
        bytes.windows(words.len()).any(|part| part == words)
    }

    #[test]
    fn a_page_holds_its_words_as_text_and_its_picture() {
        let bytes = page(2);
        assert!(bytes.starts_with(b"%PDF-1.7") && holds(&bytes, b"%%EOF"));
        assert!(holds(&bytes, b"(one line)") && holds(&bytes, b"(foot)"));
        assert!(holds(&bytes, b"/DCTDecode"));
    }

    #[test]
    fn rows_beyond_the_page_are_counted() {
        let bytes = page(200);
        assert!(holds(&bytes, b"more: see the CSV table)"));
        assert!(!holds(&bytes, b"(199)"));
    }

    #[test]
    fn letters_that_the_font_lacks_are_told() {
        assert!(page_words("Größe – 3 cm²").is_some());
        assert!(page_words("山田").is_none());
        assert!(page_words("≥ 3 σ").is_none());
    }
}
