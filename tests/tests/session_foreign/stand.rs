//! The two stand-ins as people have them: filing, commenting, tampering, and what was asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use trail_fake_github::{Account, Conditional, GitHubFake, Kind, Limits, Role, Seed};
use trail_fake_plane::{PlaneFake, Role as Member, Seed as PlaneSeed, Timing};

use crate::emulate::Emulate;
use crate::html;

/// Who approves, and owns the tracker.
pub(crate) const KLARA: &str = "klara";
/// A member whom nobody made an approver.
pub(crate) const SOMEBODY: &str = "somebody";
/// Who has no say: an outsider on GitHub, a guest on Plane.
pub(crate) const STRANGER: &str = "stranger";
/// A member who is named almost as the approver.
pub(crate) const LOOKALIKE: &str = "k1ara";

/// Returns the login of a persona's account.
pub(crate) fn login(persona: &str) -> String {
    format!("t-{persona}")
}

/// A stand-in.
#[derive(Debug, Clone)]
pub(crate) enum Stand {
    /// GitHub's.
    GitHub(GitHubFake),
    /// Plane's.
    Plane(PlaneFake),
    /// GitHub's that others wrote: what a session needs, and nothing of what is tampered with.
    Emulate(Arc<Emulate>),
}

/// Which tracker a session is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// GitHub Issues.
    GitHub,
    /// Plane.
    Plane,
}

/// Says what emulate is not asked for.
fn unasked() -> ! {
    unreachable!("nothing is tampered with or counted on emulate")
}

/// A comment as it stands at the tracker.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    /// Its id there.
    pub(crate) id: String,
    /// The login of whoever posted it.
    pub(crate) author: String,
    /// Its Markdown or HTML.
    pub(crate) text: String,
}

impl Stand {
    /// Starts the stand-in with the personas' accounts, an approver and others; on GitHub the
    /// branches are those of a bare repository.
    pub(crate) async fn start(which: Which, prefix: &str, bare: &Path) -> Self {
        let personas = ["planner", "coder", "tester", "reviewer"].map(login);
        match which {
            Which::GitHub => {
                let personas = personas.iter().map(|own| Account::new(own, Role::Write));
                let others = [
                    Account::new(KLARA, Role::Admin),
                    Account::new(SOMEBODY, Role::Write),
                    Account::new(LOOKALIKE, Role::Write),
                    Account::new(STRANGER, Role::None),
                ];
                let mut seed = Seed::with(personas.chain(others));
                seed.bare = Some(bare.to_owned());
                // What the budgets do is tried elsewhere.
                seed.limits = Limits::NONE;
                Self::GitHub(GitHubFake::start(seed).await)
            }
            Which::Plane => {
                let mut seed = PlaneSeed::new().per_minute(6_000).timing(Timing::quick());
                prefix.clone_into(&mut seed.identifier);
                for own in &personas {
                    seed = seed.account(own, Member::Member);
                }
                let seed = seed
                    .account(KLARA, Member::Admin)
                    .account(SOMEBODY, Member::Member)
                    .account(LOOKALIKE, Member::Member)
                    .account(STRANGER, Member::Guest);
                Self::Plane(PlaneFake::start(seed).await)
            }
        }
    }

    /// Returns which tracker this is.
    pub(crate) const fn which(&self) -> Which {
        match self {
            Self::GitHub(_) | Self::Emulate(_) => Which::GitHub,
            Self::Plane(_) => Which::Plane,
        }
    }

