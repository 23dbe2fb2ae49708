//! The recordings of a real server that the stand-in is held to.
//!
//! They were taken from Plane CE 1.3.1 (commit 4ca6d6c7) and stand in `recordings/`, one exchange a
//! file; keys and cookies are replaced by words.

use std::path::Path;
use std::{fs, io};

use serde::Deserialize;
use serde_json::{Map, Value};

/// One exchange.
#[derive(Debug, Clone, Deserialize)]
pub struct Recording {
    /// Its name, which is the file's.
    pub name: String,
    /// Who asked; none for nobody and for webhooks.
    #[serde(default)]
    pub actor: Option<String>,
    /// What was asked, or sent by a webhook.
    pub request: Request,
    /// What was answered; none for webhooks.
    #[serde(default)]
    pub response: Option<Response>,
}

/// What was asked.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path with the query; empty for webhooks.
    #[serde(default)]
    pub path: String,
    /// The headers.
    pub headers: Map<String, Value>,
    /// The body: JSON, or the text itself where it was none.
    pub body: Value,
}

/// What was answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Map<String, Value>,
    /// The body.
    pub body: Value,
}

/// Reads all recordings, by name.
///
/// # Errors
/// A file that cannot be read or is no recording.
pub fn all() -> io::Result<Vec<Recording>> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let mut all = Vec::new();
    for file in fs::read_dir(place)? {
        let text = fs::read_to_string(file?.path())?;
        all.push(serde_json::from_str::<Recording>(&text)?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}
