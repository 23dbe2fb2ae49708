//! Staging: writes, patches and deletions that reach the disk only after their gate.

use trail_port::policy;
use trail_record::Digest;
use trail_record::body::Effect;

use super::{Told, Toolbox, outside};
use crate::worker::Error;

impl Toolbox<'_> {
    pub(super) async fn stage(
        &mut self,
        path: &str,
        content: Option<String>,
        what: &str,
    ) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Write, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        // Whether the worktree could hold the path is found now, not when it was approved.
        match self.content(&path).await {
            Ok(None) if content.is_none() => {
                return Ok(Told::error(verdict, format!("there is no file {path}")));
            }
            Ok(_) => {}
            Err(error) => return outside(verdict, error),
        }
        let digest = content.as_ref().map(|text| Digest::of(text.as_bytes()));
        let size = content.as_ref().map_or(0, String::len);
        self.overlay.stage(&path, content);
        Ok(Told {
            verdict,
            effects: vec![Effect::Staged {
                path: path.clone(),
                digest,
            }],
            result: format!("{what}: {path} ({size} bytes); it reaches the disk after its gate"),
            error: false,
        })
    }

    pub(super) async fn patch(&mut self, path: &str, old: &str, new: &str) -> Result<Told, Error> {
        let (normal, verdict) = match self.path(policy::Action::Write, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let text = match self.content(&normal).await {
            Ok(bytes) => bytes.and_then(|bytes| String::from_utf8(bytes).ok()),
            Err(error) => return outside(verdict, error),
        };
        let Some(text) = text else {
            return Ok(Told::error(
                verdict,
                format!("there is no text file {normal}; use write"),
            ));
        };
        match text.matches(old).count() {
            1 => {
                self.stage(&normal, Some(text.replacen(old, new, 1)), "staged")
                    .await
            }
            0 => Ok(Told::error(
                verdict,
                "`old` does not occur in the file; read it again",
            )),
            many => Ok(Told::error(
                verdict,
                format!("`old` occurs {many} times; give more lines around it"),
            )),
        }
    }
}
