//! People in the browser: what the web application lets them do, and how its rows look.

use jiff::SignedDuration;

use crate::answer::Answer;
use crate::api::items;
use crate::handle::PlaneFake;
use crate::html;
use crate::rows::{Comment, Item, Role, User};
use crate::server::Server;

/// Why the web application did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing.
    #[error("it is not there")]
    Missing,
    /// This account may not do it.
    #[error("this account may not do it")]
    Denied,
    /// What was entered is refused.
    #[error("what was entered is refused")]
    Bad,
}

impl From<Answer> for Refusal {
    fn from(answer: Answer) -> Self {
        match answer.status {
            404 => Self::Missing,
            403 => Self::Denied,
            _ => Self::Bad,
        }
    }
}

/// One account in the browser.
#[derive(Debug, Clone)]
pub struct Web<'a> {
    fake: &'a PlaneFake,
    user: String,
}

impl<'a> Web<'a> {
    pub(crate) const fn new(fake: &'a PlaneFake, user: String) -> Self {
        Self { fake, user }
    }

    /// Does something as this account, if its role in the project is at least this one.
    fn act<T>(
        &self,
        least: Role,
        act: impl FnOnce(&mut Server, &User) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut server = self.fake.shared.lock();
        let user = server
            .tables()
            .user(&self.user)
            .cloned()
            .ok_or(Refusal::Denied)?;
        if !user.active || server.tables().role(&user) < Some(least) {
            return Err(Refusal::Denied);
        }
        let done = act(&mut server, &user);
        server.keep();
        done
    }

    /// Files an item with a body of HTML; returns its UUID.
    ///
    /// # Errors
    /// Guests may not, and a body must hold something.
    pub fn create_item(&self, name: &str, description: &str) -> Result<String, Refusal> {
        self.act(Role::Member, |server, user| {
            let mut row = items::blank(server, user)?;
            row.name = name.to_owned();
            row.description_html = html::description(description).ok_or(Refusal::Bad)?;
            row.created_at = server.clock.tick();
            row.updated_at = row.created_at + SignedDuration::from_micros(26);
            let tables = server.tables_mut();
            tables.sequence += 1;
            row.sequence_id = tables.sequence;
            tables.items.push(row.clone());
            let mut random = server.random.clone();
            let mut scribe = crate::activity::Scribe {
                random: &mut random,
                item: &row.id,
                actor: Some(user.id.clone()),
                at: row.created_at,
            };
            let rows = vec![scribe.created()];
            server.random = random;
            server.enqueue(&row.id, rows).ok();
            Ok(row.id)
        })
    }

    /// Writes a comment of HTML; returns its UUID.
    ///
    /// # Errors
    /// Guests may not, and the item must be there.
    pub fn comment(&self, item: &str, html: &str) -> Result<String, Refusal> {
        self.act(Role::Member, |server, user| {
            server.tables().item(item).ok_or(Refusal::Missing)?;
            let (id, description) = (server.random.uuid(), server.random.uuid());
            let at = server.clock.tick();
            let tables = server.tables_mut();
            tables.heap += 1;
            tables.comments.push(Comment {
                id: id.clone(),
                item: item.to_owned(),
                html: html::strip(html).to_owned(),
                actor: user.id.clone(),
                created_by: Some(user.id.clone()),
                updated_by: None,
                created_at: at,
                // The mark of the browser: the time of making stays just before that of writing.
                updated_at: at + SignedDuration::from_micros(26),
                edited_at: None,
                external_source: None,
                external_id: None,
                access: "INTERNAL".to_owned(),
                description,
                heap: tables.heap,
            });
            server.enqueue(item, Vec::new()).ok();
            Ok(id)
        })
    }

    /// Writes a comment as the editor does: each line a paragraph, escaped.
    ///
    /// # Errors
    /// As [`comment`](Self::comment).
    pub fn say(&self, item: &str, text: &str) -> Result<String, Refusal> {
        let paragraphs = text.lines().map(|line| {
            let line = line
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            format!("<p class=\"editor-paragraph-block\">{line}</p>")
        });
        self.comment(item, &paragraphs.collect::<String>())
    }

    /// Tells whether this account may change a comment here: whoever is said to have made it, and admins.
    fn owns(server: &Server, user: &User, item: &str, id: &str) -> Result<(), Refusal> {
        let row = server.tables().comment(item, id).ok_or(Refusal::Missing)?;
        let own = row.created_by.as_ref() == Some(&user.id);
        let admin = server.tables().role(user) == Some(Role::Admin);
        (own || admin).then_some(()).ok_or(Refusal::Denied)
    }

