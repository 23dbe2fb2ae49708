//! The processes of a command, seen from outside through `/proc`.

use std::fs;

/// One process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) threads: u64,
    /// Resident memory that belongs to it or that it shares without a file, in bytes.
    pub(super) memory: u64,
}

/// Returns all descendants of this process, parents first.
///
/// Processes come and go meanwhile: a single look is a sample, and only repeated looks that find
/// nothing (with the kernel saying that no child is left) prove an end.
pub(super) fn descendants(limit: usize) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut open = children_of(std::process::id().cast_signed());
    while let Some(pid) = open.pop() {
        if found.len() >= limit {
            break;
        }
        let Some(process) = look(pid) else { continue };
        found.push(process);
        open.extend(children_of(pid));
    }
    found
}

/// Returns the children of a process, of all its threads.
fn children_of(pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(text) => out.extend(
                text.split_whitespace()
                    .filter_map(|pid| pid.parse::<i32>().ok()),
            ),
            // Kernels without CONFIG_PROC_CHILDREN: ask every process for its parent.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && thread.path().exists() => {
                return with_parent(pid);
            }
            Err(_) => {}
        }
    }
    out
}

/// Returns all processes whose parent is `wanted`.
fn with_parent(wanted: i32) -> Vec<i32> {
    let Ok(all) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    all.flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            field(&status, "PPid:") == Some(u64::from(wanted.unsigned_abs()))
        })
        .collect()
}

fn look(pid: i32) -> Option<Process> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kilobytes = |name| field(&status, name).unwrap_or(0);
    Some(Process {
        pid,
        threads: field(&status, "Threads:").unwrap_or(1),
        memory: (kilobytes("RssAnon:") + kilobytes("RssShmem:")) * 1024,
    })
}

/// Returns the first number of a line of `/proc/<pid>/status`.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grandchild_is_found_both_ways() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 20 & wait"])
            .spawn()
            .unwrap();
        let pid = child.id().cast_signed();
        let mut grandchildren = Vec::new();
        for _ in 0..200 {
            grandchildren = with_parent(pid);
            if !grandchildren.is_empty() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(children_of(pid), grandchildren);
        let found: Vec<i32> = descendants(1000)
            .iter()
            .map(|process| process.pid)
            .collect();
        assert!(
            found.contains(&pid) && found.contains(&grandchildren[0]),
            "{found:?}"
        );
        for pid in grandchildren {
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
        child.wait().unwrap();
    }
}
