//! Files that nobody else sees and that are gone once they are closed.

use std::fs::{File, OpenOptions};
use std::io;

use crate::chance;

/// A new file to write and read, without a name. Only the owner of the process could have opened it.
pub fn file() -> io::Result<File> {
    let name = chance::random_id().map_err(io::Error::other)?;
    let path = std::env::temp_dir().join(format!("puhui-{name:016x}.tmp"));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _, Write as _};

    #[test]
    fn what_is_written_can_be_read_though_there_is_no_name() {
        let mut file = super::file().unwrap();
        file.write_all(b"abc").unwrap();
        file.rewind().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
    }
}
