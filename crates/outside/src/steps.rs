//! Steps: a health app's export becomes the steps of each day and source, or is refused with what to send instead.
//!
//! Shape: the format is told by content; the file is read once, front to back, by [`apple`], a [`table`] of commas, or
//! out of a zip; [`collect`] adds up what they find. Memory depends on the days that are kept, never on the length of
//! the file, and nothing that is longer than a line or a tag may be is ever held.

mod apple;
mod collect;
mod guard;
mod table;
pub mod wechat;

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use domain::evidence::StepsFacts;
use domain::measure::{Day, Zone};
use thiserror::Error;

use guard::Guard;

/// What [`read`] accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of text: of the file, or of what is read out of a zip.
    pub bytes: u64,
    /// Days before this one are passed over; `None` keeps all. An Apple export holds every day since the phone was
    /// bought, so say it where only the last month counts.
    pub since: Option<Day>,
    /// Most days, counted for each source by itself. One takes at most 18 KB of memory.
    pub days: usize,
    /// Most sources.
    pub sources: usize,
}

impl Default for Limits {
    /// 4 GiB, every day, 4,000 days of 32 sources.
    fn default() -> Self {
        Limits {
            bytes: 4 << 30,
            since: None,
            days: 4000,
            sources: 32,
        }
    }
}

/// Why a file was refused. Every case is something the person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepsError {
    /// Not an export of steps that is known.
    #[error("this is no file of steps but looks like {looks_like}: {}", instead(looks_like))]
    NotSteps {
        /// `empty`, `zip`, `gzip`, `pdf`, `excel`, `database`, `json`, `utf-16`, `gpx`, `cda`, `xml`, `table` or
        /// `unknown`.
        looks_like: &'static str,
    },
    /// Cut short or damaged; what is wrong and where, in English.
    #[error("the file is damaged: {0}; export it again, and send it as it is")]
    Broken(String),
    /// More than [`Limits::days`].
    #[error("the file holds more than {limit} days; send the last months only")]
    TooManyDays {
        /// [`Limits::days`].
        limit: usize,
    },
    /// More than [`Limits::sources`].
    #[error("the file names more than {limit} devices and apps; send the export of one")]
    TooManySources {
        /// [`Limits::sources`].
        limit: usize,
    },
    /// More than [`Limits::bytes`].
    #[error("the file has more than {limit} bytes; export a shorter time")]
    TooLarge {
        /// [`Limits::bytes`].
        limit: u64,
    },
    /// A table with the steps of more than one person.
    #[error("the file holds the steps of several people; send your own only")]
    SeveralPeople,
    /// All steps were typed in by hand.
    #[error("all steps in this file were typed in by hand; only what a device counted can be credited")]
    Typed,
    /// It is an export, but without steps in the days that count.
    #[error("the file holds no steps of the days that count; check that the app may read steps, and export again")]
    NoSteps,
    /// The file could not be read at all: not its fault.
    #[error("the file could not be read: {0}")]
    Unread(io::ErrorKind),
}

impl StepsError {
    /// A stable name for machines and message files.
    pub const fn code(&self) -> &'static str {
        match self {
            StepsError::NotSteps { .. } => "steps.not_steps",
            StepsError::Broken(_) => "steps.broken",
            StepsError::TooManyDays { .. } => "steps.too_many_days",
            StepsError::TooManySources { .. } => "steps.too_many_sources",
            StepsError::TooLarge { .. } => "steps.too_large",
            StepsError::SeveralPeople => "steps.several_people",
            StepsError::Typed => "steps.typed",
            StepsError::NoSteps => "steps.none",
            StepsError::Unread(_) => "steps.unread",
        }
    }
}

/// What to send instead of a file of this kind.
fn instead(looks_like: &str) -> &'static str {
    match looks_like {
        "empty" => "export it again",
        "zip" => "send the zip of Apple Health, or of Google Takeout with Fit in it",
        "gzip" => "unpack it and send the file inside",
        "excel" => "save it as CSV and send that",
        "database" => "the app that shows your steps can export them as CSV; send that",
        "json" => "choose CSV when you export",
        "utf-16" => "save it as CSV UTF-8 and send that",
        "gpx" => "a track proves a way, not steps",
        "cda" => "send export.xml, which lies beside it",
        "table" => "it needs a first line that names a column day and a column steps",
        _ => "send the export of Apple Health, Google Fit or Fitbit, or a CSV with the columns day and steps",
    }
}

/// Reads a file, or the first export that a zip holds. Days and hours are those of `zone` where the file knows instants,
/// else those that it states. By day, then source.
///
/// Steps that the person typed into Apple Health are left out. Two records of one source that overlap count once.
pub fn read(mut input: impl Read + Seek, zone: &Zone, limits: &Limits) -> Result<Vec<StepsFacts>, StepsError> {
    let mut start = [0; 4];
    let found = read_start(&mut input, &mut start).map_err(|e| unread(&e))?;
    input.seek(SeekFrom::Start(0)).map_err(|e| unread(&e))?;
    if start[..found] == *b"PK\x03\x04" {
        unpack(input, zone, limits)
    } else {
        stream(input, zone, limits)
    }
}

