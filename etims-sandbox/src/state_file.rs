//! The state file: one event a line, on the disk before the answer goes out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::kra::event::Event;

/// The first line: what the file is, and the seed from which its keys and signatures follow.
#[derive(Serialize, Deserialize)]
struct Header {
    etims_sandbox_state: u32,
    seed: u64,
}

const VERSION: u32 = 1;

/// Why a state file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileError {
    /// The system refused.
    #[error("cannot use the state file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another sandbox holds it.
    #[error("the state file {path} is in use by another sandbox; stop that one or choose another file")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A line before the last one cannot be read.
    #[error("the state file {path} is damaged in line {line}: {problem}; set it aside and start with a new file")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Keys and signatures would change.
    #[error("the state file {path} was made with seed {found}; start with that seed or without one")]
    OtherSeed {
        /// The file.
        path: PathBuf,
        /// The seed in the file.
        found: u64,
    },
}

/// A state file that was read and is ready to be written on.
pub(crate) struct Opened {
    pub(crate) seed: u64,
    pub(crate) events: Vec<Event>,
    /// Bytes of a last line that a crash had cut.
    pub(crate) torn: u64,
    file: File,
}

/// Opens or creates the file and reads what is in it. `seed` is what the caller wants, if anything.
pub(crate) fn open(path: &Path, seed: Option<u64>) -> Result<Opened, StateFileError> {
    let io = |source| StateFileError::Io { path: path.to_owned(), source };
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StateFileError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    let length = file.metadata().map_err(io)?.len();
    let (header, events, whole) = read(&file, path)?;
    if whole < length {
        file.set_len(whole).map_err(io)?;
        file.sync_all().map_err(io)?;
    }
    let seed = match header {
        Some(header) => {
            if seed.is_some_and(|seed| seed != header.seed) {
                return Err(StateFileError::OtherSeed { path: path.to_owned(), found: header.seed });
            }
            header.seed
        }
        None => {
            let seed = seed.unwrap_or_default();
            write_header(&mut file, path, seed).map_err(io)?;
            seed
        }
    };
    file.seek(SeekFrom::End(0)).map_err(io)?;
    Ok(Opened { seed, events, torn: length - whole, file })
}

fn write_header(file: &mut File, path: &Path, seed: u64) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(&Header { etims_sandbox_state: VERSION, seed })?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()?;
    // The file's name must be as durable as its bytes.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Header, events, and how many bytes of whole lines there are.
fn read(file: &File, path: &Path) -> Result<(Option<Header>, Vec<Event>, u64), StateFileError> {
    let io = |source| StateFileError::Io { path: path.to_owned(), source };
    let mut reader = BufReader::new(file);
    let (mut header, mut events, mut whole) = (None, Vec::new(), 0u64);
    let mut problem: Option<(usize, String)> = None;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(io)?;
        if length == 0 {
            break;
        }
        // Only the last line may be torn: something readable behind it means damage.
        if let Some((line, problem)) = problem {
            return Err(StateFileError::Damaged { path: path.to_owned(), line, problem });
        }
        let is_whole = line.last() == Some(&b'\n');
        let parsed = if number == 1 {
            serde_json::from_slice::<Header>(&line).map(|found| header = Some(found))
        } else {
            serde_json::from_slice(&line).map(|event| events.push(event))
        };
        match parsed {
            Ok(()) if is_whole => whole += length as u64,
            Ok(()) => {
                // Complete JSON without its newline: the write was cut there, and nobody was answered.
                if number == 1 {
                    header = None
                } else {
                    events.truncate(events.len() - 1)
                }
                problem = Some((number, "no end of line".to_owned()));
            }
            // A file that is not ours is never wiped, however short it is.
            Err(error) if number == 1 && !starts_header(&line) => {
                return Err(StateFileError::Damaged { path: path.to_owned(), line: 1, problem: error.to_string() });
            }
            Err(error) => problem = Some((number, error.to_string())),
        }
    }
    if let Some(found) = header.as_ref().filter(|header| header.etims_sandbox_state != VERSION) {
        let problem = format!("version {} is not {VERSION}", found.etims_sandbox_state);
        return Err(StateFileError::Damaged { path: path.to_owned(), line: 1, problem });
    }
    Ok((header, events, whole))
}

fn starts_header(line: &[u8]) -> bool {
    let start = br#"{"etims_sandbox_state":"#;
    start.starts_with(&line[..line.len().min(start.len())])
}

/// Writes events in order; many answers wait for one flush.
pub(crate) struct StateFile {
    inner: Arc<Inner>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Inner {
    queue: Mutex<Queue>,
    wake: Condvar,
    durable: watch::Sender<Durable>,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    appended: u64,
    closed: bool,
}

#[derive(Clone, Default)]
struct Durable {
    upto: u64,
    failure: Option<Arc<str>>,
}

impl StateFile {
    pub(crate) fn new(opened: Opened) -> (StateFile, Vec<Event>) {
        let inner = Arc::new(Inner {
            queue: Mutex::new(Queue::default()),
            wake: Condvar::new(),
            durable: watch::Sender::new(Durable::default()),
        });
        let (file, on) = (opened.file, inner.clone());
        let writer = std::thread::spawn(move || on.write(file));
        (StateFile { inner, writer: Mutex::new(Some(writer)) }, opened.events)
    }

    /// Queues events; call it under the lock that orders them. Returns the position to wait for.
    pub(crate) fn append(&self, events: &[Event]) -> u64 {
        let mut queue = self.inner.queue();
        for event in events {
            // Every event is plain data: numbers, text and lists.
            serde_json::to_writer(&mut queue.bytes, event).expect("an event is plain data");
            queue.bytes.push(b'\n');
            queue.appended += 1;
        }
        if !events.is_empty() {
            self.inner.wake.notify_one();
        }
        queue.appended
    }

    /// Waits until everything up to `position` is on the disk.
    pub(crate) async fn durable(&self, position: u64) -> Result<(), Arc<str>> {
        let mut durable = self.inner.durable.subscribe();
        let reached = durable.wait_for(|state| state.upto >= position || state.failure.is_some()).await;
        match reached {
            Ok(state) if state.upto >= position => Ok(()),
            Ok(state) => Err(state.failure.clone().unwrap_or_else(|| "closed".into())),
            Err(_) => Err("closed".into()),
        }
    }

    /// Writes what is queued, lets go of the file and refuses everything after.
    pub(crate) fn close(&self) {
        self.inner.queue().closed = true;
        self.inner.wake.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A panic there has already failed every answer that waited.
            let _ = writer.join();
        }
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        self.close();
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, mut file: File) {
        let failure = loop {
            let mut queue = self.queue();
            while queue.bytes.is_empty() && !queue.closed {
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if queue.bytes.is_empty() {
                break "the sandbox has stopped".to_owned();
            }
            let (bytes, upto) = (std::mem::take(&mut queue.bytes), queue.appended);
            drop(queue);
            if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
                break error.to_string();
            }
            self.durable.send_modify(|durable| durable.upto = upto);
        };
        self.durable.send_modify(|durable| durable.failure = Some(failure.into()));
    }
}
