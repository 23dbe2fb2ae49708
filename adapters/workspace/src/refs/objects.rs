//! Reads objects of the cache through one long-lived `git cat-file`, however many are read.

use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::Mutex;

use super::Error;
use crate::git::{Git, Site};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// The most bytes one file of the shared history may have.
pub(super) const MAX_FILE: u64 = 64 << 20;

/// The reader of objects.
#[derive(Debug)]
pub(super) struct Objects {
    git: Git,
    site: Site,
    running: Mutex<Option<Running>>,
    starts: AtomicU64,
}

#[derive(Debug)]
struct Running {
    // Ended when dropped.
    _child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn new(git: Git, site: Site) -> Self {
        Self {
            git,
            site,
            running: Mutex::new(None),
            starts: AtomicU64::new(0),
        }
    }

    /// Returns how many processes were started.
    pub(super) fn starts(&self) -> u64 {
        self.starts.load(Ordering::Relaxed)
    }

    /// Returns the bytes of the file at `path` in `commit`, or none if there is no such file.
    pub(super) async fn file(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let asked = format!("{commit}:{path}");
        if asked.bytes().any(|byte| byte.is_ascii_control()) {
            return Ok(None);
        }
        let found = self.object(&asked).await?;
        Ok(found.and_then(|(kind, bytes)| (kind == "blob").then_some(bytes)))
    }

    /// Returns the first parent of a commit, or none if it has none or is none.
    pub(super) async fn parent(&self, commit: &str) -> Result<Option<String>, Error> {
        let Some((kind, bytes)) = self.object(commit).await? else {
            return Ok(None);
        };
        // A commit's headers end with an empty line; `tree` is the first, then its parents.
        let text = String::from_utf8_lossy(&bytes);
        let mut headers = text.lines().take_while(|line| !line.is_empty());
        let parent = headers.find_map(|line| line.strip_prefix("parent "));
        Ok(parent.filter(|_| kind == "commit").map(str::to_owned))
    }

    async fn object(&self, asked: &str) -> Result<Option<(String, Vec<u8>)>, Error> {
        let mut running = self.running.lock().await;
        // Taken out while it is used: an answer that was not read to its end leaves none behind.
        let mut own = match running.take() {
            Some(own) => own,
            None => self.start()?,
        };
        let answer = tokio::time::timeout(ANSWER, own.contents(asked)).await;
        let answer = answer.map_err(|_| {
            let seconds = ANSWER.as_secs();
            Error::Unavailable(format!("git cat-file took more than {seconds} s"))
        })?;
        let bytes = answer.map_err(|error| Error::Unavailable(format!("git cat-file: {error}")))?;
        *running = Some(own);
        Ok(bytes)
    }

    fn start(&self) -> Result<Running, Error> {
        self.starts.fetch_add(1, Ordering::Relaxed);
        let call = self.git.call(&self.site, ["cat-file", "--batch"]);
        let mut child = call
            .into_command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                Error::Unavailable(format!(
                    "cannot run git (is it installed and on PATH?): {error}"
                ))
            })?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        Ok(Running {
            _child: child,
            stdin: stdin.expect("it was asked for"),
            stdout: BufReader::new(stdout.expect("it was asked for")),
        })
    }
}

impl Running {
    /// Asks for one object. The answer is `<id> <type> <size>`, the bytes and a line end, or one
    /// line that ends in `missing` (git-cat-file, "BATCH OUTPUT").
    async fn contents(&mut self, asked: &str) -> std::io::Result<Option<(String, Vec<u8>)>> {
        self.stdin.write_all(asked.as_bytes()).await?;
        self.stdin.write_all(b"\n").await?;
        self.stdin.flush().await?;
        let mut head = Vec::new();
        self.stdout.read_until(b'\n', &mut head).await?;
        let head = String::from_utf8_lossy(&head);
        let head = head.trim_end_matches('\n');
        if head.is_empty() {
            return Err(std::io::Error::other("it ended"));
        }
        if head.ends_with(" missing") {
            return Ok(None);
        }
        let words: Vec<&str> = head.split(' ').collect();
        let (kind, len) = match words.as_slice() {
            [_, kind, len] => (*kind, len.parse::<u64>().ok()),
            _ => ("", None),
        };
        let Some(len) = len else {
            return Err(std::io::Error::other(format!("it said {head:?}")));
        };
        if len > MAX_FILE {
            return Err(std::io::Error::other(format!(
                "{asked} has {len} bytes, more than {MAX_FILE}"
            )));
        }
        let mut bytes = vec![0; usize::try_from(len).map_err(std::io::Error::other)? + 1];
        self.stdout.read_exact(&mut bytes).await?;
        bytes.pop();
        Ok(Some((kind.to_owned(), bytes)))
    }
}
