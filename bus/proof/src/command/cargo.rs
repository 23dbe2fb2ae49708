//! `cargo test`, so that stable libtest tells JSON.
//!
//! libtest writes JSON only for nightly toolchains, or where `RUSTC_BOOTSTRAP` is set. Set for
//! cargo it would build everything anew and let code use unstable features. So it is set for the
//! test binaries alone: cargo starts them through a target runner given on the command line, which
//! changes no fingerprint and nothing that is built. The runner also says which binary it starts and
//! how that ended.
//!
//! - Binaries that do not hold libtest's words (`harness = false`) are started as they are, and
//!   judged by their exit code.
//! - Doctests come through the same runner; rustdoc reads what they print, so they are started as
//!   they are, and told by rustdoc in libtest's lines.
//! - A runner in the repository's own configuration for its very target (`target.<triple>.runner`)
//!   goes before this one; then no binary tells JSON, which is a problem told.

/// What cargo starts each test binary by.
const RUNNER: &str = r#"case "$1" in */rustdoctest*) exec "$@";; esac
printf '\n{"trail":"begin","executable":"%s"}\n' "$1"
if grep -qa unstable-options "$1"; then RUSTC_BOOTSTRAP=1 "$@" -Z unstable-options --format json
else "$@"; fi
code=$?
printf '\n{"trail":"end","executable":"%s","exit":%s}\n' "$1" "$code"
exit "$code""#;

/// Returns the command with what makes it tell.
pub(super) fn argv(typed: &[String]) -> Vec<String> {
    let mut argv = typed.to_vec();
    let words = ["sh", "-c", RUNNER, "trail"];
    let runner: Vec<String> = words.iter().map(|word| toml_string(word)).collect();
    let runner = format!("target.'cfg(all())'.runner=[{}]", runner.join(","));
    let given = |flag: &str| typed.iter().any(|own| own == flag);
    let mut options = vec!["--config".to_owned(), runner];
    options.push("--message-format=json".to_owned());
    if !given("--no-fail-fast") && !given("--no-run") {
        options.push("--no-fail-fast".to_owned());
    }
    super::add(
        &mut argv,
        &options.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    argv
}

/// Returns the variables that keep the report readable.
pub(super) fn env() -> Vec<(String, String)> {
    let set = [("CARGO_TERM_COLOR", "never"), ("RUST_BACKTRACE", "0")];
    set.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// Writes a text as a TOML basic string on one line.
fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
