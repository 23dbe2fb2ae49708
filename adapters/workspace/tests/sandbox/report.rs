//! Further variables of a command, and the report it writes.

use std::fs;

use trail_port::workspace::{Command, Error, Limits};

use super::{common, text};

fn sh(script: &str, report: Option<&str>) -> Command {
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    Command {
        report: report.map(str::to_owned),
        ..Command::new(argv, Limits::default())
    }
}

#[tokio::test]
async fn further_variables_reach_the_command_and_its_environments_digest() {
    let lab = common::Lab::new();
    let (_workspace, tree) = lab.open("T-1").await;
    let mut command = sh("echo \"[$MORE][$CARGO_NET_OFFLINE]\"", None);
    let plain = tree.run(&command).await.unwrap();
    assert_eq!(text(&plain), "[][true]\n");
    command.env = vec![("MORE".to_owned(), "a b".to_owned())];
    let more = tree.run(&command).await.unwrap();
    assert_eq!(text(&more), "[a b][true]\n");
    assert_ne!(plain.environment, more.environment);
    for odd in ["", "A=B", "A\0B"] {
        command.env = vec![(odd.to_owned(), "x".to_owned())];
        assert!(matches!(tree.run(&command).await, Err(Error::Failed(_))));
    }
}

#[tokio::test]
async fn a_report_is_given_back_once_and_only_as_a_file_of_the_worktree() {
    let lab = common::Lab::new();
    let (_workspace, tree) = lab.open("T-1").await;
    let place = "target/report.xml";
    let root = lab.tree("T-1");
    fs::create_dir_all(root.join("target")).unwrap();
    fs::write(root.join(place), "of yesterday").unwrap();
    let secret = lab.path("secret");
    fs::write(&secret, "hunter2").unwrap();
    let link = format!("ln -s {} {place}", secret.display());
    for (script, wanted) in [
        ("true", None),
        ("echo news > target/report.xml", Some("news\n")),
        ("test ! -e target/report.xml", None),
        (link.as_str(), None),
        ("mkdir target/report.xml", None),
        ("rmdir target/report.xml; mkfifo target/report.xml", None),
        ("echo more > target/report.xml; kill -9 $$", Some("more\n")),
    ] {
        let ran = tree.run(&sh(script, Some(place))).await.unwrap();
        let report = ran.report.map(|own| String::from_utf8(own).unwrap());
        assert_eq!(report.as_deref(), wanted, "{script}");
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "hunter2");
    let mut command = sh("yes | head -c 1000 > target/report.xml", Some(place));
    command.limits.output = 10;
    let ran = tree.run(&command).await.unwrap();
    assert_eq!(ran.report.unwrap().len(), 10);
    for outside in ["../secret", "/etc/passwd", ".git/config"] {
        let refused = tree.run(&sh("true", Some(outside))).await;
        assert!(matches!(refused, Err(Error::Outside { .. })), "{outside}");
    }
}
