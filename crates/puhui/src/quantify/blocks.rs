//! A file in blocks of one fixed size, so that memory does not grow with it.

use std::io::{self, Read};

use indicatif::ProgressBar;

/// Nothing that belongs together, such as a record, may be larger.
pub const BLOCK: usize = 256 * 1024;
/// Bytes behind the data, so that eight can always be looked at together.
const PADDING: usize = 8;

/// The part of a file that is being looked at.
pub struct Blocks {
    source: Box<dyn Read>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    at_end: bool,
    progress: ProgressBar,
}

impl Blocks {
    /// Nothing has been read yet.
    pub fn new(source: Box<dyn Read>, progress: ProgressBar) -> Self {
        Blocks {
            source,
            buffer: vec![0; BLOCK + PADDING].into(),
            start: 0,
            end: 0,
            at_end: false,
            progress,
        }
    }

    /// What has been read and not been used.
    pub fn data(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The same with a few bytes more, which mean nothing.
    pub fn padded(&self) -> &[u8] {
        &self.buffer[self.start..self.end + PADDING]
    }

    /// Whether the file holds nothing beyond [`Blocks::data`].
    pub fn is_last(&self) -> bool {
        self.at_end
    }

    /// Goes on behind `bytes` bytes of the data.
    pub fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Reads more; `false` if there is no room or nothing more.
    pub fn refill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let before = self.end;
        while self.end < BLOCK && !self.at_end {
            match self.source.read(&mut self.buffer[self.end..BLOCK]) {
                Ok(0) => self.at_end = true,
                Ok(bytes) => self.end += bytes,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.progress.inc(u64::try_from(self.end - before).unwrap_or(0));
        Ok(self.end > before)
    }
}
