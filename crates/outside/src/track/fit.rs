//! FIT: the few messages of an activity that matter, of a binary format that describes its own records.
//!
//! A reader of our own, because what is needed is little: the libraries for FIT decode every field of every message into
//! named values, which takes a hundred times the memory of the file, and their tables of names are larger than the rest
//! of this program. Layout by the published FIT protocol (header, definition and data messages, compressed timestamps,
//! developer fields).

use super::{Format, Gathered, Limits, Recording, TrackError, decimetres, short};

/// Seconds from 1970 to 1989-12-31, where FIT begins to count.
const FIT_EPOCH_S: i64 = 631_065_600;
/// Global message numbers.
const FILE_ID: u16 = 0;
const RECORD: u16 = 20;
const EVENT: u16 = 21;
/// The field of a time, in every message.
const TIMESTAMP: u8 = 253;
/// A file of this kind holds an activity; watches also send settings, courses to follow, a day's steps.
const ACTIVITY: u64 = 4;

/// Whether it says so.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.get(8..12) == Some(b".FIT")
}

/// How the data messages of a local number are laid out.
#[derive(Default)]
struct Layout {
    global: u16,
    big_endian: bool,
    fields: Vec<Field>,
    /// Bytes of developer fields behind.
    skip: usize,
}

#[derive(Clone, Copy)]
struct Field {
    number: u8,
    size: usize,
    kind: u8,
}

/// Bytes with a place in them; `None` is their end.
struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.all.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Recording, TrackError> {
    let mut gathered = Gathered::new(Format::Fit, limits);
    let mut at = 0;
    let mut cut = false;
    // files may follow one another in one
    while !cut && is_one(&bytes[at..]) {
        let header = usize::from(bytes[at]);
        let size = bytes.get(at + 4..at + 8).map_or(0, |size| number(size, false));
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if header < 12 {
            return Err(TrackError::at_byte(at, "a header that is too short"));
        }
        let begin = at.saturating_add(header).min(bytes.len());
        // a device that lost its power did not come to write the size, or the end
        let end = begin.saturating_add(size);
        cut = size == 0 || end.saturating_add(2) > bytes.len();
        let end = if size == 0 { bytes.len() } else { end.min(bytes.len()) };
        if !cut && checksum(&bytes[at..end + 2]) != 0 {
            return Err(TrackError::at_byte(end, "the checksum is another"));
        }
        messages(&bytes[..end], begin, &mut gathered, cut)?;
        at = end + 2;
        if at >= bytes.len() {
            break;
        }
    }
    gathered.finish(cut)
}

/// Reads data and definition messages; one that is not whole ends a file that was `cut`.
fn messages(bytes: &[u8], begin: usize, gathered: &mut Gathered, cut: bool) -> Result<(), TrackError> {
    let mut layouts: [Option<Layout>; 16] = Default::default();
    let mut bytes = Bytes { all: bytes, at: begin };
    let mut clock = 0_u32;
    gathered.pause();
    while bytes.at < bytes.all.len() {
        let at = bytes.at;
        let Some(head) = bytes.byte() else { break };
        let done = if head & 0xc0 == 0x40 {
            define(&mut bytes, head & 0x20 != 0).map(|layout| layouts[usize::from(head & 0x0f)] = Some(layout))
        } else {
            let (local, offset) = if head & 0x80 == 0 {
                (head & 0x0f, None)
            } else {
                ((head >> 5) & 0x03, Some(u32::from(head & 0x1f)))
            };
            let Some(layout) = &layouts[usize::from(local)] else {
                return Err(TrackError::at_byte(at, "a message that was not defined"));
            };
            if let Some(offset) = offset {
                // five bits of the time, which goes on
                clock = clock.wrapping_add(offset.wrapping_sub(clock) & 0x1f);
            }
            match data(&mut bytes, layout) {
                Some(message) => {
                    if let Some(time) = message.time {
                        clock = time;
                    }
                    take(layout.global, &message, clock, gathered)?;
                    Some(())
                }
                None => None,
            }
        };
        if done.is_none() {
            return if cut {
                Ok(())
            } else {
                Err(TrackError::at_byte(at, "a message that is not whole"))
            };
        }
    }
    Ok(())
}

fn define(bytes: &mut Bytes<'_>, developer: bool) -> Option<Layout> {
    let head = bytes.take(5)?;
    let big_endian = head[1] != 0;
    let fields = bytes.take(3 * usize::from(head[4]))?;
    let fields = fields.chunks_exact(3).map(|field| Field {
        number: field[0],
        size: field[1].into(),
        kind: field[2],
    });
    let fields = fields.collect();
    let mut skip = 0;
    if developer {
        let count = bytes.byte()?;
        let more = bytes.take(3 * usize::from(count))?;
        skip = more.chunks_exact(3).map(|field| usize::from(field[1])).sum();
    }
    Some(Layout {
        global: u16::try_from(number(&head[2..4], big_endian)).ok()?,
        big_endian,
        fields,
        skip,
    })
}

