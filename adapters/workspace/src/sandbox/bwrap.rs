//! The namespaces bubblewrap makes: an own file system view, network, processes, IPC and host name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::spec::Spec;

/// Folders of the system, shown read-only.
pub(super) const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
];

/// Files of `/etc` that programs need to start; the rest may hold secrets and is not there.
pub(super) const ETC: &[&str] = &[
    "/etc/alternatives",
    "/etc/crypto-policies",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
];

/// Bytes of shared memory in `/dev/shm`; it is not counted as memory of a process.
const SHARED: u64 = 256 << 20;

/// Returns the bubblewrap command up to and with `--`.
pub(super) fn command(program: &Path, spec: &Spec) -> Command {
    let mut command = Command::new(program);
    command.args([
        "--unshare-user",
        "--unshare-net",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--new-session",
        "--hostname",
        "sandbox",
        "--cap-drop",
        "ALL",
    ]);
    for folder in SYSTEM.iter().map(Path::new) {
        match std::fs::read_link(folder) {
            Ok(target) => three(&mut command, "--symlink", &target, folder),
            Err(_) => three(&mut command, "--ro-bind-try", folder, folder),
        }
    }
    for path in ETC.iter().map(Path::new) {
        three(&mut command, "--ro-bind-try", path, path);
    }
    command.args(["--proc", "/proc", "--dev", "/dev"]);
    command.args(["--size", &SHARED.to_string(), "--tmpfs", "/dev/shm"]);
    three(
        &mut command,
        "--bind",
        &spec.scratch.join("tmp"),
        Path::new("/tmp"),
    );
    let mut shown: Vec<&PathBuf> = spec.read_only.iter().collect();
    shown.sort();
    for path in shown {
        three(&mut command, "--ro-bind-try", path, path);
    }
    three(&mut command, "--ro-bind", &spec.helper, &spec.helper);
    for path in [&spec.worktree, &spec.scratch] {
        three(&mut command, "--bind", path, path);
    }
    command.arg("--chdir").arg(&spec.worktree).arg("--");
    command
}

/// Adds an option with two paths.
fn three(command: &mut Command, option: &str, from: &Path, to: &Path) {
    command.args([OsString::from(option), from.into(), to.into()]);
}
