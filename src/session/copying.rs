//! The picture for the clipboard.

use super::{ExportChoice, Notice, Session, copy_picture};
use crate::display::AnnotatedPicture;

impl Session {
    /// Draws what is shown of the selected film for the clipboard, in the background.
    pub(super) fn copy(&mut self) {
        if let Some(job) = self.job(ExportChoice::default()) {
            self.errands.copy(
                move |progress| copy_picture(&job, progress),
                self.wake.clone(),
            );
        }
    }

    /// Takes the picture that was drawn for the clipboard, once.
    pub fn take_copied(&mut self) -> Option<AnnotatedPicture> {
        let picture = self.errands.copied()?;
        match picture {
            Ok(picture) => {
                let (width, height) = (picture.width, picture.height);
                self.notices.push(Notice::done(format!(
                    "Copied: a picture of {width} × {height} pixels, without the patient's identity"
                )));
                Some(picture)
            }
            Err(error) => {
                self.notices.push(Notice::error(&error));
                None
            }
        }
    }
}
