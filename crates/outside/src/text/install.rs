//! The model files: taken out of the package that carries them, known by their hashes.

use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::TextError;
use crate::chance;

/// The package (a Python wheel, Apache-2.0) that carries the models.
pub const PACKAGE: &str = "rapidocr_onnxruntime-1.4.4-py3-none-any.whl";

const PACKAGE_BYTES: u64 = 14_915_192;
const PACKAGE_SHA256: &str = "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf";

/// Where a model stands in the package, and what it is called in the folder.
struct Part {
    packed: &'static str,
    file: &'static str,
    bytes: u64,
    sha256: &'static str,
}

const DETECTOR: Part = Part {
    packed: "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    file: "text-detector.onnx",
    bytes: 4_745_517,
    sha256: "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
};

const RECOGNISER: Part = Part {
    packed: "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
    file: "text-recogniser.onnx",
    bytes: 10_857_958,
    sha256: "48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
};

/// What [`install`] put where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Their bytes together.
    pub bytes: u64,
}

/// Takes the models out of the downloaded package into a folder, which is made if need be. Every file is whole or not
/// there; installing again replaces it by the same.
pub fn install(package: &Path, folder: &Path) -> Result<Installed, TextError> {
    let not_the_package = || TextError::NotThePackage(package.to_owned());
    let bytes = read_at_most(package, PACKAGE_BYTES)?;
    if hex(&bytes) != PACKAGE_SHA256 {
        return Err(not_the_package());
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| not_the_package())?;
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    let mut installed = Installed {
        files: Vec::new(),
        bytes: 0,
    };
    for part in [DETECTOR, RECOGNISER] {
        let mut model = Vec::new();
        let packed = archive.by_name(part.packed).map_err(|_| not_the_package())?;
        let read = packed.take(part.bytes + 1).read_to_end(&mut model);
        if read.is_err() || hex(&model) != part.sha256 {
            return Err(not_the_package());
        }
        let file = folder.join(part.file);
        let name = chance::random_id().map_err(|e| at(folder, std::io::Error::other(e)))?;
        let new = folder.join(format!(".{}.{name:016x}", part.file));
        let written = write_whole(&new, &model).and_then(|()| fs::rename(&new, &file));
        if let Err(error) = written {
            let _ = fs::remove_file(&new);
            return Err(at(&file, error));
        }
        installed.bytes += part.bytes;
        installed.files.push(file);
    }
    Ok(installed)
}

/// The detector's and the recogniser's bytes, each the one that is known.
pub(super) fn load(folder: &Path) -> Result<[Vec<u8>; 2], TextError> {
    let read = |part: &Part| {
        let path = folder.join(part.file);
        let bytes = read_at_most(&path, part.bytes).map_err(|error| match error {
            TextError::File { error, .. } if error.kind() == ErrorKind::NotFound => {
                TextError::NotInstalled(folder.to_owned())
            }
            error => error,
        })?;
        if hex(&bytes) == part.sha256 {
            Ok(bytes)
        } else {
            Err(TextError::Changed(path))
        }
    };
    Ok([read(&DETECTOR)?, read(&RECOGNISER)?])
}

/// One byte more than `bytes` at most, so that a longer file has another hash.
fn read_at_most(path: &Path, bytes: u64) -> Result<Vec<u8>, TextError> {
    let mut all = Vec::new();
    let read = File::open(path).and_then(|file| file.take(bytes + 1).read_to_end(&mut all));
    read.map_err(|error| at(path, error))?;
    Ok(all)
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn at(path: &Path, error: std::io::Error) -> TextError {
    TextError::File {
        path: path.to_owned(),
        error,
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    crate::sha256(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
