//! The file: one JSON object a line, on disk before the next batch is looked for. It is opened
//! anew for each batch, so that it can be moved away at any time.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use kernel::{Error, Result};

use crate::audit::AuditRecord;

pub(super) async fn append(path: &Path, records: &[AuditRecord]) -> Result<()> {
    let mut lines = Vec::new();
    for record in records {
        serde_json::to_writer(&mut lines, &record.json()).map_err(Error::internal)?;
        lines.push(b'\n');
    }
    let path = path.to_owned();
    let written = tokio::task::spawn_blocking(move || write(&path, &lines).map_err(|e| (path, e)));
    written.await.map_err(Error::internal)?.map_err(|(path, error): (PathBuf, io::Error)| {
        Error::unavailable(format!("{}: {error}", path.display()))
    })
}

fn write(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    if is_torn(&mut file)? {
        // A full disk has cut a line short: the next one begins on its own.
        file.write_all(b"\n")?;
    }
    file.write_all(lines)?;
    file.sync_data()
}

/// Whether the file ends within a line. What can't be read back, such as a pipe, is not asked.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != [b'\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines_and_the_file_may_move_away() {
        let folder = tempfile::tempdir().unwrap();
        let (path, away) = (folder.path().join("audit.jsonl"), folder.path().join("audit.1"));
        write(&path, b"one\n").unwrap();
        write(&path, b"two\ntor").unwrap();
        write(&path, b"three\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\ntor\nthree\n");
        std::fs::rename(&path, &away).unwrap();
        write(&path, b"four\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "four\n");
    }
}
