//! `silhouette digits`: draws DigitAnatomy, on which an in-painting model can be debugged.

use std::path::{Path, PathBuf};

use candle_core::{DType, Tensor};

use super::report::{Done, say};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluation::{Anatomy, DIGIT_SIDE, DigitPicture, Digits, PICTURE_SIDE};
use crate::files;

/// The options of `silhouette digits`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder with handwritten digits as 0.npy to 9.npy, each N × 28 × 28 bytes.
    #[arg(long, value_name = "DIR")]
    digits: PathBuf,
    /// Where the pictures go: train/normal, test/normal, test/missing, test/misordered,
    /// test/flipped, test/zero, and boxes.csv with the altered cells.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Normal pictures to train on.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    train: u64,
    /// Pictures of each kind to test on.
    #[arg(long, value_name = "N", default_value_t = 100)]
    test: u64,
    /// Decides which digits are drawn and where the order is broken.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// The share of each digit's pictures that training draws from; testing draws from the others.
const TRAINING_SHARE: f64 = 0.8;

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Done> {
    let (training, testing) = read_digits(&args.digits)?;
    let folder = args.out.join("train").join(Anatomy::Normal.name());
    let mut boxes = String::from("file,x,y,w,h\n");
    for index in 0..args.train {
        let picture = DigitPicture::draw(&training, Anatomy::Normal, args.seed ^ (index << 8));
        write(&picture, &folder, index, &mut boxes)?;
    }
    for (kind, anatomy) in Anatomy::ALL.into_iter().enumerate() {
        let folder = args.out.join("test").join(anatomy.name());
        for index in 0..args.test {
            let seed = args.seed ^ (index << 8) ^ (1 + kind as u64) << 48;
            let picture = DigitPicture::draw(&testing, anatomy, seed);
            write(&picture, &folder, index, &mut boxes)?;
        }
    }
    files::write_bytes(
        &args.out.join("boxes.csv"),
        "the table of boxes",
        boxes.as_bytes(),
    )?;
    say(&format!(
        "{} pictures to train on, {} of each kind to test on, in {}",
        args.train,
        args.test,
        args.out.display()
    ));
    Ok(Done::All)
}

/// Writes a picture as a file whose name tells its folder, and its altered cells as lines.
fn write(picture: &DigitPicture, folder: &Path, index: u64, boxes: &mut String) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::unwritable("the folder", &cause))?;
    let kind = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{kind}-{index:05}.png");
    let greys: Vec<u16> = picture
        .greys
        .iter()
        .map(|&grey| 257 * u16::from(grey))
        .collect();
    let side = PICTURE_SIDE as u32;
    files::write_png_grey16(&folder.join(&name), side, side, &greys)?;
    for cell in &picture.altered {
        boxes.push_str(&format!(
            "{kind}/{name},{},{},{},{}\n",
            cell.x, cell.y, cell.width, cell.height
        ));
    }
    Ok(())
}

/// Reads the digits of a folder: those to train on, and those to test on.
fn read_digits(folder: &Path) -> Result<(Digits, Digits)> {
    let mut training = Digits::default();
    let mut testing = Digits::default();
    for digit in 0..10 {
        let mut pictures = read_pictures(&folder.join(format!("{digit}.npy")))?;
        let kept = (TRAINING_SHARE * pictures.len() as f64).ceil() as usize;
        testing[digit] = pictures.split_off(kept.min(pictures.len()));
        training[digit] = pictures;
    }
    Ok((training, testing))
}

fn read_pictures(path: &Path) -> Result<Vec<Vec<u8>>> {
    let bad = |found: String| {
        Error::new(
            ErrorKind::Unreadable,
            format!("{} {found}", path.display()),
            "Give a folder with 0.npy to 9.npy, each an array of bytes, N × 28 × 28.",
        )
    };
    let array = Tensor::read_npy(path).map_err(|cause| bad(format!("cannot be read: {cause}")))?;
    match (array.dims(), array.dtype()) {
        (&[count, DIGIT_SIDE, DIGIT_SIDE], DType::U8) if count > 1 => {
            let bytes: Vec<u8> = array.flatten_all()?.to_vec1()?;
            let pictures = bytes.chunks_exact(DIGIT_SIDE * DIGIT_SIDE);
            Ok(pictures.map(<[u8]>::to_vec).collect())
        }
        (dims, kind) => Err(bad(format!("holds {dims:?} numbers of type {kind:?}"))),
    }
}
