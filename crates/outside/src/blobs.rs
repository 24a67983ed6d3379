//! Blobs: files that never change, each named after its content.
//!
//! Invariant: a file under its name is whole. It is written beside its place, flushed to disk and
//! renamed, so a crash or a second writer leaves either nothing or everything.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use crate::chance::{self, ChanceError};

/// Most bytes of a blob: 64 MiB, since blobs are read into memory.
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why a blob could not be written, read or deleted.
#[derive(Debug, Error)]
pub enum BlobError {
    /// Nothing has this name.
    #[error("no blob {0}")]
    Missing(BlobName),
    /// The file no longer has the content it is named after; putting the content again heals it.
    #[error("blob {0} is damaged")]
    Damaged(BlobName),
    /// More than [`BYTES_MAX`] bytes.
    #[error("a blob has at most {BYTES_MAX} bytes")]
    TooLarge,
    /// The disk refused.
    #[error("blob storage: {0}")]
    Io(#[from] io::Error),
    /// No name for a temporary file could be drawn.
    #[error(transparent)]
    Chance(#[from] ChanceError),
}

/// The SHA-256 of a blob's content as 64 lower-case hexadecimal digits; safe in paths and addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobName(String);

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a blob's name is 64 lower-case hexadecimal digits")]
pub struct BlobNameError;

impl BlobName {
    /// The name of this content.
    pub fn of(content: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let halves = crate::sha256(content).map(|byte| [byte >> 4, byte & 0xf]);
        Self(
            halves
                .as_flattened()
                .iter()
                .map(|half| char::from(DIGITS[usize::from(*half)]))
                .collect(),
        )
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BlobName {
    type Err = BlobNameError;

    fn from_str(text: &str) -> Result<Self, BlobNameError> {
        let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits {
            Ok(Self(text.to_owned()))
        } else {
            Err(BlobNameError)
        }
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file in the folder of blobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFile {
    /// The blob's name; none of a write that was cut short.
    pub name: Option<BlobName>,
    /// When it was written, microseconds since the epoch, by the clock of the disk.
    pub modified_us: i64,
    path: PathBuf,
}

/// What is in a folder; nothing if it is not there.
fn read_folder(path: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(path) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A folder of blobs: `ab/cd/abcd…`. Any number of processes may share it.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    /// Opens the folder and creates it (0700 on Unix) if need be. `*.part` files in it are writes that
    /// a crash cut short.
    pub fn open(dir: impl Into<PathBuf>) -> io::Result<Self> {
        let dir = dir.into();
        create_folder(&dir)?;
        Ok(Self { dir })
    }

    /// Stores `content` and returns its name once it is safe on disk. Storing it again does nothing.
    pub fn put(&self, content: &[u8]) -> Result<BlobName, BlobError> {
        if content.len() > BYTES_MAX {
            return Err(BlobError::TooLarge);
        }
        let name = BlobName::of(content);
        let [outer, inner] = self.folders(&name);
        if self.get(&name).is_err() {
            create_folder(&inner)?;
            let part = inner.join(format!("{:016x}.part", chance::random_id()?));
            let written = write_whole(&part, content).and_then(|()| fs::rename(&part, inner.join(&name.0)));
            if let Err(error) = written {
                // The first error is the one worth telling.
                let _ = fs::remove_file(&part);
                return Err(error.into());
            }
        }
        // Also when it was there: another writer may have renamed and not yet flushed.
        for folder in [&inner, &outer, &self.dir] {
            sync_folder(folder)?;
        }
        Ok(name)
    }

    /// The content under this name, checked against the name.
    pub fn get(&self, name: &BlobName) -> Result<Vec<u8>, BlobError> {
        let content = fs::read(self.path(name)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => BlobError::Missing(name.clone()),
            _ => error.into(),
        })?;
        if BlobName::of(&content) == *name {
            Ok(content)
        } else {
            Err(BlobError::Damaged(name.clone()))
        }
    }

    /// Removes the blob; one that is not there is as good as removed. Equal photos share one blob, so
    /// the caller makes sure that nobody else refers to it.
    pub fn delete(&self, name: &BlobName) -> Result<(), BlobError> {
        match fs::remove_file(self.path(name)) {
            Ok(()) => Ok(sync_folder(&self.folders(name)[1])?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The files below the outer folder of this byte, in no order: for what checks that nothing is kept without need.
    /// One that goes while they are listed is left out.
    pub fn files(&self, outer: u8) -> io::Result<Vec<BlobFile>> {
        let mut files = Vec::new();
        for folder in read_folder(&self.dir.join(format!("{outer:02x}")))? {
            for path in read_folder(&folder)? {
                let modified = match fs::metadata(&path).and_then(|found| found.modified()) {
                    Ok(modified) => modified,
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let name = path.file_name().and_then(|name| name.to_str());
                files.push(BlobFile {
                    name: name.and_then(|name| name.parse().ok()),
                    modified_us: i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
                    path,
                });
            }
        }
        Ok(files)
    }

    /// Removes a file that was listed; one that is not there is as good as removed.
    pub fn remove(&self, file: &BlobFile) -> Result<(), BlobError> {
        match fs::remove_file(&file.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn folders(&self, name: &BlobName) -> [PathBuf; 2] {
        let outer = self.dir.join(&name.0[..2]);
        let inner = outer.join(&name.0[2..4]);
        [outer, inner]
    }

    fn path(&self, name: &BlobName) -> PathBuf {
        self.folders(name)[1].join(&name.0)
    }
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a rename survive a power cut. Windows can neither open a folder as a file nor needs it.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> (Self, Blobs) {
            let name = format!("puhui-blobs-{:x}", chance::random_id().unwrap());
            let dir = std::env::temp_dir().join(name);
            (Self(dir.clone()), Blobs::open(dir).unwrap())
        }

        fn files(&self) -> Vec<PathBuf> {
            let mut folders = vec![self.0.clone()];
            let mut files = Vec::new();
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        files.push(path);
                    }
                }
            }
            files
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_put_can_be_got_and_deleted() {
        let (folder, blobs) = Folder::new();
        for content in [&b""[..], b"abc", &vec![0xff; 100_000]] {
            let name = blobs.put(content).unwrap();
            assert_eq!(blobs.put(content).unwrap(), name);
            assert_eq!(blobs.get(&name).unwrap(), content);
        }
        let abc = BlobName::of(b"abc");
        assert!(folder.0.join("ba/78").join(abc.as_str()).is_file());
        assert_eq!(folder.files().len(), 3);
        blobs.delete(&abc).unwrap();
        blobs.delete(&abc).unwrap();
        assert!(matches!(blobs.get(&abc), Err(BlobError::Missing(name)) if name == abc));
        assert!(matches!(blobs.put(&vec![0; BYTES_MAX + 1]), Err(BlobError::TooLarge)));
    }

    #[test]
    fn every_file_is_listed_with_writes_that_were_cut_short() {
        let (folder, blobs) = Folder::new();
        let name = blobs.put(b"abc").unwrap();
        fs::write(folder.0.join("ba/78/00.part"), b"ab").unwrap();
        let all: Vec<BlobFile> = (0..=u8::MAX).flat_map(|outer| blobs.files(outer).unwrap()).collect();
        let mut names: Vec<Option<&BlobName>> = all.iter().map(|file| file.name.as_ref()).collect();
        names.sort();
        assert_eq!(names, [None, Some(&name)]);
        for file in &all {
            blobs.remove(file).unwrap();
            blobs.remove(file).unwrap();
        }
        assert!(folder.files().is_empty());
    }

    #[test]
    fn many_writers_of_the_same_content_leave_one_whole_file() {
        let (folder, blobs) = Folder::new();
        let content = vec![7; 300_000];
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let name = blobs.put(&content).unwrap();
                    assert_eq!(blobs.get(&name).unwrap(), content);
                });
            }
        });
        assert_eq!(folder.files().len(), 1, "no temporary file stays");
    }

    #[test]
    fn damage_is_seen_and_healed_by_putting_again() {
        let (folder, blobs) = Folder::new();
        let name = blobs.put(b"evidence").unwrap();
        fs::write(&folder.files()[0], b"evidenze").unwrap();
        assert!(matches!(blobs.get(&name), Err(BlobError::Damaged(_))));
        blobs.put(b"evidence").unwrap();
        assert_eq!(blobs.get(&name).unwrap(), b"evidence");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_files() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, blobs) = Folder::new();
        blobs.put(b"evidence").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.files()[0]), 0o600);
        assert_eq!(mode(&folder.0), 0o700);
    }

    #[test]
    fn a_name_is_64_lower_case_digits_and_nothing_else() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(good.parse::<BlobName>().unwrap().to_string(), good);
        let long = format!("{good}0");
        let path = format!("../../{}", &good[6..]);
        let bad = [
            String::new(),
            "ab".into(),
            good.to_uppercase(),
            "é".repeat(32),
            long,
            path,
        ];
        for text in bad {
            assert_eq!(text.parse::<BlobName>(), Err(BlobNameError), "{text}");
        }
    }
}
