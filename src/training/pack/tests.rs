use std::time::{Duration, SystemTime};

use super::*;
use crate::files::write_png_grey16;
use crate::radiograph::{Polarity, Radiograph, Raster};
use crate::task::Progress;
use crate::training::{FilmFolder, Prepare, TrainingFilms, Whole};

const SIDE: usize = 4;

/// Prepares whole films and keeps three numbers beside each.
struct Counting(usize);

impl Prepare for Counting {
    fn words(&self) -> String {
        format!("counted, {}", Whole(SIDE).words())
    }

    fn prepare(&mut self, film: &Radiograph) -> Result<Prepared> {
        self.0 += 1;
        let beside = vec![0.1, -7.5, self.0 as f32];
        let whole = Whole(SIDE).prepare(film)?;
        Ok(Prepared { beside, ..whole })
    }
}

fn write_film(path: &Path, grey: u16) {
    let greys: Vec<u16> = (0..256).map(|place| grey + 97 * place).collect();
    write_png_grey16(path, 16, 16, &greys).unwrap();
}

/// A folder of three films and one file that is none.
fn films() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    for (name, grey) in [("a.png", 100), ("c.png", 300), ("b/a.png", 200)] {
        write_film(&folder.path().join(name), grey);
    }
    std::fs::write(folder.path().join("d.png"), b"no picture").unwrap();
    folder
}

type Read = Result<(TrainingFilms, Vec<Vec<f32>>)>;

/// Reads a folder's films by a preparation, and counts the files that are left out.
fn read(folder: &Path, packing: Option<&Packing>, how: &mut dyn Prepare) -> (Read, usize) {
    let folder = FilmFolder {
        path: folder,
        packing,
    };
    let mut left_out = 0;
    let read = TrainingFilms::read_some(
        folder,
        (SIDE, usize::MAX),
        &mut Watch {
            progress: &Progress::new(),
            report: &mut |_| left_out += 1,
        },
        how,
    );
    (read, left_out)
}

fn counted(folder: &Path, packing: Option<&Packing>) -> (Read, usize) {
    read(folder, packing, &mut Counting(0))
}

/// Packs a folder's films into a file beside it.
fn packed(folder: &Path) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("films.pack");
    let maker = Arc::new(Mutex::new(PackMaker::create(&path).unwrap()));
    let making = Packing::Making(maker.clone());
    let (first, left_out) = counted(folder, Some(&making));
    assert_eq!((first.unwrap().0.len(), left_out), (3, 1));
    // What is held already is read back and not prepared again.
    let mut again = Counting(0);
    let (second, left_out) = read(folder, Some(&making), &mut again);
    assert_eq!((second.unwrap().0.len(), left_out, again.0), (3, 1, 0));
    let pack = maker.lock().unwrap().finish().unwrap();
    assert_eq!(pack.counts(), (1, 3));
    (place, path)
}

fn whole(path: &Path) -> Result<Packing> {
    Pack::open(path).map(|pack| Packing::Whole(Arc::new(pack)))
}

#[test]
fn a_pack_gives_the_folders_films_bit_for_bit_even_without_the_folder() {
    let folder = films();
    let (_place, path) = packed(folder.path());
    let (plain, _) = counted(folder.path(), None);
    let (plain, beside) = plain.unwrap();
    for at_hand in [true, false] {
        if !at_hand {
            std::fs::remove_dir_all(folder.path()).unwrap();
        }
        let mut none = Counting(0);
        let (found, left_out) = read(folder.path(), Some(&whole(&path).unwrap()), &mut none);
        let (found, found_beside) = found.unwrap();
        assert_eq!((none.0, left_out), (0, 1));
        assert_eq!((&found.paths, &found_beside), (&plain.paths, &beside));
        for film in 0..plain.len() {
            assert_eq!(found.plain(film), plain.plain(film));
        }
    }
}

#[test]
fn a_folder_that_has_changed_is_refused_and_one_that_was_only_touched_is_not() {
    let folder = films();
    let (_place, path) = packed(folder.path());
    let pack = whole(&path).unwrap();
    let refused = || counted(folder.path(), Some(&pack)).0.err();
    let changed = folder.path().join("c.png");
    let before = std::fs::read(&changed).unwrap();
    let touch = |later: u64| {
        let file = File::options().write(true).open(&changed).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(later);
        file.set_modified(time).unwrap();
    };
    touch(1_000_000_000);
    assert_eq!(refused(), None);

    let mut other = before.clone();
    *other.last_mut().unwrap() ^= 1;
    std::fs::write(&changed, &other).unwrap();
    touch(1_000_000_001);
    let error = refused().unwrap();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(
        error.message.contains("0 new, 0 gone, 1 with other"),
        "{error}"
    );

    std::fs::rename(&changed, folder.path().join("e.png")).unwrap();
    let error = refused().unwrap();
    assert!(
        error.message.contains("1 new, 1 gone, 0 with other"),
        "{error}"
    );
}