    /// Returns the name of the tracker, as configuration and reports write it.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::GitHub(_) | Self::Emulate(_) => "github",
            Self::Plane(_) => "plane",
        }
    }

    /// Returns the repository on GitHub.
    pub(crate) const fn repository(&self) -> &'static str {
        match self {
            Self::Emulate(_) => "klara/widgets",
            Self::GitHub(_) | Self::Plane(_) => "acme/widgets",
        }
    }

    /// Tells whether the tracker proves who wrote an item's text.
    pub(crate) const fn proves_authors(&self) -> bool {
        matches!(self, Self::GitHub(_))
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::GitHub(fake) => fake.url(),
            Self::Plane(fake) => fake.url(),
            Self::Emulate(own) => &own.url,
        }
    }

    /// Returns the token of an account.
    pub(crate) fn token(&self, login: &str) -> String {
        match self {
            Self::GitHub(_) | Self::Emulate(_) => format!("ghp_{login}"),
            Self::Plane(fake) => fake.key(login),
        }
    }

    /// Returns the id of an account, as trust documents have it.
    pub(crate) fn user_id(&self, login: &str) -> String {
        match self {
            Self::GitHub(fake) => fake.user_id(login).to_string(),
            Self::Plane(fake) => fake.user(login),
            Self::Emulate(own) => own.user_id(login),
        }
    }

    /// Files an item as somebody does on the web, with Trail's label; returns where it is found.
    pub(crate) fn file(&self, who: &str, title: &str, body: &str) -> String {
        match self {
            Self::GitHub(fake) => {
                let number = fake.ui(who).file(title, body, &["trail"]).unwrap();
                number.to_string()
            }
            Self::Plane(fake) => {
                let web = fake.web(who);
                let id = web.create_item(title, &html::of_markdown(body)).unwrap();
                web.label(&id, "trail").unwrap();
                id
            }
            Self::Emulate(own) => own.file(who, title, body),
        }
    }

    /// Comments as somebody does on the web; returns the comment's id.
    pub(crate) fn say(&self, who: &str, item: &str, text: &str) -> String {
        match self {
            Self::GitHub(fake) => {
                let id = fake.ui(who).comment(number(item), text).unwrap();
                id.to_string()
            }
            Self::Plane(fake) => fake.web(who).say(item, text).unwrap(),
            Self::Emulate(own) => own.say(who, item, text),
        }
    }

    /// Edits a comment on the web, as its author or as an admin may.
    pub(crate) fn edit(&self, who: &str, item: &str, comment: &str, text: &str) {
        match self {
            Self::GitHub(fake) => fake.ui(who).edit_comment(number(comment), text).unwrap(),
            Self::Plane(fake) => {
                let html = format!(
                    "<p class=\"editor-paragraph-block\">{}</p>",
                    html::escape(text)
                );
                fake.web(who).edit_comment(item, comment, &html).unwrap();
            }
            Self::Emulate(_) => unasked(),
        }
    }

    /// Deletes a comment on the web.
    pub(crate) fn delete(&self, who: &str, item: &str, comment: &str) {
        match self {
            Self::GitHub(fake) => fake.ui(who).delete_comment(number(comment)).unwrap(),
            Self::Plane(fake) => fake.web(who).delete_comment(item, comment).unwrap(),
            Self::Emulate(_) => unasked(),
        }
    }

    /// Returns an item's comments, oldest first.
    pub(crate) fn comments(&self, item: &str) -> Vec<Posted> {
        match self {
            Self::GitHub(fake) => {
                let all = fake.comments_of(number(item)).into_iter();
                all.map(|(id, author, text)| Posted {
                    id: id.to_string(),
                    author,
                    text,
                })
                .collect()
            }
            Self::Plane(fake) => {
                let mut all = fake.comments(item);
                all.sort_by_key(|row| row.created_at);
                let posted = all.into_iter().map(|row| Posted {
                    author: self.login_of(&row.actor),
                    id: row.id,
                    text: row.html,
                });
                posted.collect()
            }
            Self::Emulate(own) => own.comments(item),
        }
    }

    fn login_of(&self, id: &str) -> String {
        let personas = ["planner", "coder", "tester", "reviewer"].map(login);
        let others = [KLARA, SOMEBODY, LOOKALIKE, STRANGER].map(str::to_owned);
        let mut all = personas.into_iter().chain(others);
        all.find(|login| self.user_id(login) == id).unwrap()
    }

    /// Forgets what was asked so far.
    pub(crate) fn forget(&self) {
        match self {
            Self::GitHub(fake) => fake.forget(),
            Self::Plane(fake) => fake.forget_requests(),
            Self::Emulate(_) => unasked(),
        }
    }

    /// Counts what was asked so far: by account, then by kind.
    pub(crate) fn asked(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        let pairs: Vec<(Option<String>, String)> = match self {
            Self::GitHub(fake) => {
                let all = fake.requests().into_iter();
                all.map(|own| {
                    let kind = match (own.kind, own.conditional) {
                        (Kind::Read, Conditional::Hit) => "not modified",
                        (Kind::Read, _) => "read",
                        (Kind::Write, _) => "write",
                        (Kind::Graphql, _) => "graphql",
                        (Kind::App, _) => "app",
                    };
                    (own.account, kind.to_owned())
                })
                .collect()
            }
            Self::Plane(fake) => {
                let all = fake.requests().into_iter();
                all.map(|own| (own.account, format!("{} {}", own.method, own.route)))
                    .collect()
            }
            Self::Emulate(_) => unasked(),
        };
        let mut counted: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for (account, kind) in pairs {
            let account = account.unwrap_or_else(|| "nobody".to_owned());
            *counted.entry(account).or_default().entry(kind).or_default() += 1;
        }
        counted
    }

    /// Returns how many requests were refused because there were too many.
    pub(crate) fn limited(&self) -> usize {
        match self {
            Self::GitHub(fake) => {
                let all = fake.requests();
                all.iter().filter(|own| own.status == Some(429)).count()
            }
            Self::Plane(fake) => {
                let all = fake.requests();
                all.iter().filter(|own| own.status == Some(429)).count()
            }
            Self::Emulate(_) => unasked(),
        }
    }
}