/// What is looked at of a message.
#[derive(Default)]
struct Message<'a> {
    time: Option<u32>,
    /// The first fields by number, if they are single numbers and say something.
    fields: [Option<u64>; 4],
    /// Field 31, in a record the accuracy in metres.
    accuracy: Option<u64>,
    /// A text in field 8, which names the product in a file's first message.
    name: Option<&'a [u8]>,
}

fn data<'a>(bytes: &mut Bytes<'a>, layout: &Layout) -> Option<Message<'a>> {
    let wanted = matches!(layout.global, FILE_ID | RECORD | EVENT);
    let mut message = Message::default();
    for field in &layout.fields {
        let raw = bytes.take(field.size)?;
        if field.number == TIMESTAMP {
            message.time = single(raw, field.kind, layout.big_endian).and_then(|time| u32::try_from(time).ok());
        } else if wanted {
            if field.number == 8 && field.kind == 7 {
                message.name = Some(raw);
            } else if field.number == 31 {
                message.accuracy = single(raw, field.kind, layout.big_endian);
            } else if let Some(slot) = message.fields.get_mut(usize::from(field.number)) {
                *slot = single(raw, field.kind, layout.big_endian);
            }
        }
    }
    bytes.take(layout.skip)?;
    Some(message)
}

fn take(global: u16, message: &Message<'_>, clock: u32, gathered: &mut Gathered) -> Result<(), TrackError> {
    let field = |number: usize| message.fields[number];
    match global {
        FILE_ID => {
            if field(0) != Some(ACTIVITY) {
                return Err(TrackError::Empty);
            }
            gathered.serial = field(3).filter(|serial| *serial != 0).map(|serial| serial.to_string());
            let name = message
                .name
                .map(|name| name.split(|byte| *byte == 0).next().unwrap_or(&[]));
            gathered.maker = name
                .map(String::from_utf8_lossy)
                .and_then(|name| short(&name))
                .or_else(|| {
                    let maker = field(1)?;
                    Some(match (MAKERS.iter().find(|(number, _)| *number == maker), field(2)) {
                        (Some((_, name)), Some(product)) => format!("{name} {product}"),
                        (Some((_, name)), None) => (*name).to_owned(),
                        (None, Some(product)) => format!("FIT {maker}/{product}"),
                        (None, None) => format!("FIT {maker}"),
                    })
                });
        }
        RECORD => {
            let at_us = (clock > 0).then(|| (FIT_EPOCH_S + i64::from(clock)) * 1_000_000);
            let place = match (field(0), field(1)) {
                (Some(lat), Some(lon)) => e7(lat).zip(e7(lon)),
                _ => None,
            };
            let place = place.filter(|(lat, _)| lat.unsigned_abs() <= 900_000_000);
            let accuracy = message.accuracy.and_then(|metres| u32::try_from(metres).ok());
            gathered.record(at_us, place, accuracy.and_then(|metres| decimetres(metres.into())))?;
        }
        // the timer stops: stop, stop of all, stop and disable of all
        EVENT if field(0) == Some(0) && matches!(field(1), Some(1 | 4 | 8 | 9)) => gathered.pause(),
        _ => {}
    }
    Ok(())
}

/// A few makers by the numbers that the protocol's profile gives them.
const MAKERS: [(u64, &str); 7] = [
    (1, "Garmin"),
    (15, "Dynastream"),
    (23, "Suunto"),
    (32, "Wahoo"),
    (123, "Polar"),
    (265, "Strava"),
    (294, "Coros"),
];

/// From semicircles, 2^31 to half a turn, as a signed number of 32 bits.
fn e7(semicircles: u64) -> Option<i32> {
    let semicircles = i64::from(u32::try_from(semicircles).ok()?.cast_signed());
    i32::try_from((semicircles * 1_800_000_000 + (1 << 30)) >> 31).ok()
}

/// A single whole number as its bits, unless it is the one that stands for nothing.
fn single(raw: &[u8], kind: u8, big_endian: bool) -> Option<u64> {
    // base types of the protocol with their size and the number that stands for nothing
    let (size, nothing): (usize, u64) = match kind & 0x1f {
        0 | 2 | 13 => (1, 0xff),
        1 => (1, 0x7f),
        3 => (2, 0x7fff),
        4 => (2, 0xffff),
        5 => (4, 0x7fff_ffff),
        6 => (4, 0xffff_ffff),
        10 => (1, 0),
        11 => (2, 0),
        12 => (4, 0),
        _ => return None,
    };
    let value = number(raw, big_endian);
    (raw.len() == size && value != nothing).then_some(value)
}

fn number(raw: &[u8], big_endian: bool) -> u64 {
    let add = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
    if big_endian {
        raw.iter().fold(0, add)
    } else {
        raw.iter().rev().fold(0, add)
    }
}

/// The protocol's checksum, CRC-16 with the polynomial 0x8005 reflected; 0 over data with its own checksum behind.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        let index = usize::from((crc ^ u16::from(*byte)) & 0xff);
        (crc >> 8) ^ TABLE[index]
    })
}

static TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u16;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
}