#[test]
fn films_prepared_otherwise_are_refused_with_both_preparations_named() {
    let folder = films();
    let (_place, path) = packed(folder.path());
    let pack = whole(&path).unwrap();
    let (found, _) = read(folder.path(), Some(&pack), &mut Whole(2 * SIDE));
    let error = found.err().unwrap();
    assert!(error.message.contains("counted"), "{error}");
    assert!(error.message.contains("squares of 16 pixels"), "{error}");
    let elsewhere = films();
    let error = counted(elsewhere.path(), Some(&pack)).0.err().unwrap();
    assert!(
        error.message.contains("one of the run's folders"),
        "{error}"
    );
}

#[test]
fn whatever_is_cut_off_or_flipped_is_noticed() {
    let folder = films();
    let (_place, path) = packed(folder.path());
    let bytes = std::fs::read(&path).unwrap();
    let kind = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let read = whole(&path).and_then(|pack| counted(folder.path(), Some(&pack)).0);
        read.err().map(|error| error.kind)
    };
    assert_eq!(kind(&bytes), None);
    for length in 0..bytes.len() {
        let expected = match length < MAGIC.len() {
            true => ErrorKind::Usage,
            false => ErrorKind::Damaged,
        };
        assert_eq!(kind(&bytes[..length]), Some(expected), "{length} bytes");
    }
    for place in (0..bytes.len()).filter(|place| place % 7 == 0 || *place > bytes.len() - 60) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 16;
        let expected = match place {
            0..8 => ErrorKind::Usage,
            8..12 => ErrorKind::Unsupported,
            _ => ErrorKind::Damaged,
        };
        assert_eq!(kind(&flipped), Some(expected), "byte {place}");
    }
    assert_eq!(kind(b"a picture"), Some(ErrorKind::Usage));
}

#[test]
fn a_pack_that_is_not_finished_leaves_nothing_behind() {
    let folder = films();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("films.pack");
    let maker = Arc::new(Mutex::new(PackMaker::create(&path).unwrap()));
    let (read, _) = counted(folder.path(), Some(&Packing::Making(maker.clone())));
    assert!(read.is_ok());
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    drop((read, maker));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn masks_are_packed_with_the_films_they_belong_to() {
    let (folder, masks) = (films(), tempfile::tempdir().unwrap());
    write_film(&masks.path().join("c.png"), 500);
    write_film(&masks.path().join("z.png"), 900);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("films.pack");
    let maker = Arc::new(Mutex::new(PackMaker::create(&path).unwrap()));
    let paired = |packing: Option<&Packing>| {
        let (films, _) = counted(folder.path(), packing).0.unwrap();
        let masks = FilmFolder {
            path: masks.path(),
            packing,
        };
        let watch = &mut Watch {
            progress: &Progress::new(),
            report: &mut |_| {},
        };
        films.with_masks(masks, watch).unwrap()
    };
    let (films, of_films) = paired(Some(&Packing::Making(maker.clone())));
    assert_eq!((films.len(), of_films.len()), (1, 1));
    maker.lock().unwrap().finish().unwrap();
    for kept in [folder.path(), masks.path()] {
        std::fs::remove_dir_all(kept).unwrap();
    }
    let (again, of_again) = paired(Some(&whole(&path).unwrap()));
    assert_eq!(
        (&again.paths, &of_again.paths),
        (&films.paths, &of_films.paths)
    );
    assert_eq!(of_again.plain(0), of_films.plain(0));
    assert_eq!(again.plain(0), films.plain(0));
}

/// What is prepared now. Where this changes on purpose, `PREPARATION` must be counted up.
#[test]
fn films_are_prepared_as_the_present_count_says() {
    let greys: Vec<f32> = (0..30 * 20).map(|place| (place % 37) as f32).collect();
    let raster = Raster::new(30, 20, greys).unwrap();
    let film = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
    let square = Whole(SIDE).prepare(&film).unwrap().square;
    let sum: f32 = square.iter().sum();
    assert_eq!(index::PREPARATION, 1);
    assert!((sum - 31.632).abs() < 1e-2, "{sum}");
    let expected = [0.5615, 0.5806, 0.3382, 0.3577];
    let pairs = square.iter().zip(expected);
    assert!(
        pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-3),
        "{square:?}"
    );
}
