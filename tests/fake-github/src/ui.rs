//! What people do on the web, and what owners do to accounts and repositories.

use crate::acts::issue::{self, Patch};
use crate::acts::{Act, comment, label};
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::seed::Role;
use crate::server::GitHubFake;
use crate::world::World;

/// The web interface as an account has it in the repository of the seed: with the same rules as the
/// API, and without a token.
#[derive(Debug)]
pub struct Ui<'a> {
    fake: &'a GitHubFake,
    caller: Caller,
    repo: u64,
}

impl Ui<'_> {
    fn act<T>(
        &self,
        act: impl FnOnce(&mut World, Act<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.fake.kept().write(|world, now| {
            let caller = &self.caller;
            act(world, Act { caller, now })
        })
    }

    /// Files an issue; returns its number.
    ///
    /// # Errors
    /// As GitHub refuses it; so do all others here.
    pub fn file(&self, title: &str, body: &str, labels: &[&str]) -> Result<u64, Refusal> {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        self.act(|world, act| issue::file(world, act, self.repo, title, body, &labels))
    }

    fn patch(&self, number: u64, patch: &Patch) -> Result<(), Refusal> {
        self.act(|world, act| issue::patch(world, act, self.repo, number, patch))
    }

    /// Edits the body of an issue.
    pub fn edit_body(&self, number: u64, body: &str) -> Result<(), Refusal> {
        let body = Some(body.to_owned());
        self.patch(
            number,
            &Patch {
                body,
                ..Patch::default()
            },
        )
    }

    /// Renames an issue.
    pub fn rename(&self, number: u64, title: &str) -> Result<(), Refusal> {
        let title = Some(title.to_owned());
        self.patch(
            number,
            &Patch {
                title,
                ..Patch::default()
            },
        )
    }

    /// Closes an issue, or opens it again.
    pub fn set_open(&self, number: u64, open: bool) -> Result<(), Refusal> {
        let open = Some(open);
        self.patch(
            number,
            &Patch {
                open,
                ..Patch::default()
            },
        )
    }

    /// Comments; returns the comment's id.
    pub fn comment(&self, number: u64, body: &str) -> Result<u64, Refusal> {
        self.act(|world, act| comment::post(world, act, self.repo, number, body))
    }

    /// Edits a comment.
    pub fn edit_comment(&self, comment: u64, body: &str) -> Result<(), Refusal> {
        self.act(|world, act| comment::edit(world, act, self.repo, comment, body))
    }

    /// Erases what the edits of a comment said.
    pub fn erase_edits(&self, comment: u64) -> Result<(), Refusal> {
        self.act(|world, act| comment::erase(world, act, self.repo, comment))
    }

    /// Deletes a comment.
    pub fn delete_comment(&self, comment: u64) -> Result<(), Refusal> {
        self.act(|world, act| comment::delete(world, act, self.repo, comment))
    }

    /// Puts a label on.
    pub fn label(&self, number: u64, name: &str) -> Result<(), Refusal> {
        let names = [name.to_owned()];
        self.act(|world, act| label::put(world, act, self.repo, number, &names))
    }

    /// Takes a label off.
    pub fn unlabel(&self, number: u64, name: &str) -> Result<(), Refusal> {
        self.act(|world, act| label::take(world, act, self.repo, number, name))
    }

    /// Locks an issue, or unlocks it.
    pub fn lock(&self, number: u64, locked: bool) -> Result<(), Refusal> {
        self.act(|world, act| issue::lock(world, act, self.repo, number, locked))
    }

    /// Deletes an issue.
    pub fn delete_issue(&self, number: u64) -> Result<(), Refusal> {
        self.act(|world, act| issue::delete(world, act, self.repo, number))
    }

    /// Moves an issue to another repository of the owner, which is made if need be; returns its
    /// number there.
    pub fn transfer(&self, number: u64, to: &str) -> Result<u64, Refusal> {
        self.act(|world, act| {
            let here = world.repo(self.repo);
            let (owner, roles) = (here.owner, here.roles.clone());
            let named = world.repo_named(world.login_of(owner), to);
            let there = named.map(|(id, _)| id).unwrap_or_else(|| {
                let made = world.add_repo(owner, to, act.now);
                world.repo_mut(made).roles = roles;
                made
            });
            issue::transfer(world, act, self.repo, number, there)
        })
    }
}

/// What owners and admins do; none of it asks who they are.
impl GitHubFake {
    fn first(&self) -> u64 {
        let kept = self.kept();
        let first = kept.world.repos.keys().next();
        *first.expect("there is the seed's repository")
    }

    fn change(&self, change: impl FnOnce(&mut World, u64)) {
        let repo = self.first();
        self.kept().write(|world, _| change(world, repo));
    }

