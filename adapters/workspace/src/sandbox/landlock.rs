//! Landlock: which files a command may reach, and that it may not signal others or use TCP.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};

use super::Kind;
use super::bwrap::{ETC, SYSTEM};
use super::spec::Spec;

/// The newest version whose rights are asked for; older kernels give what they have.
const WANTED: ABI = ABI::V6;

/// Devices every program may use; the terminal is none of them.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// What of `/proc` and `/sys` programs want to know and may, where it is the host's.
const FACTS: &[&str] = &[
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/vm/overcommit_memory",
    "/proc/uptime",
    "/proc/version",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",
];

/// Restricts this process for good.
pub(super) fn restrict(spec: &Spec) -> Result<(), String> {
    let all = AccessFs::from_all(WANTED);
    let read = AccessFs::from_read(WANTED);
    // Neither device nodes nor control of devices, also for root.
    let write = all & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    // Nor pipes and sockets among the files under work: whoever reads those afterwards - git, which
    // looks for `.gitignore` everywhere - would wait for ever.
    let files = write & !(AccessFs::MakeFifo | AccessFs::MakeSock);
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let inside = spec.kind == Kind::Bwrap;

    let mut readable: Vec<PathBuf> = SYSTEM.iter().chain(ETC).map(PathBuf::from).collect();
    readable.extend(spec.read_only.iter().cloned());
    // Under bubblewrap `/proc` shows the sandbox's own processes only.
    readable.extend(
        if inside { &["/proc"][..] } else { FACTS }
            .iter()
            .map(PathBuf::from),
    );
    let mut writable = vec![spec.scratch.clone()];
    if inside {
        writable.extend(["/tmp", "/dev/shm"].map(PathBuf::from));
    }

    let rules = |paths: Vec<PathBuf>, access: BitFlags<AccessFs>| path_beneath_rules(paths, access);
    let enforce = || {
        let mut ruleset = Ruleset::default()
            .handle_access(all)?
            .scope(Scope::from_all(WANTED))?;
        if !spec.loopback {
            ruleset = ruleset.handle_access(AccessNet::from_all(WANTED))?;
        }
        ruleset
            .create()?
            .add_rules(rules(readable.clone(), read))?
            .add_rules(rules(vec![spec.worktree.clone()], files))?
            .add_rules(rules(writable.clone(), write))?
            .add_rules(rules(
                DEVICES.iter().map(Path::new).map(Into::into).collect(),
                device,
            ))?
            .restrict_self()
    };
    let status = enforce().map_err(|e: landlock::RulesetError| format!("Landlock: {e}"))?;
    let LandlockStatus::Available { effective_abi, .. } = status.landlock else {
        return Err("the kernel has no Landlock, or it is switched off at boot".into());
    };
    if status.ruleset == RulesetStatus::NotEnforced || !status.no_new_privs {
        return Err("Landlock did not take hold".into());
    }
    // Before version 3 files outside could be truncated; bubblewrap's mounts prevent that as well.
    if !inside && effective_abi < ABI::V3 {
        return Err(format!(
            "Landlock is version {} here, and without bubblewrap 3 is needed (Linux 6.2)",
            effective_abi as i32
        ));
    }
    Ok(())
}
