//! What there is: accounts, repositories, issues, comments, and what became of them.

mod keep;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::seed::{App, Permissions, Role, TokenKind};

/// Everything there is. It is cheap enough to copy, which is how lists lag.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// The address of the API, without a slash at its end.
    pub(crate) base: String,
    pub(crate) users: BTreeMap<u64, User>,
    pub(crate) tokens: BTreeMap<String, Token>,
    pub(crate) apps: BTreeMap<u64, Installed>,
    pub(crate) repos: BTreeMap<u64, Repo>,
    pub(crate) relations: bool,
    pub(crate) permission_needs_push: bool,
    last_id: u64,
}

/// An account.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) created: i64,
}

/// What a token opens.
#[derive(Debug, Clone)]
pub(crate) enum Token {
    User(u64, TokenKind),
    Installation {
        app: u64,
        permissions: Permissions,
        expires: i64,
    },
}

/// An App with its bot's account.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    pub(crate) app: App,
    pub(crate) bot: u64,
    pub(crate) suspended: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Repo {
    pub(crate) id: u64,
    pub(crate) owner: u64,
    pub(crate) name: String,
    /// Names it had before.
    pub(crate) former: Vec<String>,
    pub(crate) private: bool,
    pub(crate) archived: bool,
    pub(crate) has_issues: bool,
    pub(crate) roles: BTreeMap<u64, Role>,
    /// Its labels, by name in lower case.
    pub(crate) labels: BTreeMap<String, Label>,
    pub(crate) issues: BTreeMap<u64, Issue>,
    pub(crate) gone: BTreeMap<u64, Gone>,
    pub(crate) branches: BTreeMap<String, String>,
    pub(crate) bare: Option<PathBuf>,
    pub(crate) created: i64,
    last_number: u64,
}

/// What became of an issue that is no longer there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gone {
    Deleted,
    Moved { repo: u64, number: u64 },
}

#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: Option<String>,
}

/// An issue, or a pull request, which is one too.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) text: Text,
    /// The ids of its labels.
    pub(crate) labels: Vec<u64>,
    pub(crate) open: bool,
    pub(crate) reason: Option<&'static str>,
    pub(crate) closed: Option<(i64, u64)>,
    /// Whether it is locked, and why.
    pub(crate) locked: Option<Option<String>>,
    pub(crate) updated: i64,
    pub(crate) comments: BTreeMap<u64, Comment>,
    pub(crate) events: Vec<Event>,
    pub(crate) pull: Option<Pull>,
    pub(crate) parent: Option<u64>,
    pub(crate) blocked_by: Vec<u64>,
    pub(crate) kind: Option<String>,
}

/// A body with who wrote it and who edited it.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) author: u64,
    pub(crate) app: Option<u64>,
    pub(crate) body: String,
    pub(crate) created: i64,
    /// The edits, oldest first; the first of them is what was written, once there is another.
    pub(crate) edits: Vec<Edit>,
}

/// An edit of a body.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) id: u64,
    pub(crate) editor: u64,
    pub(crate) at: i64,
    /// What the body was after it.
    pub(crate) body: String,
    /// Who erased what it said, and when: that there was an edit, and whose, stays.
    pub(crate) erased: Option<(u64, i64)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) text: Text,
    pub(crate) updated: i64,
}

/// Something that happened to an issue.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) actor: u64,
    pub(crate) app: Option<u64>,
    pub(crate) at: i64,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Labeled {
        name: String,
        color: String,
    },
    Unlabeled {
        name: String,
        color: String,
    },
    Closed {
        reason: &'static str,
    },
    Reopened,
    Renamed {
        from: String,
        to: String,
    },
    Locked,
    Unlocked,
    /// The author follows; noise that every timeline has.
    Subscribed,
    /// Shown by GraphQL only.
    CommentDeleted {
        author: u64,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) head: String,
    pub(crate) head_sha: String,
    pub(crate) base: String,
    pub(crate) base_sha: String,
    pub(crate) draft: bool,
    pub(crate) merged: Option<i64>,
}

impl Text {
    pub(crate) const fn new(author: u64, app: Option<u64>, body: String, created: i64) -> Self {
        Self {
            author,
            app,
            body,
            created,
            edits: Vec::new(),
        }
    }

    /// Sets the body, and remembers who did and what was there before.
    pub(crate) fn edit(&mut self, ids: [u64; 2], editor: u64, body: String, at: i64) {
        if self.edits.is_empty() {
            self.edits.push(Edit {
                id: ids[0],
                editor: self.author,
                at: self.created,
                body: self.body.clone(),
                erased: None,
            });
        }
        self.body.clone_from(&body);
        self.edits.push(Edit {
            id: ids[1],
            editor,
            at,
            body,
            erased: None,
        });
    }
}

impl Issue {
    /// Makes an open issue without labels.
    pub(crate) const fn new(id: u64, number: u64, title: String, text: Text) -> Self {
        Self {
            id,
            number,
            title,
            updated: text.created,
            text,
            labels: Vec::new(),
            open: true,
            reason: None,
            closed: None,
            locked: None,
            comments: BTreeMap::new(),
            events: Vec::new(),
            pull: None,
            parent: None,
            blocked_by: Vec::new(),
            kind: None,
        }
    }
}

impl Repo {
    /// Returns the next number, which issues and pull requests share.
    pub(crate) const fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn label(&self, id: u64) -> Option<&Label> {
        self.labels.values().find(|label| label.id == id)
    }

    /// Returns the commit a branch stands at.
    pub(crate) fn branch(&self, name: &str) -> Option<String> {
        let seeded = self.branches.get(name).cloned();
        seeded.or_else(|| {
            let asked = std::process::Command::new("git")
                .arg("--git-dir")
                .arg(self.bare.as_ref()?)
                .args(["rev-parse", "--verify", "--quiet", "--end-of-options"])
                .arg(format!("refs/heads/{name}^{{commit}}"))
                .output()
                .ok()?;
            let sha = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
            (asked.status.success() && !sha.is_empty()).then_some(sha)
        })
    }
}
