//! A file of lines that never grows beyond its bounds: full ones are set aside, the oldest goes.
//!
//! `log.jsonl` is written; `log.jsonl.1` is the one before, up to the number of files that are kept.
//! INVARIANT: what cannot be written is dropped and counted; nobody waits for a disk but the thread that tells.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::settings::Rotation;
use crate::sink::Sink;

/// Records may show what executions work on: they are for the owner only, as the data directory is.
const MODE: u32 = 0o600;

pub(crate) struct LineFile {
    path: PathBuf,
    rotation: Rotation,
    open: Option<Open>,
    sink: Arc<Sink>,
}

struct Open {
    writer: BufWriter<File>,
    bytes: u64,
    /// Lines since the last flush.
    lines: usize,
}

impl LineFile {
    /// It is opened with the first line.
    pub(crate) fn new(path: &Path, rotation: Rotation, sink: Arc<Sink>) -> LineFile {
        LineFile { path: path.to_owned(), rotation, open: None, sink }
    }

    /// It is opened now, so that whoever named it hears at once what is wrong.
    pub(crate) fn open(path: &Path, rotation: Rotation, sink: Arc<Sink>) -> io::Result<LineFile> {
        let open = Some(Open::at(path)?);
        Ok(LineFile { open, ..LineFile::new(path, rotation, sink) })
    }

    pub(crate) fn write(&mut self, line: &str) {
        if let Err(error) = self.try_write(line) {
            self.failed(1, &error);
        }
    }

    fn try_write(&mut self, line: &str) -> io::Result<()> {
        let bytes = line.len() as u64 + 1;
        let is_full = self
            .open
            .as_ref()
            .is_some_and(|open| open.bytes > 0 && open.bytes + bytes > self.rotation.bytes_max);
        if is_full {
            self.flush();
            self.set_aside()?;
        }
        let open = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(Open::at(&self.path)?),
        };
        open.writer.write_all(line.as_bytes())?;
        open.writer.write_all(b"\n")?;
        open.bytes += bytes;
        open.lines += 1;
        Ok(())
    }

    /// Hands what was written to the system.
    pub(crate) fn flush(&mut self) {
        let Some(open) = &mut self.open else { return };
        let lines = std::mem::take(&mut open.lines);
        match open.writer.flush() {
            Ok(()) => self.sink.delivered(lines),
            Err(error) => self.failed(lines, &error),
        }
    }

    /// The file is opened anew with the next line; what a failed one still held is not written again.
    fn failed(&mut self, lines: usize, error: &io::Error) {
        if let Some(open) = self.open.take() {
            let (_, _unwritten) = open.writer.into_parts();
        }
        self.sink.dropped(lines);
        self.sink.trouble(&format!("cannot write `{}`: {error}", self.path.display()));
    }

    /// Every file takes the next number; what has none goes.
    fn set_aside(&mut self) -> io::Result<()> {
        self.open = None;
        let numbered = |number: usize| match number {
            0 => self.path.clone(),
            number => {
                let mut name = self.path.clone().into_os_string();
                name.push(format!(".{number}"));
                PathBuf::from(name)
            }
        };
        if self.rotation.files_max == 1 {
            return std::fs::remove_file(&self.path);
        }
        for number in (0..self.rotation.files_max - 1).rev() {
            match std::fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Open {
    /// Goes on after what is there. The folder is made when it is not there.
    fn at(path: &Path) -> io::Result<Open> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Open { writer: BufWriter::new(file), bytes, lines: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::Say;

    #[test]
    fn a_full_file_is_set_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/l.jsonl");
        let say: Say = Arc::new(|_: &str| {});
        let sink = Sink::new("log file", &say);
        let rotation = Rotation { bytes_max: 8, files_max: 3 };
        let mut file = LineFile::open(&path, rotation, Arc::clone(&sink)).unwrap();
        for line in ["one", "two", "three", "four", "five5"] {
            file.write(line);
        }
        file.flush();
        let read = |name: &str| std::fs::read_to_string(folder.path().join("logs").join(name)).ok();
        assert_eq!(read("l.jsonl").unwrap(), "five5\n");
        assert_eq!(read("l.jsonl.1").unwrap(), "four\n");
        assert_eq!(read("l.jsonl.2").unwrap(), "three\n");
        assert_eq!(read("l.jsonl.3"), None);
        assert_eq!((sink.delivered_count(), sink.dropped_count()), (5, 0));
    }

    #[test]
    fn what_cannot_be_written_is_counted_and_the_next_line_is_tried() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.jsonl");
        let say: Say = Arc::new(|_: &str| {});
        let sink = Sink::new("log file", &say);
        let rotation = Rotation { bytes_max: 4, files_max: 1 };
        let mut file = LineFile::open(&path, rotation, Arc::clone(&sink)).unwrap();
        file.write("one");
        std::fs::remove_file(&path).unwrap();
        // It cannot be set aside, for somebody took it away; then a new one is begun.
        file.write("two");
        file.write("six");
        file.flush();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "six\n");
        assert_eq!(sink.dropped_count(), 1);
    }
}
