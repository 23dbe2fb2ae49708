//! The stand-in's database: one workspace with one project.

use jiff::{SignedDuration, Timestamp};

use crate::random::Random;
use crate::rows::{Activity, Comment, Item, Label, Link, Member, Role, State, Token, User};
use crate::seed::Seed;

/// All rows.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) workspace: String,
    pub(crate) slug: String,
    pub(crate) project: String,
    pub(crate) identifier: String,
    pub(crate) founded: Timestamp,
    pub(crate) users: Vec<User>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) states: Vec<State>,
    pub(crate) labels: Vec<Label>,
    pub(crate) items: Vec<Item>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) activities: Vec<Activity>,
    pub(crate) links: Vec<Link>,
    /// The place of the row that was written last.
    pub(crate) heap: u64,
    /// The highest number that an item was given.
    pub(crate) sequence: i64,
}

impl Tables {
    pub(crate) fn new(seed: &Seed, random: &mut Random, at: Timestamp) -> Self {
        let member = |role| Member { role, active: true };
        let mut tables = Self {
            workspace: random.uuid(),
            slug: seed.workspace.clone(),
            project: random.uuid(),
            identifier: seed.identifier.clone(),
            founded: at,
            users: Vec::new(),
            tokens: Vec::new(),
            states: Vec::new(),
            labels: Vec::new(),
            items: Vec::new(),
            comments: Vec::new(),
            activities: Vec::new(),
            links: Vec::new(),
            heap: 0,
            sequence: 0,
        };
        for account in &seed.accounts {
            let id = random.uuid();
            let mut name = account.login.chars();
            let first = name.next().map(|c| c.to_uppercase().collect::<String>());
            tables.users.push(User {
                id: id.clone(),
                login: account.login.clone(),
                first_name: first.unwrap_or_default() + name.as_str(),
                offset: account.offset,
                active: true,
                workspace: member(account.workspace),
                project: account.project.map(member),
            });
            tables.add_token(random, &id, account.service);
        }
        let later = |n: usize| at + SignedDuration::from_millis(i64::try_from(n).unwrap_or(0));
        for (n, (name, group)) in seed.states.iter().enumerate() {
            tables.states.push(State {
                id: random.uuid(),
                name: name.clone(),
                group: group.clone(),
                sequence: 15_000.0 * (1.0 + tables.states.len() as f64),
                default: n == 0,
                created_at: later(n),
            });
        }
        for (n, name) in seed.labels.iter().enumerate() {
            tables.add_label(random.uuid(), name, None, later(10 + n));
        }
        tables
    }

    /// Makes a token of an account.
    pub(crate) fn add_token(&mut self, random: &mut Random, user: &str, service: bool) -> String {
        let key = format!("plane_api_{}", random.uuid().replace('-', ""));
        self.tokens.push(Token {
            key: key.clone(),
            user: user.to_owned(),
            active: true,
            service,
        });
        key
    }

    /// Makes a label; its name must be new.
    pub(crate) fn add_label(&mut self, id: String, name: &str, by: Option<String>, at: Timestamp) {
        let last = self.labels.iter().map(|label| label.sort_order);
        let sort_order = last.fold(55_535.0, f64::max) + 10_000.0;
        self.labels.push(Label {
            id,
            name: name.to_owned(),
            created_by: by,
            description: String::new(),
            color: "#888888".to_owned(),
            sort_order,
            created_at: at,
            updated_at: at,
            updated_by: None,
        });
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn user_mut(&mut self, login: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.login == login)
    }

    pub(crate) fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    pub(crate) fn item_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    pub(crate) fn label(&self, id: &str) -> Option<&Label> {
        self.labels.iter().find(|label| label.id == id)
    }

    pub(crate) fn state(&self, id: &str) -> Option<&State> {
        self.states.iter().find(|state| state.id == id)
    }

    /// Returns the role of an account in the project, if it is an active member of both.
    pub(crate) fn role(&self, user: &User) -> Option<Role> {
        let member = user.project.filter(|member| member.active)?;
        user.workspace.active.then_some(member.role)
    }

    /// Returns a comment of an item.
    pub(crate) fn comment(&self, item: &str, id: &str) -> Option<&Comment> {
        let mut all = self.comments.iter();
        all.find(|comment| comment.id == id && comment.item == item)
    }

    /// Returns a comment to write to; its row moves to the end of the heap.
    pub(crate) fn comment_mut(&mut self, item: &str, id: &str) -> Option<&mut Comment> {
        let mut all = self.comments.iter_mut();
        let row = all.find(|comment| comment.id == id && comment.item == item)?;
        self.heap += 1;
        row.heap = self.heap;
        Some(row)
    }

    /// Returns the id of the newest comment with this external id, whatever its item.
    pub(crate) fn external_comment(&self, source: &str, id: &str) -> Option<String> {
        let same = |comment: &&Comment| {
            comment.external_source.as_deref() == Some(source)
                && comment.external_id.as_deref() == Some(id)
        };
        let newest = self
            .comments
            .iter()
            .filter(same)
            .max_by_key(|row| row.created_at);
        newest.map(|row| row.id.clone())
    }

    /// Returns the items with this external id.
    pub(crate) fn external_items(&self, source: &str, id: &str) -> Vec<&Item> {
        let same = |item: &&Item| {
            item.external_source.as_deref() == Some(source)
                && item.external_id.as_deref() == Some(id)
        };
        self.items.iter().filter(same).collect()
    }

    /// Returns an item's comments, newest first, those of equal time as they lie in the heap.
    pub(crate) fn comments_of(&self, item: &str) -> Vec<&Comment> {
        let mut rows: Vec<_> = self
            .comments
            .iter()
            .filter(|row| row.item == item)
            .collect();
        rows.sort_by(|a, b| b.created_at.cmp(&a.created_at).then(a.heap.cmp(&b.heap)));
        rows
    }

    /// Removes an item with all that hangs on it.
    pub(crate) fn remove_item(&mut self, id: &str) {
        self.items.retain(|item| item.id != id);
        self.comments.retain(|row| row.item != id);
        self.activities.retain(|row| row.item != id);
        self.links.retain(|row| row.item != id);
    }

    /// Removes a label from the project and, silently, from every item.
    pub(crate) fn remove_label(&mut self, id: &str) -> bool {
        let before = self.labels.len();
        self.labels.retain(|label| label.id != id);
        for item in &mut self.items {
            item.labels.retain(|label| label != id);
        }
        before != self.labels.len()
    }
}
