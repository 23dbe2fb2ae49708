//! The names of all settings, and what a name that is none of them was probably meant to be.

use crate::nearest::nearest;

/// Every setting; `*` stands for a name people choose, `**` for anything below.
pub(super) const KEYS: &[&str] = &[
    "project.id",
    "project.key_prefix",
    "repository.path",
    "repository.base",
    "repository.remote",
    "repository.follow",
    "repository.push_env",
    "tracker.kind",
    "tracker.url",
    "tracker.listen",
    "tracker.label",
    "tracker.github.owner",
    "tracker.github.repo",
    "tracker.github.graphql",
    "tracker.plane.workspace",
    "tracker.plane.project",
    "tracker.plane.requests_per_minute",
    "forge.kind",
    "forge.url",
    "forge.owner",
    "forge.repo",
    "forge.base",
    "forge.token_file",
    "forge.token_env",
    "forge.app_id",
    "forge.app_key_file",
    "forge.installation",
    "blobs.kind",
    "blobs.remote",
    "blobs.push_env",
    "tests.command",
    "tests.runner",
    "tests.format",
    "tests.report",
    "tests.prove",
    "tests.repeats",
    "tests.mutants",
    "tests.proving_time",
    "tests.proving_rounds",
    "tests.time",
    "tests.memory",
    "tests.output",
    "tests.processes",
    "worker.lease",
    "worker.concurrency",
    "worker.poll",
    "worker.backoff",
    "worker.backoff_cap",
    "worker.sweep",
    "worker.max_calls_per_action",
    "worker.max_calls_per_run",
    "worker.budget_usd",
    "worker.contract_patchsets",
    "worker.contract_bytes",
    "worker.allow_readable_operator_key",
    "verify.schedule",
    "commands.allow",
    "models.*.kind",
    "models.*.base_url",
    "models.*.model",
    "models.*.api_key_env",
    "models.*.api_key_file",
    "models.*.temperature",
    "models.*.max_output_tokens",
    "models.*.script",
    "models.*.extra_body.**",
    "models.*.max_attempts",
    "models.*.response_timeout",
    "personas.planner.model",
    "personas.planner.listen",
    "personas.planner.token_file",
    "personas.planner.token_env",
    "personas.planner.app_id",
    "personas.planner.app_key_file",
    "personas.planner.installation",
    "personas.coder.model",
    "personas.coder.listen",
    "personas.coder.token_file",
    "personas.coder.token_env",
    "personas.coder.app_id",
    "personas.coder.app_key_file",
    "personas.coder.installation",
    "personas.tester.model",
    "personas.tester.listen",
    "personas.tester.token_file",
    "personas.tester.token_env",
    "personas.tester.app_id",
    "personas.tester.app_key_file",
    "personas.tester.installation",
    "personas.reviewer.model",
    "personas.reviewer.listen",
    "personas.reviewer.token_file",
    "personas.reviewer.token_env",
    "personas.reviewer.app_id",
    "personas.reviewer.app_key_file",
    "personas.reviewer.installation",
    "webhooks.secret_env",
    "webhooks.secret_file",
    "prices.*.input",
    "prices.*.output",
    "prices.*.cache_read",
    "prices.*.cache_write",
    "sandbox.read_only",
    "sandbox.env",
    "sandbox.bwrap",
    "sandbox.loopback",
    "sandbox.keep_ignored",
    "sandbox.allow_unsandboxed",
    "lint.governed",
    "lint.exclude",
    "lint.neighbours",
    "lint.baseline",
    "lint.rules.unknown-item",
    "lint.rules.unknown-criterion",
    "lint.rules.other-items-criterion",
    "lint.rules.outdated-revision",
    "lint.rules.withdrawn-item",
    "lint.rules.ambiguous",
    "lint.rules.malformed",
    "lint.rules.not-decidable",
    "lint.rules.not-a-test",
    "lint.rules.unannotated-test",
    "lint.rules.criterion-without-test",
    "lint.rules.dead-test",
    "lint.rules.duplicate-test-name",
    "lint.rules.unparsed",
    "lint.rules.unreadable",
    "lint.rules.suppression-without-reason",
    "lint.rules.suppression-expired",
    "lint.rules.suppression-unused",
    "lint.rules.baseline-grown",
    "lint.rules.baseline-stale",
];

/// Settings that are lists of words: a variable gives them separated by spaces.
pub(super) const LISTS: &[&str] = &[
    "repository.push_env",
    "blobs.push_env",
    "tests.command",
    "sandbox.read_only",
    "sandbox.env",
    "lint.governed",
    "lint.exclude",
    "lint.neighbours",
];

/// What a path of names is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// A setting.
    Setting,
    /// A section that holds settings.
    Section,
    /// Anything may stand here and below.
    Free,
    /// Nothing; `near` is the name its last part was probably meant to be, `choices` what there is.
    Nothing {
        near: Option<&'static str>,
        choices: Vec<&'static str>,
    },
}

/// Tells what `path` is; only its last part may be wrong.
pub(super) fn known(path: &[&str]) -> Known {
    let Some((last, above)) = path.split_last() else {
        return Known::Section;
    };
    let mut choices: Vec<&'static str> = Vec::new();
    for key in KEYS {
        let parts: Vec<&'static str> = key.split('.').collect();
        let free = parts.iter().position(|part| *part == "**");
        let fits = |asked: &[&str]| {
            asked.len() <= parts.len()
                && asked
                    .iter()
                    .zip(&parts)
                    .all(|(name, part)| *part == "*" || part == name)
        };
        if free.is_some_and(|at| path.len() >= at && fits(&path[..at])) {
            return Known::Free;
        }
        if fits(path) {
            return if path.len() == parts.len() {
                Known::Setting
            } else {
                Known::Section
            };
        }
        if parts.len() >= path.len() && fits(above) {
            let choice = parts[above.len()];
            if !choices.contains(&choice) {
                choices.push(choice);
            }
        }
    }
    Known::Nothing {
        near: nearest(last, choices.iter().copied()),
        choices,
    }
}

/// Returns the setting whose name is nearest to a whole mistyped one, as in a variable's name.
pub(super) fn nearest_key(typed: &str) -> Option<&'static str> {
    nearest(typed, KEYS.iter().copied().filter(|key| !key.contains('*')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_sections_and_mistakes_are_told_apart() {
        assert_eq!(known(&["worker", "lease"]), Known::Setting);
        assert_eq!(known(&["worker"]), Known::Section);
        assert_eq!(known(&["models", "any name", "kind"]), Known::Setting);
        assert_eq!(known(&["models", "m"]), Known::Section);
        assert_eq!(known(&["models", "m", "extra_body", "a", "b"]), Known::Free);
        assert_eq!(known(&["models", "m", "extra_body"]), Known::Free);
        let near = |path: &[&str]| match known(path) {
            Known::Nothing { near, .. } => near,
            other => panic!("{path:?} is {other:?}"),
        };
        assert_eq!(near(&["worker", "leese"]), Some("lease"));
        assert_eq!(near(&["workers"]), Some("worker"));
        assert_eq!(near(&["models", "m", "bas_url"]), Some("base_url"));
        assert_eq!(near(&["worker", "lease", "x"]), None);
        assert_eq!(near(&["nothing-like-it"]), None);
        assert_eq!(nearest_key("worker.concurency"), Some("worker.concurrency"));
    }
}
