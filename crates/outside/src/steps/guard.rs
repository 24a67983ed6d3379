//! Readers that end before a file has cost too much.

use std::cell::Cell;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::rc::Rc;

/// Bytes of one piece (a tag, the text between two tags, a line): readers hold a piece in memory.
const PIECE: u64 = 1 << 20;

/// What was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The whole input.
    Whole,
    /// One piece of it.
    Piece,
}

/// An input with a limit on the whole and on every piece.
pub(super) struct Guard<R> {
    inner: R,
    whole: u64,
    piece: u64,
    over: Option<Over>,
}

impl<R: BufRead> Guard<R> {
    pub(super) fn new(inner: R, whole: u64) -> Self {
        Guard {
            inner,
            whole,
            piece: PIECE,
            over: None,
        }
    }

    /// A new piece begins.
    pub(super) fn begin_piece(&mut self) {
        self.piece = PIECE;
    }

    /// What was too long, once reading has failed for it.
    pub(super) fn over(&self) -> Option<Over> {
        self.over
    }
}

impl<R: BufRead> BufRead for Guard<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let buffer = self.inner.fill_buf()?;
        let left = self.whole.min(self.piece);
        if left == 0 && !buffer.is_empty() {
            self.over = Some(if self.whole == 0 { Over::Whole } else { Over::Piece });
            return Err(io::Error::other("too long"));
        }
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        Ok(&buffer[..buffer.len().min(left)])
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.whole = self.whole.saturating_sub(amount as u64);
        self.piece = self.piece.saturating_sub(amount as u64);
    }
}

impl<R: BufRead> Read for Guard<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(out)?;
        self.consume(amount);
        Ok(amount)
    }
}

/// Reading stops when an allowance is used up, until it is lifted: for a library that reads a list of unknown length.
pub(super) struct Allowance<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

/// Lifts an [`Allowance`].
pub(super) struct Lift(Rc<Cell<u64>>);

impl<R> Allowance<R> {
    pub(super) fn new(inner: R, bytes: u64) -> (Self, Lift) {
        let left = Rc::new(Cell::new(bytes));
        let lift = Lift(Rc::clone(&left));
        (Allowance { inner, left }, lift)
    }
}

impl Lift {
    pub(super) fn lift(&self) {
        self.0.set(u64::MAX);
    }
}

impl<R: Read> Read for Allowance<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::other("the list of files is too long, or there is none"));
        }
        let amount = self.inner.read(out)?;
        if left != u64::MAX {
            self.left.set(left.saturating_sub(amount as u64));
        }
        Ok(amount)
    }
}

impl<R: Seek> Seek for Allowance<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