    /// Returns the id of an account.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn user_id(&self, login: &str) -> u64 {
        let kept = self.kept();
        let user = kept.world.user_named(login);
        user.unwrap_or_else(|| panic!("no account {login}")).id
    }

    /// Returns the web interface as this account has it.
    ///
    /// # Panics
    /// If there is no such account.
    #[must_use]
    pub fn ui(&self, login: &str) -> Ui<'_> {
        Ui {
            fake: self,
            caller: Caller::web(self.user_id(login)),
            repo: self.first(),
        }
    }

    /// Returns the number of the issue with this database id; none if it is not there.
    #[must_use]
    pub fn number_of(&self, id: u64) -> Option<u64> {
        let repo = self.first();
        let kept = self.kept();
        let mut issues = kept.world.repo(repo).issues.values();
        issues
            .find(|issue| issue.id == id)
            .map(|issue| issue.number)
    }

    /// Returns the ids, authors and bodies of an issue's comments, in the order of their ids.
    #[must_use]
    pub fn comments_of(&self, number: u64) -> Vec<(u64, String, String)> {
        let repo = self.first();
        let kept = self.kept();
        let issue = kept.world.repo(repo).issues.get(&number);
        let comments = issue.into_iter().flat_map(|issue| issue.comments.values());
        comments
            .map(|comment| {
                let author = kept.world.login_of(comment.text.author).to_owned();
                (comment.id, author, comment.text.body.clone())
            })
            .collect()
    }

    /// Returns the heads and numbers of the pull requests there are.
    #[must_use]
    pub fn pulls(&self) -> Vec<(u64, String)> {
        let repo = self.first();
        let kept = self.kept();
        let issues = kept.world.repo(repo).issues.values();
        issues
            .filter_map(|issue| Some((issue.number, issue.pull.as_ref()?.head.clone())))
            .collect()
    }

    /// Archives the repository, or takes it out of the archive.
    pub fn archive(&self, archived: bool) {
        self.change(|world, repo| world.repo_mut(repo).archived = archived);
    }

    /// Switches issues on or off.
    pub fn enable_issues(&self, enabled: bool) {
        self.change(|world, repo| world.repo_mut(repo).has_issues = enabled);
    }

    /// Makes the repository private or public.
    pub fn make_private(&self, private: bool) {
        self.change(|world, repo| world.repo_mut(repo).private = private);
    }

    /// Renames the repository; its former name leads to it.
    pub fn rename_repository(&self, name: &str) {
        self.change(|world, repo| {
            let repo = world.repo_mut(repo);
            let former = std::mem::replace(&mut repo.name, name.to_owned());
            repo.former.push(former);
        });
    }

    /// Sets where a branch stands.
    pub fn set_branch(&self, name: &str, commit: &str) {
        self.change(|world, repo| {
            let branches = &mut world.repo_mut(repo).branches;
            branches.insert(name.to_owned(), commit.to_owned());
        });
    }

    /// Gives an account another role; [`Role::None`] removes a collaborator.
    pub fn set_role(&self, login: &str, role: Role) {
        let id = self.user_id(login);
        self.change(|world, repo| {
            world.repo_mut(repo).roles.insert(id, role);
        });
    }

    /// Revokes a token.
    pub fn revoke(&self, token: &str) {
        self.change(|world, _| drop(world.tokens.remove(token)));
    }

    /// Revokes all tokens of an account.
    pub fn revoke_all(&self, login: &str) {
        let id = self.user_id(login);
        self.change(|world, _| {
            world.tokens.retain(
                |_, token| !matches!(token, crate::world::Token::User(user, _) if *user == id),
            );
        });
    }

    /// Renames an account; its id stays.
    pub fn rename_account(&self, login: &str, to: &str) {
        let id = self.user_id(login);
        self.change(|world, _| {
            if let Some(user) = world.users.get_mut(&id) {
                to.clone_into(&mut user.login);
            }
        });
    }

    /// Deletes an account: what it wrote stays, by nobody.
    pub fn delete_account(&self, login: &str) {
        let id = self.user_id(login);
        self.change(|world, repo| {
            world.users.remove(&id);
            world.repo_mut(repo).roles.remove(&id);
        });
    }

    /// Suspends an App's installation, or lets it work again.
    pub fn suspend(&self, app: u64, suspended: bool) {
        self.change(|world, _| {
            if let Some(installed) = world.apps.get_mut(&app) {
                installed.suspended = suspended;
            }
        });
    }

    /// Uses up the hour of an account.
    pub fn exhaust(&self, login: &str) {
        let id = self.user_id(login);
        let mut kept = self.kept();
        let who = Caller::web(id).metered(&kept.world);
        let now = kept.clock.now();
        kept.meter.exhaust(&who, now);
    }
}
