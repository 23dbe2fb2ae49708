//! Items: issues as they are, made, labelled and moved on.

use http::Method;
use trail_port::tracker::{Error, Item, NewItem, State};
use trail_record::{ItemId, ItemKey};

use crate::failure::Failure;
use crate::name::Name;
use crate::{GitHub, name, state, wire};

/// The most characters of a title.
const MAX_TITLE: usize = 256;
/// The most characters of a body.
const MAX_BODY: usize = 65_536;

/// Returns the labels of an issue besides those that show its state, sorted.
fn labels_of(issue: &wire::Issue) -> (Vec<String>, State) {
    let mut all: Vec<String> = issue
        .labels
        .iter()
        .cloned()
        .filter_map(wire::Label::name)
        .collect();
    let state = state::of(issue, &all);
    all.retain(|label| state::state_of(label).is_none());
    all.sort_unstable();
    (all, state)
}

impl GitHub {
    /// Asks for an issue and makes sure that it is the one that is meant.
    pub(crate) async fn issue(&self, item: &ItemId) -> Result<wire::Issue, Failure> {
        let missing = |why: &str| Failure::of(Error::NotFound(format!("item {item:?}{why}")));
        let Some(own) = Name::parse(item.as_str()) else {
            return Err(missing(""));
        };
        let issue = self.numbered(own.number).await?;
        if issue.name() != own {
            return Err(missing(
                " (another issue has its number now: it was moved, or the repository was made anew)",
            ));
        }
        Ok(issue)
    }

    /// Asks for the issue with this number; a pull request is none.
    async fn numbered(&self, number: u64) -> Result<wire::Issue, Failure> {
        let path = self.path(&format!("/issues/{number}"));
        let issue: wire::Issue = self.http().get(&path, &format!("issue #{number}")).await?;
        if issue.pull_request.is_some() {
            let what = format!("issue #{number} (it is a pull request)");
            return Err(Error::NotFound(what).into());
        }
        Ok(issue)
    }

    /// Returns the id of the item with this key.
    pub(crate) async fn find_item(&self, key: &ItemKey) -> Result<ItemId, Error> {
        let Some(number) = name::number_of(key, self.prefix()) else {
            return Err(Error::NotFound(format!(
                "item {:?} (keys here are like {}-142)",
                key.as_str(),
                self.prefix()
            )));
        };
        let issue = self.numbered(number).await?;
        // A number that leads elsewhere is the number of nothing here.
        if issue.number != number {
            return Err(Error::NotFound(format!("item {key} (it was moved)")));
        }
        Ok(issue.name().item())
    }

    /// Translates an issue, asking who edited it where that is not known yet.
    pub(crate) async fn item_of(&self, issue: wire::Issue) -> Item {
        let unedited = self.is_unedited(&issue).await;
        let (labels, state) = labels_of(&issue);
        Item {
            id: issue.name().item(),
            key: issue.name().key(self.prefix()),
            author: wire::id_of(issue.user.as_ref()),
            title: issue.title,
            body: issue.body.unwrap_or_default(),
            unedited,
            labels,
            state,
            created: issue.created_at,
            updated: issue.updated_at,
        }
    }

    /// Files an issue. Labels that GitHub drops without a word, as it does for accounts below
    /// triage, are put on by themselves, which says so if it fails.
    pub(crate) async fn file(&self, new: &NewItem) -> Result<Item, Error> {
        if new.title.trim().is_empty() || new.title.chars().any(char::is_control) {
            return Err(Error::Refused(
                "a title is one line and not empty".to_owned(),
            ));
        }
        for (what, text, most) in [
            ("title", &new.title, MAX_TITLE),
            ("body", &new.body, MAX_BODY),
        ] {
            let length = text.chars().count();
            if length > most {
                return Err(Error::Refused(format!(
                    "the {what} has {length} characters, GitHub takes {most}"
                )));
            }
        }
        let body = serde_json::json!({
            "title": new.title, "body": new.body, "labels": new.labels,
        });
        let answer = self
            .write(
                Method::POST,
                &self.path("/issues"),
                Some(&body),
                "a new issue",
            )
            .await?;
        let mut issue: wire::Issue = answer.json()?;
        let missing = missing(&new.labels, &issue);
        if !missing.is_empty() {
            let key = issue.name().key(self.prefix());
            let told = |why: String| {
                Error::Denied(format!(
                    "{key} was filed, but not its labels {}: {why}; put them on by hand, or give this \
                     account the triage role",
                    missing.join(", ")
                ))
            };
            self.label(issue.number, &missing)
                .await
                .map_err(|failure| told(failure.error.to_string()))?;
            issue = self.numbered(issue.number).await?;
            if !self::missing(&new.labels, &issue).is_empty() {
                return Err(told("GitHub dropped them".to_owned()));
            }
        }
        Ok(self.item_of(issue).await)
    }

    async fn label(&self, number: u64, labels: &[&str]) -> Result<(), Failure> {
        let path = self.path(&format!("/issues/{number}/labels"));
        let body = serde_json::json!({"labels": labels});
        let what = format!("labels of issue #{number}");
        self.write(Method::POST, &path, Some(&body), &what)
            .await
            .map(drop)
    }

    async fn unlabel(&self, number: u64, label: &str) -> Result<(), Failure> {
        let path = self.path(&format!("/issues/{number}/labels/{}", name::escaped(label)));
        let what = format!("label {label:?} of issue #{number}");
        match self.write(Method::DELETE, &path, None::<&()>, &what).await {
            Ok(_) => Ok(()),
            // Somebody else was faster.
            Err(failure) if failure.is_missing() => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Adds and removes labels one by one: replacing them all would drop what somebody else adds at
    /// the same time.
    pub(crate) async fn relabel(
        &self,
        issue: &wire::Issue,
        add: &[&str],
        remove: &[&str],
    ) -> Result<(), Failure> {
        let has = |label: &str| !missing(&[label], issue).contains(&label);
        let add: Vec<&str> = add.iter().copied().filter(|own| !has(own)).collect();
        if !add.is_empty() {
            self.label(issue.number, &add).await?;
        }
        for label in remove.iter().filter(|own| has(own)) {
            self.unlabel(issue.number, label).await?;
        }
        Ok(())
    }

    /// Shows a state.
    pub(crate) async fn show(&self, item: &ItemId, state: State) -> Result<(), Error> {
        let issue = self.issue(item).await?;
        let (open, reason) = state::patch_of(state);
        let shown = labels_of(&issue).1;
        if issue.state != open || (open == "closed" && shown != state) {
            let path = self.path(&format!("/issues/{}", issue.number));
            let body = serde_json::json!({"state": open, "state_reason": reason});
            let what = format!("the state of issue #{}", issue.number);
            self.write(Method::PATCH, &path, Some(&body), &what).await?;
        }
        let label = state::label_of(state);
        let others: Vec<&str> = State::ALL
            .into_iter()
            .filter(|own| *own != state)
            .filter_map(state::label_of)
            .collect();
        let add: Vec<&str> = label.into_iter().collect();
        Ok(self.relabel(&issue, &add, &others).await?)
    }
}

/// Returns those of these labels that an issue does not have; capitals do not matter on GitHub.
fn missing<'a>(labels: &'a [impl AsRef<str>], issue: &wire::Issue) -> Vec<&'a str> {
    let has = |label: &str| {
        issue
            .labels
            .iter()
            .cloned()
            .filter_map(wire::Label::name)
            .any(|own| own.to_lowercase() == label.to_lowercase())
    };
    labels
        .iter()
        .map(AsRef::as_ref)
        .filter(|label| !has(label))
        .collect()
}
