//! Looking: list, read and search, through the overlay of what is staged.

use trail_port::{policy, workspace};
use trail_record::Digest;
use trail_record::body::Effect;

use super::{MAX_HITS, Told, Toolbox, outside, parent};
use crate::worker::Error;

impl Toolbox<'_> {
    pub(super) async fn list(&self, path: &str) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Read, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let listed = match self.worktree.list(&path).await {
            Ok(listed) => listed,
            Err(error) => return outside(verdict, error),
        };
        let staged = self.overlay.iter().filter(|(own, content)| {
            content.is_some()
                && parent(own) == path
                && !listed.iter().any(|known| known.path == **own)
        });
        let mut names: Vec<String> = listed
            .iter()
            .filter(|own| !matches!(self.overlay.get(&own.path), Some(None)))
            .map(|own| {
                if own.folder {
                    format!("{}/", own.path)
                } else {
                    format!("{} ({} bytes)", own.path, own.size)
                }
            })
            .chain(staged.map(|(own, _)| format!("{own} (staged)")))
            .collect();
        names.sort();
        let effects = vec![Effect::Listed {
            path,
            names: names.len() as u64,
        }];
        let result = if names.is_empty() {
            "(empty)".to_owned()
        } else {
            names.join("\n")
        };
        Ok(Told {
            verdict,
            effects,
            result,
            error: false,
        })
    }

    pub(super) async fn content(&self, path: &str) -> Result<Option<Vec<u8>>, workspace::Error> {
        match self.overlay.get(path) {
            Some(staged) => Ok(staged.clone().map(String::into_bytes)),
            None => self.worktree.read(path).await,
        }
    }

    pub(super) async fn read(
        &self,
        path: &str,
        from_line: Option<u64>,
        lines: Option<u64>,
    ) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Read, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let bytes = match self.content(&path).await {
            Ok(bytes) => bytes,
            Err(error) => return outside(verdict, error),
        };
        let digest = bytes.as_ref().map(|bytes| Digest::of(bytes));
        let effects = vec![Effect::Read {
            path: path.clone(),
            digest,
        }];
        let Some(bytes) = bytes else {
            let result = format!("there is no file {path}");
            return Ok(Told {
                verdict,
                effects,
                result,
                error: true,
            });
        };
        let Ok(text) = String::from_utf8(bytes) else {
            let result = format!("{path} is not a text file");
            return Ok(Told {
                verdict,
                effects,
                result,
                error: true,
            });
        };
        let from = usize::try_from(from_line.unwrap_or(1).max(1) - 1).unwrap_or(usize::MAX);
        let count = lines.map_or(usize::MAX, |lines| {
            usize::try_from(lines).unwrap_or(usize::MAX)
        });
        let result = if from == 0 && count == usize::MAX {
            text
        } else {
            text.split_inclusive('\n').skip(from).take(count).collect()
        };
        Ok(Told {
            verdict,
            effects,
            result,
            error: false,
        })
    }

    pub(super) async fn search(&self, pattern: &str, path: &str) -> Result<Told, Error> {
        let (path, verdict) = match self.path(policy::Action::Read, path) {
            Ok(judged) => judged,
            Err(told) => return Ok(told),
        };
        let staged = self.overlay.search(pattern, &path, MAX_HITS * 4);
        let mut hits = match self.worktree.search(pattern, &path, MAX_HITS * 4).await {
            Ok(hits) => hits,
            // A file or folder may be there only as staged.
            Err(workspace::Error::Failed(_)) if self.overlay.holds(&path) => Vec::new(),
            Err(error) => return outside(verdict, error),
        };
        hits.retain(|hit| self.overlay.get(&hit.path).is_none());
        hits.extend(staged);
        hits.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        // A hit shows a line of a file: only files that may be read may show one.
        let mut shown = Vec::new();
        let mut files: Vec<String> = Vec::new();
        let mut hidden = 0;
        for hit in hits {
            if files.last() != Some(&hit.path) {
                if self.path(policy::Action::Read, &hit.path).is_err() {
                    hidden += 1;
                    continue;
                }
                files.push(hit.path.clone());
            }
            if shown.len() < MAX_HITS {
                shown.push(format!("{}:{}: {}", hit.path, hit.line, hit.text));
            }
        }
        if hidden > 0 {
            shown.push(format!("({hidden} hits in files that may not be read)"));
        }
        let result = if shown.is_empty() {
            "no hits".to_owned()
        } else {
            shown.join("\n")
        };
        let effects = vec![Effect::Searched {
            pattern: pattern.to_owned(),
            path,
            files,
        }];
        Ok(Told {
            verdict,
            effects,
            result,
            error: false,
        })
    }
}
