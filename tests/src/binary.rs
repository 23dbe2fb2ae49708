//! The built `trail` binary, for tests that run it as a process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns the binary of the profile the tests were built in, built anew if it is out of date.
///
/// # Panics
/// If it cannot be built: then the test cannot run.
#[must_use]
pub fn trail() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let own = std::env::current_exe().expect("a running program has a path");
        let folder = own
            .parent()
            .and_then(Path::parent)
            .expect("test executables lie two folders deep");
        // A test run of this package alone does not build the binary, or leaves an old one.
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "trail", "--bin", "trail"]);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        // What cargo tells of this test's own package is none of that build's: the build script of
        // ring looks at it, and all above TLS would be compiled anew, back and forth.
        let own = std::env::vars_os().map(|(name, _)| name);
        for name in own.filter(|name| tells_of_package(&name.to_string_lossy())) {
            build.env_remove(name);
        }
        let built = build.current_dir(workspace()).status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "trail is not built"
        );
        folder.join("trail")
    })
}

/// Tells whether cargo sets a variable for the package that it runs a test of.
fn tells_of_package(name: &str) -> bool {
    let exact = [
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    exact.contains(&name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_")
}

/// Returns the workspace's root.
///
/// # Panics
/// Never: this package lies in the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lies in the workspace")
}