/// Reads an issue's number or a comment's id.
pub(crate) fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

impl Stand {
    /// Changes a comment and leaves all that stood there, as Klara may.
    pub(crate) fn add_to(&self, item: &str, comment: &Posted) {
        let text = &comment.text;
        match self {
            Self::GitHub(fake) => {
                let text = format!("{text}\n\nAnd more.");
                let ui = fake.ui(KLARA);
                ui.edit_comment(number(&comment.id), &text).unwrap();
            }
            Self::Plane(fake) => {
                let html = format!("{text}<p>And more.</p>");
                let web = fake.web(KLARA);
                web.edit_comment(item, &comment.id, &html).unwrap();
            }
            Self::Emulate(_) => unasked(),
        }
    }

    /// Comments by the API, as whoever holds a token can; on Plane with fields that people cannot
    /// set in the browser. Returns the comment's id.
    pub(crate) async fn post(&self, who: &str, item: &str, text: &str, more: &Value) -> String {
        let client = reqwest::Client::builder().user_agent("trail-tests");
        let client = client.build().unwrap();
        let (request, mut body) = match self {
            Self::GitHub(fake) => {
                let path = format!("repos/acme/widgets/issues/{item}/comments");
                let request = client.post(format!("{}/{path}", fake.url()));
                (request.bearer_auth(self.token(who)), json!({"body": text}))
            }
            Self::Plane(fake) => {
                let path = format!(
                    "api/v1/workspaces/acme/projects/{}/work-items/{item}/comments/",
                    fake.project()
                );
                let request = client.post(format!("{}/{path}", fake.url()));
                let body = json!({ "comment_html": text });
                (request.header("X-API-Key", self.token(who)), body)
            }
            Self::Emulate(_) => unasked(),
        };
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status();
        let made: Value = answer.json().await.unwrap();
        assert_eq!(status.as_u16(), 201, "{made}");
        match &made["id"] {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        }
    }
}
