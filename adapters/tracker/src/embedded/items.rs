//! Work items.

use trail_port::tracker::{Item, NewItem, State};
use trail_record::{ItemId, ItemKey};

use super::event::What;
use super::row::{self, Account, At, ItemRow, item_key, key_key};
use super::{Core, Error, rules};
use crate::api::{ItemPatch, Items};

/// Which items to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) state: Option<State>,
    pub(crate) label: Option<String>,
    pub(crate) before: Option<u64>,
    pub(crate) limit: usize,
}

impl Core {
    pub(super) fn create(&self, by: &Account, new: &NewItem) -> Result<Item, Error> {
        rules::work(by, "file items")?;
        rules::title(&new.title)?;
        rules::body(&new.body)?;
        let labels = rules::labels(&new.labels)?;
        let id = self.write(by, |head| {
            let id = ItemId::new(format!("w{}", head.seq + 1));
            let event = What::ItemCreated {
                id: id.clone(),
                key: ItemKey::new(format!("{}-{}", head.prefix, head.items + 1)),
                title: new.title.clone(),
                body: new.body.clone(),
                labels,
            };
            Ok((vec![event], id))
        })?;
        self.item(&id)
    }

    /// Returns the id of the item with this id or key.
    pub(super) fn find(&self, id_or_key: &str) -> Result<ItemId, Error> {
        let id = ItemId::new(id_or_key);
        if self.index.get(item_key(&id).as_bytes())?.is_some() {
            return Ok(id);
        }
        row::get(&self.index, &key_key(id_or_key))?
            .ok_or_else(|| Error::NotFound(format!("item {id_or_key}")))
    }

    pub(super) fn item_row(&self, id: &ItemId) -> Result<ItemRow, Error> {
        row::get(&self.index, &item_key(id))?.ok_or_else(|| Error::NotFound(format!("item {id}")))
    }

    pub(super) fn item(&self, id: &ItemId) -> Result<Item, Error> {
        let row = self.item_row(id)?;
        let body = self.item_body(row.body)?;
        Ok(shown(id.clone(), row, body))
    }

    /// Returns an item from its row.
    pub(super) fn item_of(&self, id: &ItemId, row: ItemRow) -> Result<Item, Error> {
        let body = self.item_body(row.body)?;
        Ok(shown(id.clone(), row, body))
    }

    fn item_body(&self, at: At) -> Result<String, Error> {
        match self.event(at)?.what {
            What::ItemCreated { body, .. } | What::BodyEdited { body, .. } => Ok(body),
            other => Err(Error::Damaged(format!(
                "event {} has no body: {other:?}",
                at.seq
            ))),
        }
    }

    /// Lists items, newest first.
    pub(super) fn items(&self, filter: &Filter) -> Result<Items, Error> {
        let head = self.head();
        let mut items = Vec::new();
        let mut number = filter.before.unwrap_or(head.items + 1).min(head.items + 1);
        while number > head.skipped + 1 && items.len() < filter.limit {
            number -= 1;
            let id = self.find(&format!("{}-{number}", head.prefix))?;
            let row = self.item_row(&id)?;
            let wanted = filter.state.is_none_or(|state| state == row.state)
                && filter
                    .label
                    .as_ref()
                    .is_none_or(|label| row.labels.contains(label));
            if wanted {
                items.push(shown(id, row, String::new()));
            }
        }
        Ok(Items {
            items,
            before: (number > head.skipped + 1).then_some(number),
        })
    }

    pub(super) fn patch(&self, by: &Account, id: &ItemId, patch: &ItemPatch) -> Result<(), Error> {
        if let Some(title) = &patch.title {
            rules::title(title)?;
        }
        if let Some(body) = &patch.body {
            rules::body(body)?;
        }
        if patch.state.is_some() || !patch.add_labels.is_empty() || !patch.remove_labels.is_empty()
        {
            rules::work(by, "set states and labels")?;
        }
        let add = rules::labels(&patch.add_labels)?;
        self.write(by, |_| {
            let row = self.item_row(id)?;
            if (patch.title.is_some() || patch.body.is_some()) && row.author != by.id {
                rules::admin(by, "edit an item that somebody else wrote")?;
            }
            Ok((self.differences(id, &row, patch, add)?, ()))
        })
    }

    /// Returns what `patch` changes; setting what is set already is no change.
    fn differences(
        &self,
        id: &ItemId,
        row: &ItemRow,
        patch: &ItemPatch,
        add: Vec<String>,
    ) -> Result<Vec<What>, Error> {
        let item = || id.clone();
        let mut whats = Vec::new();
        if let Some(title) = patch.title.clone().filter(|title| *title != row.title) {
            whats.push(What::TitleEdited {
                item: item(),
                title,
            });
        }
        if let Some(body) = &patch.body
            && *body != self.item_body(row.body)?
        {
            whats.push(What::BodyEdited {
                item: item(),
                body: body.clone(),
            });
        }
        if let Some(state) = patch.state.filter(|state| *state != row.state) {
            whats.push(What::StateSet {
                item: item(),
                state,
            });
        }
        let mut labels = row.labels.clone();
        for label in add {
            if !labels.contains(&label) {
                labels.push(label.clone());
                whats.push(What::Labelled {
                    item: item(),
                    label,
                });
            }
        }
        for label in &patch.remove_labels {
            if labels.contains(label) {
                labels.retain(|known| known != label);
                whats.push(What::Unlabelled {
                    item: item(),
                    label: label.clone(),
                });
            }
        }
        rules::count(labels.len())?;
        Ok(whats)
    }
}

fn shown(id: ItemId, row: ItemRow, body: String) -> Item {
    Item {
        id,
        key: row.key,
        title: row.title,
        body,
        author: row.author,
        unedited: row.unedited,
        labels: row.labels,
        state: row.state,
        created: row.created,
        updated: row.updated,
    }
}