    /// Edits a comment.
    ///
    /// # Errors
    /// Only whoever is said to have made it and admins may.
    pub fn edit_comment(&self, item: &str, id: &str, html: &str) -> Result<(), Refusal> {
        self.act(Role::Guest, |server, user| {
            Self::owns(server, user, item, id)?;
            let (edited, updated) = (server.clock.tick(), server.clock.tick());
            let row = server
                .tables_mut()
                .comment_mut(item, id)
                .ok_or(Refusal::Missing)?;
            row.html = html::strip(html).to_owned();
            row.edited_at = Some(edited);
            row.updated_at = updated;
            row.updated_by = Some(user.id.clone());
            server.enqueue(item, Vec::new()).ok();
            Ok(())
        })
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// Only whoever is said to have made it and admins may.
    pub fn delete_comment(&self, item: &str, id: &str) -> Result<(), Refusal> {
        self.act(Role::Guest, |server, user| {
            Self::owns(server, user, item, id)?;
            server.tables_mut().comments.retain(|row| row.id != id);
            server.enqueue(item, Vec::new()).ok();
            Ok(())
        })
    }

    /// Edits an item.
    fn edit(
        &self,
        item: &str,
        edit: impl FnOnce(&mut Item, &Server) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.act(Role::Member, |server, user| {
            let old = server
                .tables()
                .item(item)
                .cloned()
                .ok_or(Refusal::Missing)?;
            let mut row = old.clone();
            edit(&mut row, server)?;
            items::store(server, &old, row, &user.id).ok();
            Ok(())
        })
    }

    /// Edits an item's body.
    ///
    /// # Errors
    /// Guests may not, and a body must hold something.
    pub fn edit_description(&self, item: &str, description: &str) -> Result<(), Refusal> {
        self.edit(item, |row, _| {
            row.description_html = html::description(description).ok_or(Refusal::Bad)?;
            Ok(())
        })
    }

    /// Edits an item's title.
    ///
    /// # Errors
    /// Guests may not.
    pub fn rename(&self, item: &str, name: &str) -> Result<(), Refusal> {
        self.edit(item, |row, _| {
            name.clone_into(&mut row.name);
            Ok(())
        })
    }

    /// Puts a label on an item; it must be there.
    ///
    /// # Errors
    /// Guests may not.
    pub fn label(&self, item: &str, name: &str) -> Result<(), Refusal> {
        self.edit(item, |row, server| {
            let mut labels = server.tables().labels.iter();
            let label = labels
                .find(|label| label.name == name)
                .ok_or(Refusal::Missing)?;
            row.labels.push(label.id.clone());
            Ok(())
        })
    }

    /// Takes a label off an item.
    ///
    /// # Errors
    /// Guests may not.
    pub fn unlabel(&self, item: &str, name: &str) -> Result<(), Refusal> {
        self.edit(item, |row, server| {
            let labels = &server.tables().labels;
            row.labels.retain(|id| {
                !labels
                    .iter()
                    .any(|label| label.id == *id && label.name == name)
            });
            Ok(())
        })
    }

    /// Sets an item's state by its name.
    ///
    /// # Errors
    /// Guests may not.
    pub fn set_state(&self, item: &str, name: &str) -> Result<(), Refusal> {
        self.edit(item, |row, server| {
            let mut states = server.tables().states.iter();
            let state = states
                .find(|state| state.name == name)
                .ok_or(Refusal::Missing)?;
            row.state.clone_from(&state.id);
            Ok(())
        })
    }

    /// Deletes a label of the project; it goes from every item without a sign.
    ///
    /// # Errors
    /// Guests may not.
    pub fn delete_label(&self, name: &str) -> Result<(), Refusal> {
        self.act(Role::Member, |server, _| {
            let mut labels = server.tables().labels.iter();
            let id = labels
                .find(|label| label.name == name)
                .map(|label| label.id.clone());
            server
                .tables_mut()
                .remove_label(&id.ok_or(Refusal::Missing)?);
            Ok(())
        })
    }

    /// Deletes an item with its whole history.
    ///
    /// # Errors
    /// Only whoever is said to have made it and admins may.
    pub fn delete_item(&self, item: &str) -> Result<(), Refusal> {
        self.act(Role::Guest, |server, user| {
            let row = server.tables().item(item).ok_or(Refusal::Missing)?;
            let admin = server.tables().role(user) == Some(Role::Admin);
            if row.created_by.as_ref() != Some(&user.id) && !admin {
                return Err(Refusal::Denied);
            }
            server.tables_mut().remove_item(item);
            Ok(())
        })
    }
}
