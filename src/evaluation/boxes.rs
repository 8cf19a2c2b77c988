//! A reader's boxes around what is abnormal, from a table.
//!
//! One box a line: a column for the film (`file`, `path`, `image` or `name`) and four for the box
//! (`x`, `y`, `w` or `width`, `h` or `height`) in image pixels from the top left. Two more layouts
//! are understood: the list of boxes that comes with NIH ChestX-ray14 (`Image Index`,
//! `Bbox [x,y,w,h]`), and one column `boxes` or `box_xywh` with four numbers a box, boxes parted by
//! semicolons. Columns `image_width` and `image_height`, where present, say on which size of the
//! film the boxes were drawn. A line without a box is a film without lesions.

use std::path::{Path, PathBuf};

use super::table;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::PixelRect;

/// What a table says about one film.
#[derive(Clone, Debug, PartialEq)]
struct BoxedFilm {
    path: PathBuf,
    boxes: Vec<PixelRect>,
    /// The size the boxes were drawn on, where it is not the film's own.
    drawn_on_px: Option<(f32, f32)>,
}

/// Boxes by film.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxTable {
    films: Vec<BoxedFilm>,
}

/// Where a table keeps what.
struct Columns {
    film: usize,
    place: Place,
    drawn_on: Option<(usize, usize)>,
}

enum Place {
    /// Columns x, y, width and height.
    Four([usize; 4]),
    /// One column of boxes.
    One(usize),
}

impl BoxTable {
    /// Reads a table of boxes.
    ///
    /// # Errors
    /// When the file cannot be read, a column is missing or a box is none.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            Error::new(
                ErrorKind::Unreadable,
                format!("the table of boxes cannot be read: {cause}"),
                "Name a comma-separated table with the columns file,x,y,w,h.",
            )
        })?;
        Self::parse(&text)
    }

    /// Returns the boxes on a film of a size, none for a film without lesions; `None` for a film
    /// that the table does not know.
    ///
    /// Films are found by file name; where several of the table's films share one, the end of the
    /// path decides.
    pub fn boxes_on(&self, film: &Path, (width, height): (usize, usize)) -> Option<Vec<PixelRect>> {
        let same_name = |boxed: &&BoxedFilm| boxed.path.file_name() == film.file_name();
        let candidates: Vec<&BoxedFilm> = self.films.iter().filter(same_name).collect();
        let boxed = match candidates[..] {
            [only] => only,
            _ => candidates
                .into_iter()
                .find(|boxed| film.ends_with(&boxed.path))?,
        };
        let (across, down) = boxed.drawn_on_px.map_or((1.0, 1.0), |(drawn_w, drawn_h)| {
            (width as f32 / drawn_w, height as f32 / drawn_h)
        });
        let scaled = boxed.boxes.iter().map(|bounds| {
            PixelRect::new(
                bounds.x * across,
                bounds.y * down,
                bounds.width * across,
                bounds.height * down,
            )
        });
        Some(scaled.collect())
    }

    /// Refuses a table that has no box on any of some films.
    ///
    /// # Errors
    /// When no film has a box.
    pub fn expect_one_of<'a>(&self, films: impl Iterator<Item = &'a Path>) -> Result<()> {
        let mut count = 0;
        for film in films {
            count += 1;
            let boxes = self.boxes_on(film, (1, 1));
            if boxes.is_some_and(|boxes| !boxes.is_empty()) {
                return Ok(());
            }
        }
        Err(Error::new(
            ErrorKind::Usage,
            format!("none of {count} films has a box in the table"),
            "Name films in the table by file name or by the end of their path.",
        ))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let header = lines.next().and_then(|(_, line)| table::split(line));
        let columns = Columns::of(&header.unwrap_or_default())?;
        let mut boxes = Self::default();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let row = table::split(line).and_then(|fields| columns.row(&fields));
            let row = row.ok_or_else(|| {
                Error::new(
                    ErrorKind::Damaged,
                    format!("line {} of the table of boxes is no box", index + 1),
                    "Give a film and four numbers with positive width and height, or a film alone.",
                )
            })?;
            boxes.add(row);
        }
        Ok(boxes)
    }

    fn add(&mut self, row: BoxedFilm) {
        let known = self.films.iter_mut().find(|film| film.path == row.path);
        match known {
            Some(film) => film.boxes.extend(row.boxes),
            None => self.films.push(row),
        }
    }
}

