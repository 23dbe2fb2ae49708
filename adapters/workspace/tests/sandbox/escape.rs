//! Programs that look for a way to files, processes and privileges outside.

use std::fs;
use std::time::Duration;

use trail_port::workspace::{Command, Limits};

use crate::common::{self, sandboxes};
use crate::{Lab, text};

#[tokio::test]
async fn files_outside_can_be_neither_read_nor_written_nor_linked_in() {
    let lab = Lab::new();
    let outside = lab.path("secret");
    let outside = outside.display();
    let other = lab.path("trees/other/secret");
    let other = other.display();
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".into());
    fs::write(lab.path("probe"), "x").unwrap();
    for sandbox in sandboxes().await {
        for script in [
            format!("cat {outside}"),
            format!("cat {other}"),
            format!("ls {home}/"),
            "ls /root/".into(),
            "ls /home/ && ls /home/*/".into(),
            "cat /etc/shadow".into(),
            "ls /var/lib/".into(),
            format!("echo x > {outside}"),
            format!("echo x > {}", lab.path("new").display()),
            format!("ln {outside} linked && cat linked"),
            format!("ln -s {outside} soft && cat soft"),
            format!("mv {outside} moved"),
            format!("rm {outside}"),
            format!("cd .. && touch x-{}", std::process::id()),
            "echo x > /usr/x".into(),
            "echo x > /etc/x".into(),
            "cat /proc/1/environ".into(),
            format!("cat /proc/{}/environ", std::process::id()),
            format!("cat /proc/{}/root{outside}", std::process::id()),
            "mknod disk b 254 0 && head -c 1 disk".into(),
            "mkfifo .gitignore".into(),
            "mkfifo $TMPDIR/p && mv $TMPDIR/p .gitignore && test -p .gitignore".into(),
            "mkfifo $TMPDIR/q && ln $TMPDIR/q .gitignore".into(),
            "mount -t tmpfs none /mnt".into(),
            "unshare -Ur true".into(),
            "echo x > /dev/tty".into(),
        ] {
            let ran = lab.sh(&sandbox, &script).await;
            let kind = sandbox.kind();
            assert_ne!(ran.exit, Some(0), "{kind:?}: {script}: {}", text(&ran));
            assert!(!text(&ran).contains("hunter2"), "{kind:?}: {script}");
            let _ = fs::remove_file(lab.path("trees/here/linked"));
            let _ = fs::remove_file(lab.path("trees/here/soft"));
        }
        assert_eq!(fs::read_to_string(lab.path("secret")).unwrap(), "hunter2");
        let ran = lab
            .sh(
                &sandbox,
                "echo a > f && cat f && echo b > $HOME/f && mktemp && : > /dev/null",
            )
            .await;
        assert_eq!(ran.exit, Some(0), "{}", text(&ran));
    }
}

#[tokio::test]
async fn nothing_of_the_workers_environment_or_open_files_is_visible() {
    let lab = Lab::new();
    // The test process itself holds a secret in its environment: cargo sets this one for it.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    // Open, inherited by every child: as from a careless parent.
    let secret = fs::File::open(lab.path("secret")).unwrap();
    rustix::io::fcntl_setfd(&secret, rustix::io::FdFlags::empty()).unwrap();
    for sandbox in sandboxes().await {
        let ran = lab.sh(&sandbox, "env; ls -l /proc/self/fd /dev/fd/ 2>&1; for i in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do (cat <&$i) 2>/dev/null; done; true").await;
        let said = text(&ran);
        assert!(
            !said.contains("CARGO_MANIFEST_DIR") && !said.contains("hunter2"),
            "{said}"
        );
        let names: Vec<_> = said
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name)
            .collect();
        for name in ["PATH", "HOME", "TMPDIR", "LANG"] {
            assert!(names.contains(&name), "{said}");
        }
    }
}

#[tokio::test]
async fn other_processes_can_be_neither_signalled_nor_traced() {
    let lab = Lab::new();
    let mut victim = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    for sandbox in sandboxes().await {
        let pid = victim.id();
        let ran = lab.sh(&sandbox, &format!("kill -KILL {pid}")).await;
        assert_ne!(ran.exit, Some(0), "{:?}", sandbox.kind());
        // All there are: only those of the command itself may be hit.
        lab.sh(&sandbox, "kill -KILL -1").await;
        assert!(victim.try_wait().unwrap().is_none(), "{:?}", sandbox.kind());
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
}

#[tokio::test]
async fn limits_cannot_be_raised_and_no_privilege_is_left() {
    let lab = Lab::new();
    for sandbox in sandboxes().await {
        let ran = lab
            .sh(&sandbox, "ulimit -d unlimited; ulimit -c; ulimit -Hc")
            .await;
        let said = text(&ran);
        assert!(!said.ends_with("unlimited\n"), "{said}");
        let ran = lab.sh(&sandbox, "ulimit -c unlimited && echo raised").await;
        assert!(!text(&ran).contains("raised"));
        // Root's power over permissions is gone, even over its own files' owners.
        let ran = lab
            .sh(&sandbox, "touch mine && chown 12345 mine && echo changed")
            .await;
        assert!(!text(&ran).contains("changed"), "{}", text(&ran));
    }
}

#[tokio::test]
async fn what_a_command_does_to_tracked_files_and_to_git_is_undone() {
    use trail_port::workspace::Workspace;
    let lab = common::Lab::new();
    let (workspace, mut tree) = lab.open("T-1").await;
    tree.apply(&[common::change("kept", None, Some("applied, not committed"))])
        .await
        .unwrap();
    let script = "echo x > src/main.rs; rm run.sh; mkdir -p target; echo b > target/out; echo n > new; \
        rm -rf kept; rm -f .git; mkdir .git; printf '[core]\\nfsmonitor = touch /tmp/pwned\\n' > .git/config; \
        ln -s /etc src/etc; mkdir deep; chmod 500 deep; true";
    let limits = Limits {
        time: Duration::from_secs(20),
        ..Limits::default()
    };
    let command = Command::new(["sh", "-c", script].map(str::to_owned).to_vec(), limits);
    let ran = tree.run(&command).await.unwrap();
    assert_eq!(ran.exit, Some(0), "{}", text(&ran));
    let root = lab.tree("T-1");
    let mut left: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(
        left,
        [".git", ".gitignore", "kept", "run.sh", "src", "target"]
    );
    assert_eq!(
        fs::read_to_string(root.join("src/main.rs")).unwrap(),
        "fn main() {}\n"
    );
    assert_eq!(
        fs::read_to_string(root.join("kept")).unwrap(),
        "applied, not committed"
    );
    assert!(fs::symlink_metadata(root.join("src/etc")).is_err());
    assert!(fs::symlink_metadata(root.join(".git")).unwrap().is_file());
    let (head, _) = tree
        .commit(
            trail_record::Persona::Coder,
            "m",
            trail_record::Moment::default(),
        )
        .await
        .unwrap();
    let base = workspace.base().await.unwrap();
    assert_eq!(workspace.changed(&base, &head).await.unwrap(), ["kept"]);
    // Neither the repository nor the stage is within reach of a command.
    let git = lab.repo().join(".git");
    let reach = format!(
        "ls {} || ls {}",
        git.display(),
        lab.path("root/stage").display()
    );
    let argv = ["sh", "-c", reach.as_str()].map(str::to_owned).to_vec();
    let ran = tree
        .run(&Command::new(argv, Limits::default()))
        .await
        .unwrap();
    assert_ne!(ran.exit, Some(0), "{}", text(&ran));
}
