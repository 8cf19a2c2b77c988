//! A writer that keeps its first failure to itself until it is asked.
//!
//! The writer of zip archives ends its archive when it is dropped, and complains on the terminal where
//! that fails: after a failure it is better off with a writer that takes everything.

use std::io::{self, Seek, SeekFrom, Write};

/// A writer that, once one has failed, takes every write and does nothing.
pub(super) struct Swallowing<'a, W> {
    inner: &'a mut W,
    failure: Option<io::Error>,
    /// Where it stands and how far it got, which is all that is known after a failure.
    at: u64,
    end: u64,
}

impl<'a, W: Write + Seek> Swallowing<'a, W> {
    /// Writes to another writer that stands at its beginning.
    pub(super) fn new(inner: &'a mut W) -> Self {
        Self {
            inner,
            failure: None,
            at: 0,
            end: 0,
        }
    }

    /// Returns what failed first.
    pub(super) fn failure(self) -> io::Result<()> {
        self.failure.map_or(Ok(()), Err)
    }
}

impl<W: Write + Seek> Write for Swallowing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = bytes.len();
        if self.failure.is_none() {
            match self.inner.write(bytes) {
                Ok(written) => count = written,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => return Err(cause),
                Err(cause) => self.failure = Some(cause),
            }
        }
        self.at += count as u64;
        self.end = self.end.max(self.at);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failure.is_none() {
            self.failure = self.inner.flush().err();
        }
        Ok(())
    }
}

impl<W: Write + Seek> Seek for Swallowing<'_, W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        if self.failure.is_none() {
            self.failure = self.inner.seek(SeekFrom::Start(self.at)).err();
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk of eight bytes.
    #[derive(Default)]
    struct Small(io::Cursor<Vec<u8>>);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.position() + bytes.len() as u64 {
                ..=8 => self.0.write(bytes),
                _ => Err(io::ErrorKind::StorageFull.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Small {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn the_first_failure_is_kept_and_everything_else_taken() {
        let mut disk = Small::default();
        let mut writer = Swallowing::new(&mut disk);
        writer.write_all(b"12345678").unwrap();
        writer.seek(SeekFrom::Start(2)).unwrap();
        writer.write_all(b"ab").unwrap();
        assert_eq!(writer.seek(SeekFrom::End(0)).unwrap(), 8);
        writer.write_all(b"too much").unwrap();
        assert_eq!(writer.stream_position().unwrap(), 16);
        assert_eq!(writer.seek(SeekFrom::Current(-4)).unwrap(), 12);
        let failure = writer.failure().unwrap_err();
        assert_eq!(failure.kind(), io::ErrorKind::StorageFull);
        assert_eq!(disk.0.into_inner(), b"12ab5678");
    }
}
