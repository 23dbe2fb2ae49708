//! Files of a commit as people who ask need them, and whether deliveries could be taken back from it.

use trail_port::workspace::{Clash, Error};
use trail_record::CommitId;
use trail_record::body::FileChange;

use super::Lookup;
use crate::repository::object_id;
use crate::reverse;

/// Largest file that is read, in bytes.
const LARGEST: usize = 4 << 20;
/// Most files that are read.
const MOST: usize = 20_000;

impl Lookup {
    /// Returns the text files of a commit that hold one of these texts, sorted by path: no regular
    /// expressions, no ignored files, no links.
    ///
    /// # Errors
    /// [`Error::Failed`] if git fails, or there are too many.
    pub async fn holding(
        &self,
        texts: &[&str],
        at: &CommitId,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let commit = object_id(at.as_str())?;
        let mut args = vec![
            "grep",
            "-l",
            "-z",
            "-I",
            "-F",
            "--full-name",
            "--no-recurse-submodules",
        ];
        for text in texts {
            args.extend(["-e", text]);
        }
        args.push(commit);
        let output = self.git.call(&self.site, args).run().await?;
        // 1 says that nothing was found.
        if !matches!(output.code, 0 | 1) {
            return Err(Error::Failed(format!("git grep: {}", output.stderr)));
        }
        let prefix = format!("{commit}:");
        let mut paths: Vec<String> = output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .filter_map(|name| std::str::from_utf8(name).ok())
            .map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned())
            .collect();
        paths.sort();
        if paths.len() > MOST {
            return Err(Error::Failed(format!(
                "{} files name it, more than {MOST}",
                paths.len()
            )));
        }
        let mut out = Vec::with_capacity(paths.len());
        for path in paths {
            if let Some(bytes) = self.content(&path, at).await? {
                out.push((path, bytes));
            }
        }
        Ok(out)
    }

    /// Returns a file of a commit; none if it is not there, or too large to be read.
    ///
    /// # Errors
    /// If git cannot be run.
    pub async fn content(&self, path: &str, at: &CommitId) -> Result<Option<Vec<u8>>, Error> {
        let name = format!("{}:{path}", object_id(at.as_str())?);
        let args = ["cat-file", "blob", name.as_str()];
        let output = self.git.call(&self.site, args).run().await?;
        let fits = output.code == 0 && output.stdout.len() <= LARGEST;
        Ok(fits.then_some(output.stdout))
    }

    /// Computes what takes deliveries back from `onto`, as a worker would; changes nothing.
    ///
    /// # Errors
    /// [`Error::Missing`] if a commit is not here.
    pub async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error> {
        let mut ids = Vec::with_capacity(deliveries.len());
        for (base, head) in deliveries {
            for id in [base, head] {
                self.commit(id).await?;
            }
            ids.push((
                object_id(base.as_str())?.to_owned(),
                object_id(head.as_str())?.to_owned(),
            ));
        }
        reverse::reverse(&self.git, &self.site, &ids, object_id(onto.as_str())?).await
    }
}