/// As [`read`], for what comes once and cannot be gone back in; a zip is refused.
pub fn stream(input: impl Read, zone: &Zone, limits: &Limits) -> Result<Vec<StepsFacts>, StepsError> {
    let mut head = Vec::new();
    let mut input = BufReader::with_capacity(BUFFER, input);
    (&mut input).take(HEAD).read_to_end(&mut head).map_err(|e| unread(&e))?;
    let whole = head.as_slice();
    match kind(whole) {
        Kind::Apple { at } => {
            let input = Guard::new(whole[at..].chain(input), limits.bytes);
            apple::read(input, zone, limits)
        }
        Kind::Table => table::read(Guard::new(whole.chain(input), limits.bytes), limits),
        Kind::Other(looks_like) => Err(StepsError::NotSteps { looks_like }),
    }
}

/// Bytes that are read at once.
const BUFFER: usize = 128 * 1024;
/// Bytes in which the format must show: Apple's begins with a description of itself of about 10 KB.
const HEAD: u64 = 64 * 1024;

enum Kind {
    /// Apple's export, whose root stands at this byte. What lies before it, such as entities, is never looked at.
    Apple {
        at: usize,
    },
    Table,
    Other(&'static str),
}

fn kind(head: &[u8]) -> Kind {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let looks_like = match text {
        [] => "empty",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "zip",
        [0x1f, 0x8b, ..] => "gzip",
        [b'%', b'P', b'D', b'F', ..] => "pdf",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "excel",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "utf-16",
        [b'{' | b'[', ..] => "json",
        _ if text.starts_with(b"SQLite format 3") => "database",
        [b'<', ..] => match apple::root(head) {
            Some(at) => return Kind::Apple { at },
            None if find(text, b"<gpx").is_some() => "gpx",
            None if find(text, b"<ClinicalDocument").is_some() => "cda",
            None => "xml",
        },
        _ if text.contains(&0) => "unknown",
        _ => return Kind::Table,
    };
    Kind::Other(looks_like)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Bytes that the list of a zip's files may take: some 60,000 files.
const LIST: u64 = 4 << 20;
/// Files of a zip that are looked into for an export.
const LOOKED_INTO: usize = 64;

/// Finds the export among a zip's files by content: their names are in the phone's language.
fn unpack(input: impl Read + Seek, zone: &Zone, limits: &Limits) -> Result<Vec<StepsFacts>, StepsError> {
    let broken = |e: zip::result::ZipError| match e {
        zip::result::ZipError::Io(e) => unread(&e),
        other => StepsError::Broken(other.to_string()),
    };
    let (input, allowance) = guard::Allowance::new(input, LIST);
    let mut archive = zip::ZipArchive::new(input).map_err(broken)?;
    allowance.lift();

    let mut candidates = Vec::new();
    for at in 0..archive.len() {
        let ending = archive.name_for_index(at).and_then(|name| name.rsplit_once('.'));
        let Some((_, ending)) = ending else { continue };
        let (xml, table) = (ending.eq_ignore_ascii_case("xml"), ending.eq_ignore_ascii_case("csv"));
        if xml || table {
            let size = archive.by_index_raw(at).map_err(broken)?.size();
            candidates.push((!xml, std::cmp::Reverse(size), at));
        }
    }
    candidates.sort_unstable();
    for (_, _, at) in candidates.into_iter().take(LOOKED_INTO) {
        let mut head = Vec::new();
        let file = archive.by_index(at).map_err(broken)?;
        file.take(HEAD).read_to_end(&mut head).map_err(|e| unread(&e))?;
        let export = match kind(&head) {
            Kind::Apple { .. } => true,
            Kind::Table => table::has_steps(&head),
            Kind::Other(_) => false,
        };
        if export {
            return stream(archive.by_index(at).map_err(broken)?, zone, limits);
        }
    }
    Err(StepsError::NotSteps { looks_like: "zip" })
}

/// What an error of reading means: a stream that ends or decodes wrongly is the file's fault, the rest is ours.
fn unread(error: &io::Error) -> StepsError {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::InvalidData | Kind::InvalidInput | Kind::UnexpectedEof | Kind::Other => {
            StepsError::Broken(error.to_string())
        }
        kind => StepsError::Unread(kind),
    }
}

fn read_start(input: &mut impl Read, start: &mut [u8]) -> io::Result<usize> {
    let mut found = 0;
    while found < start.len() {
        match input.read(&mut start[found..]) {
            Ok(0) => break,
            Ok(more) => found += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(found)
}

/// What a reader says when its input fails.
fn failed<R: BufRead>(input: &Guard<R>, error: &io::Error, limits: &Limits) -> StepsError {
    match input.over() {
        Some(guard::Over::Whole) => StepsError::TooLarge { limit: limits.bytes },
        Some(guard::Over::Piece) => StepsError::Broken("a tag or line is longer than any should be".to_owned()),
        None => unread(error),
    }
}

#[cfg(test)]
mod tests;
