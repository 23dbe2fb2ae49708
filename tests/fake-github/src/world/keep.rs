//! How things are made, found and written down.

use std::collections::BTreeMap;

use super::{Event, Gone, Installed, Issue, Label, Repo, Token, User, What, World};
use crate::refusal::Refusal;
use crate::seed::Seed;

impl World {
    pub(crate) fn new(seed: &Seed, base: String, now: i64) -> Self {
        let mut world = Self {
            base,
            users: BTreeMap::new(),
            tokens: BTreeMap::new(),
            apps: BTreeMap::new(),
            repos: BTreeMap::new(),
            relations: seed.relations,
            permission_needs_push: seed.permission_needs_push,
            last_id: 1_000,
        };
        let owner = world.add_user(&seed.owner, &seed.owner, "Organization", now);
        let mut roles = BTreeMap::new();
        for account in &seed.accounts {
            let kind = if account.bot { "Bot" } else { "User" };
            let id = world.add_user(&account.login, &account.name, kind, now);
            let token = Token::User(id, account.kind.clone());
            world.tokens.insert(account.token.clone(), token);
            roles.insert(id, account.role);
        }
        for app in &seed.apps {
            let bot = world.add_user(&format!("{}[bot]", app.slug), "", "Bot", now);
            let installed = Installed {
                app: app.clone(),
                bot,
                suspended: false,
            };
            world.apps.insert(app.id, installed);
        }
        let repo = world.add_repo(owner, &seed.repo, now);
        for name in &seed.labels {
            world.add_label(repo, name, "ededed", None);
        }
        let made = world.repos.get_mut(&repo).expect("it was just made");
        made.private = seed.private;
        made.roles = roles;
        made.branches = seed.branches.iter().cloned().collect();
        made.bare.clone_from(&seed.bare);
        world
    }

    /// Returns an id that nothing has yet; ids grow.
    pub(crate) const fn id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn add_user(
        &mut self,
        login: &str,
        name: &str,
        kind: &'static str,
        created: i64,
    ) -> u64 {
        let id = self.id();
        let user = User {
            id,
            login: login.to_owned(),
            name: name.to_owned(),
            kind,
            created,
        };
        self.users.insert(id, user);
        id
    }

    pub(crate) fn add_repo(&mut self, owner: u64, name: &str, created: i64) -> u64 {
        let id = self.id();
        let repo = Repo {
            id,
            owner,
            name: name.to_owned(),
            former: Vec::new(),
            private: false,
            archived: false,
            has_issues: true,
            roles: BTreeMap::new(),
            labels: BTreeMap::new(),
            issues: BTreeMap::new(),
            gone: BTreeMap::new(),
            branches: BTreeMap::new(),
            bare: None,
            created,
            last_number: 0,
        };
        self.repos.insert(id, repo);
        id
    }

    pub(crate) fn add_label(
        &mut self,
        repo: u64,
        name: &str,
        color: &str,
        description: Option<String>,
    ) -> u64 {
        let id = self.id();
        let label = Label {
            id,
            name: name.to_owned(),
            color: color.to_owned(),
            description,
        };
        let repo = self.repo_mut(repo);
        repo.labels.insert(name.to_lowercase(), label);
        id
    }

    pub(crate) fn login_of(&self, id: u64) -> &str {
        self.users.get(&id).map_or("ghost", |user| &user.login)
    }

    /// Returns the account with this login, in whatever case.
    pub(crate) fn user_named(&self, login: &str) -> Option<&User> {
        let mut users = self.users.values();
        users.find(|user| user.login.eq_ignore_ascii_case(login))
    }

    pub(crate) fn repo(&self, id: u64) -> &Repo {
        self.repos.get(&id).expect("repositories are never removed")
    }

    pub(crate) fn repo_mut(&mut self, id: u64) -> &mut Repo {
        self.repos
            .get_mut(&id)
            .expect("repositories are never removed")
    }

    /// Returns the repository with this name, and whether that is its name now.
    pub(crate) fn repo_named(&self, owner: &str, name: &str) -> Option<(u64, bool)> {
        let owned = |repo: &&Repo| self.login_of(repo.owner).eq_ignore_ascii_case(owner);
        let now = |repo: &&Repo| owned(repo) && repo.name.eq_ignore_ascii_case(name);
        let was = |repo: &&Repo| {
            let mut former = repo.former.iter();
            owned(repo) && former.any(|former| former.eq_ignore_ascii_case(name))
        };
        let found = self.repos.values().find(now).map(|repo| (repo.id, true));
        found.or_else(|| self.repos.values().find(was).map(|repo| (repo.id, false)))
    }

    /// Returns an issue or a pull request by its number.
    pub(crate) fn issue(&self, repo: u64, number: u64) -> Result<&Issue, Refusal> {
        let repo = self.repo(repo);
        match (repo.issues.get(&number), repo.gone.get(&number)) {
            (Some(issue), _) if issue.pull.is_none() && !repo.has_issues => {
                Err(Refusal::gone("Issues are disabled for this repo"))
            }
            (Some(issue), _) => Ok(issue),
            (None, Some(Gone::Deleted)) => Err(Refusal::gone("This issue was deleted")),
            (None, Some(Gone::Moved { repo, number })) => {
                let to = format!("{}/repositories/{repo}/issues/{number}", self.base);
                Err(Refusal::moved(301, to))
            }
            (None, None) => Err(Refusal::not_found()),
        }
    }

    /// Returns an issue to change; [`issue`](Self::issue) has found it.
    pub(crate) fn issue_mut(&mut self, repo: u64, number: u64) -> &mut Issue {
        let issues = &mut self.repo_mut(repo).issues;
        issues.get_mut(&number).expect("it was found before")
    }

    /// Returns the number of the issue that a comment stands under.
    pub(crate) fn place_of(&self, repo: u64, comment: u64) -> Result<u64, Refusal> {
        let mut issues = self.repo(repo).issues.values();
        let place = issues.find(|issue| issue.comments.contains_key(&comment));
        place
            .map(|issue| issue.number)
            .ok_or_else(Refusal::not_found)
    }

    /// Writes down what happened to an issue.
    pub(crate) fn happened(
        &mut self,
        (repo, number): (u64, u64),
        actor: (u64, Option<u64>),
        what: What,
        at: i64,
    ) {
        let id = self.id();
        let event = Event {
            id,
            actor: actor.0,
            app: actor.1,
            at,
            what,
        };
        let issue = self.issue_mut(repo, number);
        issue.events.push(event);
        issue.updated = issue.updated.max(at);
    }
}
