//! seccomp: system calls that no build or test needs and that lead out.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

use super::Kind;
use super::spec::Spec;

/// Refused whatever the arguments.
const NEVER: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_adjtimex,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_kcmp,
    libc::SYS_kexec_file_load,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_nfsservctl,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_madvise,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// Refused as if the kernel did not know them: callers fall back to what can be judged here.
/// `clone3` hides its flags from the filter, io_uring everything it does.
const UNKNOWN: &[libc::c_long] = &[
    libc::SYS_clone3,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
];

/// Flags of `clone` that make a namespace, in which a process would be powerful again.
const NAMESPACES: libc::c_int = libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWUTS;

/// Marks calls of the x32 ABI, which are other numbers for the same things.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Restricts this process for good. Needs `no_new_privs`, which Landlock has set.
pub(super) fn restrict(spec: &Spec) -> Result<(), String> {
    for program in programs(spec).map_err(|e| format!("seccomp: {e}"))? {
        apply_filter(&program).map_err(|e| format!("seccomp: {e}"))?;
    }
    Ok(())
}

/// Builds the filters; a call that several of them refuse fails as the last one says.
fn programs(spec: &Spec) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in NEVER {
        refused.insert(*call, Vec::new());
    }
    refused.insert(libc::SYS_socket, sockets(spec)?);
    refused.insert(libc::SYS_socketpair, pairs()?);
    refused.insert(libc::SYS_clone, namespaces()?);
    // Typing into the terminal, should one be reachable after all.
    let request = condition(1, Op::MaskedEq(0xffff_ffff), libc::TIOCSTI)?;
    refused.insert(libc::SYS_ioctl, vec![SeccompRule::new(vec![request])?]);
    let unknown = UNKNOWN.iter().map(|call| (*call, Vec::new())).collect();
    Ok(vec![
        filter(unknown, SeccompAction::Errno(libc::ENOSYS.cast_unsigned()))?,
        filter(refused, SeccompAction::Errno(libc::EPERM.cast_unsigned()))?,
    ])
}

/// Which sockets are refused: rules that match mean no.
fn sockets(spec: &Spec) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let family = |family: i32| condition(0, Op::Ne, u64::from(family.cast_unsigned()));
    let allowed: &[i32] = match (spec.kind, spec.loopback) {
        // Alone, a path like /run/docker.sock could be connected to: Landlock does not see that.
        (Kind::Landlock | Kind::None, _) => return Ok(Vec::new()),
        (Kind::Bwrap, false) => &[libc::AF_UNIX],
        (Kind::Bwrap, true) => &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6],
    };
    let all = allowed
        .iter()
        .copied()
        .map(family)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(vec![SeccompRule::new(all)?])
}

/// Which pairs are refused: other families, and datagrams, which can be sent to any path.
fn pairs() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let foreign = condition(0, Op::Ne, u64::from(libc::AF_UNIX.cast_unsigned()))?;
    let datagram = condition(
        1,
        Op::MaskedEq(0xf),
        u64::from(libc::SOCK_DGRAM.cast_unsigned()),
    )?;
    Ok(vec![
        SeccompRule::new(vec![foreign])?,
        SeccompRule::new(vec![datagram])?,
    ])
}

/// One rule per namespace flag.
fn namespaces() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    (0..32)
        .map(|bit| 1_u64 << bit)
        .filter(|flag| u64::from(NAMESPACES.cast_unsigned()) & flag != 0)
        .map(|flag| SeccompRule::new(vec![condition(0, Op::MaskedEq(flag), flag)?]))
        .collect()
}

fn condition(
    argument: u8,
    op: Op,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, Len::Dword, op, value)
}

/// Builds one filter; on x86-64 for the x32 numbers too.
fn filter(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    action: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    #[cfg(target_arch = "x86_64")]
    let rules = {
        let mut rules = rules;
        let doubled: Vec<_> = rules
            .iter()
            .map(|(call, rules)| (call | X32, rules.clone()))
            .collect();
        rules.extend(doubled);
        // Numbers that x32 has for itself: ioctl, ptrace, process_vm_readv, process_vm_writev,
        // kexec_load.
        for call in [514, 521, 539, 540, 528] {
            rules.insert(X32 | call, Vec::new());
        }
        rules
    };
    SeccompFilter::new(rules, SeccompAction::Allow, action, arch)?.try_into()
}
