//! The baseline's options, and what they do to a report.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use trail_lint::{Baseline, Date, Report, baseline};

use super::Place;
use super::sources::Sources;
use crate::output::usage;

/// What is done with accepted findings.
#[derive(Debug, clap::Args)]
// Groups are named by their types, and one is named so already.
#[group(id = "baseline_arguments")]
pub(super) struct Args {
    /// The baseline of accepted findings; by default trail-lint-baseline.json in the repository.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// The baseline as it was before, such as that of the main branch: what came in since is told.
    #[arg(long, value_name = "FILE")]
    baseline_before: Option<PathBuf>,
    /// Fail if the baseline holds findings that are gone.
    #[arg(long)]
    strict_baseline: bool,
    /// Take out of the baseline what is gone; nothing comes in.
    #[arg(long)]
    pub(super) update_baseline: bool,
    /// Take all findings that count into the baseline, with this reason.
    #[arg(long, value_name = "REASON")]
    pub(super) accept: Option<String>,
}

impl Args {
    /// Applies the baseline, after changing it if that was asked for.
    pub(super) fn apply(
        &self,
        place: &Place,
        sources: &Sources,
        report: &mut Report,
        today: Date,
    ) -> anyhow::Result<()> {
        let (file, shown) = match &self.baseline {
            Some(file) => (file.clone(), file.display().to_string()),
            None => {
                let own = &place.settings.baseline;
                (place.root.join(own), own.display().to_string())
            }
        };
        let read = load(&file)?;
        if read.is_none() && self.baseline.is_some() && self.accept.is_none() {
            return Err(usage(
                format!("{}: there is no such file", file.display()),
                "name the baseline, or make one with --accept REASON",
            ));
        }
        if read.is_none() && self.accept.is_none() {
            return Ok(());
        }
        let mut own = read.unwrap_or_default();
        let before = match &self.baseline_before {
            Some(file) => Some(load(file)?.unwrap_or_default()),
            None => None,
        };
        let seen = sources.seen();
        let mut changed = false;
        if self.update_baseline {
            changed = own.shrink(report, seen.as_ref()) > 0;
        }
        let how = baseline::Apply {
            settings: &place.settings,
            path: &shown,
            before: before.as_ref(),
            strict: self.strict_baseline,
            seen: seen.as_ref(),
        };
        own.apply(report, &how);
        if let Some(reason) = &self.accept {
            if !reason.chars().any(char::is_alphanumeric) {
                return Err(usage(
                    "a finding is accepted for a reason",
                    "write it: --accept \"imported before Trail, see VSME-7\"",
                ));
            }
            changed |= own.accept(report, reason, today) > 0;
        }
        if changed {
            std::fs::write(&file, own.to_json()).map_err(|error| {
                usage(
                    format!("{}: {error}", file.display()),
                    "name a baseline that can be written",
                )
            })?;
        }
        Ok(())
    }
}

fn load(file: &Path) -> anyhow::Result<Option<Baseline>> {
    let wrong = |problem: String| {
        usage(
            format!("{}: {problem}", file.display()),
            "mend it, or take it from the history of the repository",
        )
    };
    match std::fs::read(file) {
        Ok(bytes) => Baseline::from_json(&bytes)
            .map(Some)
            .map_err(|error| wrong(error.to_string())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(error.to_string())),
    }
}