impl Columns {
    fn of(header: &[String]) -> Result<Self> {
        let titles: Vec<String> = header.iter().map(|title| normal_title(title)).collect();
        let any = |names: &[&str]| {
            let mut found = names.iter();
            found.find_map(|name| titles.iter().position(|title| title == name))
        };
        let four = any(&["x"])
            .zip(any(&["y"]))
            .zip(any(&["w", "width"]).zip(any(&["h", "height"])))
            .map(|((x, y), (w, h))| Place::Four([x, y, w, h]));
        let one = || any(&["boxes", "box", "boxes_xywh", "box_xywh"]).map(Place::One);
        let film = any(&["file", "path", "image", "name", "image index"]);
        let (Some(film), Some(place)) = (film, four.or_else(one)) else {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("the table of boxes has the columns {header:?}"),
                "Name the columns file,x,y,w,h in its first line.",
            ));
        };
        Ok(Self {
            film,
            place,
            drawn_on: any(&["image_width"]).zip(any(&["image_height"])),
        })
    }

    /// Reads one line; `None` when it is neither a film with boxes nor a film alone.
    fn row(&self, fields: &[String]) -> Option<BoxedFilm> {
        let field = |column: usize| fields.get(column).map_or("", |text| text.trim());
        let name = field(self.film).replace('\\', "/");
        let numbers = match self.place {
            Place::Four(columns) => columns.map(field).join(" "),
            Place::One(column) => field(column).to_owned(),
        };
        let boxes = numbers.split(';').filter(|text| !text.trim().is_empty());
        let drawn_on_px = match self.drawn_on {
            Some((width, height)) => {
                let side = |column| field(column).parse().ok().filter(|side: &f32| *side > 0.0);
                Some((side(width)?, side(height)?))
            }
            None => None,
        };
        (!name.is_empty()).then_some(BoxedFilm {
            path: name.into(),
            boxes: boxes.map(parse_box).collect::<Option<_>>()?,
            drawn_on_px,
        })
    }
}

/// A title in lower case without the brackets in which some tables wrap their four columns.
fn normal_title(title: &str) -> String {
    let title = title.trim().trim_end_matches(']').to_lowercase();
    let bare = title.rsplit('[').next().unwrap_or_default();
    bare.trim().to_owned()
}

fn parse_box(text: &str) -> Option<PixelRect> {
    let numbers: Option<Vec<f32>> = text
        .split_whitespace()
        .map(|number| {
            number
                .parse()
                .ok()
                .filter(|number: &f32| number.is_finite())
        })
        .collect();
    let [x, y, width, height] = numbers?.try_into().ok()?;
    (width > 0.0 && height > 0.0).then(|| PixelRect::new(x, y, width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (100, 50);

    fn on(table: &str, film: &str) -> Option<Vec<PixelRect>> {
        BoxTable::parse(table)
            .unwrap()
            .boxes_on(film.as_ref(), SIZE)
    }

    #[test]
    fn boxes_of_one_film_are_gathered() {
        let table = "file,x,y,w,h\na.png,1,2,3,4\nb.png,,,,\na.png,5,6,7.5,8\n";
        let two = vec![
            PixelRect::new(1.0, 2.0, 3.0, 4.0),
            PixelRect::new(5.0, 6.0, 7.5, 8.0),
        ];
        assert_eq!(on(table, "films/a.png"), Some(two));
        assert_eq!(on(table, "b.png"), Some(Vec::new()));
        assert_eq!(on(table, "c.png"), None);
    }

    #[test]
    fn the_list_of_nih_is_read_as_published() {
        let table = "Image Index,Finding Label,Bbox [x,y,w,h],,,\nf.png,Mass,10.5,20,30,40,,,\n";
        let one = vec![PixelRect::new(10.5, 20.0, 30.0, 40.0)];
        assert_eq!(on(table, "nih/f.png"), Some(one));
    }

    #[test]
    fn boxes_follow_the_films_size() {
        let table = "path,boxes,image_width,image_height\na.png,2 2 4 6;0 0 1 1,200,200\n";
        let scaled = on(table, "a.png").unwrap();
        assert_eq!(scaled[0], PixelRect::new(1.0, 0.5, 2.0, 1.5));
        assert_eq!(scaled.len(), 2);
    }

    #[test]
    fn the_path_decides_between_films_of_one_name() {
        let table = "path,x,y,w,h\nu/a.png,1,1,1,1\nv/a.png,2,2,2,2\n";
        assert_eq!(on(table, "films/v/a.png").unwrap()[0].x, 2.0);
        assert_eq!(on(table, "a.png"), None);
    }

    #[test]
    fn what_is_no_box_is_named_by_its_line() {
        for bad in ["1,2,3", "1,2,0,4", "1,2,3,x", "1,2,3,inf"] {
            let table = format!("file,x,y,w,h\nok.png,1,1,1,1\na.png,{bad}\n");
            let error = BoxTable::parse(&table).unwrap_err();
            assert!(error.message.contains("line 3"), "{bad}: {error}");
        }
        assert_eq!(BoxTable::parse("a,b\n").unwrap_err().kind, ErrorKind::Usage);
    }
}
