//! A repository that wants to run programs gets none to run.
#![allow(
    clippy::unwrap_used,
    reason = "a test may end where its own set-up fails"
)]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::{Lab, change, git_in};
use trail_port::workspace::{Error, Workspace};
use trail_record::{Moment, Persona, RunId};
use trail_workspace::GitWorkspace;

/// Makes a program that leaves a trace when it is run.
fn trap(lab: &Lab, name: &str) -> String {
    let path = lab.path("traps").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let trace = lab.path("sprung").join(name);
    fs::create_dir_all(trace.parent().unwrap()).unwrap();
    fs::write(
        &path,
        format!("#!/bin/sh\ntouch {}\ncat\n", trace.display()),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn sprung(lab: &Lab) -> Vec<String> {
    let Ok(entries) = fs::read_dir(lab.path("sprung")) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn arm(lab: &Lab) {
    let hooks = [
        "post-checkout",
        "pre-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-commit",
        "pre-push",
        "reference-transaction",
        "post-index-change",
        "post-rewrite",
        "pre-auto-gc",
        "fsmonitor-watchman",
    ];
    for hook in hooks {
        let program = trap(lab, &format!("hook-{hook}"));
        fs::copy(&program, lab.repo().join(".git/hooks").join(hook)).unwrap();
    }
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.editor",
        "core.pager",
        "core.askPass",
        "diff.external",
        "gpg.program",
        "credential.helper",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.long.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "merge.evil.driver",
        "remote.origin.receivepack",
        "uploadpack.packObjectsHook",
        "core.alternateRefsCommand",
    ] {
        lab.git(&["config", key, &trap(lab, key)]);
    }
    lab.git(&["config", "filter.evil.required", "true"]);
    lab.git(&["config", "filter.long.required", "true"]);
    lab.git(&["config", "commit.gpgSign", "true"]);
    lab.git(&[
        "config",
        "core.hooksPath",
        lab.repo().join(".git/hooks").to_str().unwrap(),
    ]);
    let attributes = "* filter=evil diff=evil merge=evil\n*.long filter=long\n";
    fs::write(lab.repo().join(".git/info/attributes"), attributes).unwrap();
}

#[tokio::test]
async fn no_hook_filter_or_configured_program_runs_in_a_whole_session() {
    let lab = Lab::new();
    lab.write(
        ".gitattributes",
        "* filter=evil diff=evil text eol=crlf ident\n*.long filter=long\n",
    );
    lab.write("a.long", "$Id$ long\n");
    lab.git(&["add", "."]);
    lab.git(&["commit", "-qm", "attributes"]);
    git_in(&lab.path(""), &["init", "-q", "--bare", "remote.git"]);
    lab.git(&[
        "remote",
        "add",
        "origin",
        lab.path("remote.git").to_str().unwrap(),
    ]);
    arm(&lab);
    lab.write("src/main.rs", "dirty");

    let mut settings = lab.settings();
    settings.remote = Some("origin".into());
    let workspace = GitWorkspace::open(settings).await.unwrap();
    let base = workspace.base().await.unwrap();
    let mut tree = workspace.open(&RunId::new("H-1"), &base).await.unwrap();
    // The files are the blobs' bytes, unfiltered and with their own line ends.
    assert_eq!(tree.read("a.long").await.unwrap().unwrap(), b"$Id$ long\n");
    assert_eq!(
        tree.read("run.sh").await.unwrap().unwrap(),
        b"#!/bin/sh\necho hello\n"
    );
    tree.apply(&[change("b.long", None, Some("$Id$ b\n"))])
        .await
        .unwrap();
    let (head, _) = tree
        .commit(Persona::Coder, "m", Moment::default())
        .await
        .unwrap();
    assert!(
        workspace
            .diff(&base, &head)
            .await
            .unwrap()
            .contains("+$Id$ b")
    );
    workspace.changed(&base, &head).await.unwrap();
    workspace.publish("t/h", &head, None).await.unwrap();
    workspace.open(&RunId::new("H-1"), &head).await.unwrap();
    workspace.close(&RunId::new("H-1")).await.unwrap();
    assert_eq!(sprung(&lab), Vec::<String>::new());
    // The traps are real: git as the user runs it springs some of them.
    lab.write("src/main.rs", "more");
    let mut user = std::process::Command::new("git");
    user.current_dir(lab.repo())
        .args(["add", "src/main.rs"])
        .output()
        .unwrap();
    assert!(!sprung(&lab).is_empty());
}

#[tokio::test]
async fn settings_that_cannot_be_switched_off_are_refused() {
    let lab = Lab::new();
    lab.git(&["remote", "add", "origin", "x"]);
    lab.git(&["config", "filter.a=b.smudge", "touch x"]);
    let error = GitWorkspace::open(lab.settings()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Repository(text) if text.contains("a=b")),
        "{error}"
    );
    lab.git(&["config", "--remove-section", "filter.a=b"]);
    let attributes = lab.repo().join(".git/info/attributes");
    fs::create_dir_all(attributes.parent().unwrap()).unwrap();
    fs::write(&attributes, "* text=auto eol=crlf\n").unwrap();
    let error = GitWorkspace::open(lab.settings()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Repository(text) if text.contains("text=auto")),
        "{error}"
    );
    fs::remove_file(&attributes).unwrap();
    lab.git(&["config", "remote.origin.vcs", "ext"]);
    let mut settings = lab.settings();
    settings.remote = Some("origin".into());
    let error = GitWorkspace::open(settings).await.unwrap_err();
    assert!(
        matches!(&error, Error::Repository(text) if text.contains("vcs")),
        "{error}"
    );
}

#[tokio::test]
async fn a_remote_that_is_a_program_is_not_run() {
    let lab = Lab::new();
    let program = trap(&lab, "ext");
    lab.git(&["config", "protocol.ext.allow", "always"]);
    lab.git(&["remote", "add", "origin", &format!("ext::{program} x")]);
    let mut settings = lab.settings();
    settings.remote = Some("origin".into());
    let workspace = GitWorkspace::open(settings).await.unwrap();
    let base = workspace.base().await.unwrap();
    let error = workspace.publish("x", &base, None).await.unwrap_err();
    assert!(error.to_string().contains("not allowed"), "{error}");
    assert_eq!(sprung(&lab), Vec::<String>::new());
}
