//! The laws of the Tracker port, as tests that every adapter runs.
//!
//! An adapter brings a [`World`]: one fresh project and the accounts on it. It runs all laws with
//! [`tracker_contract!`](crate::tracker_contract), which makes one test of each.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

use std::sync::Arc;

use async_trait::async_trait;
use trail_port::Tracker;
use trail_port::tracker::{Append, Comment, Error, Item, NewItem};
use trail_record::{CommentId, Digest, ItemId};

pub mod append;
pub mod content;
pub mod feed;
pub mod people;
pub mod weak;

/// The accounts of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A persona.
    Planner,
    /// Another persona.
    Coder,
    /// A human who files and approves.
    Human,
    /// A human who may edit and delete what others wrote.
    Admin,
    /// A human who may only read and comment.
    Guest,
}

impl Who {
    /// All accounts.
    pub const ALL: [Self; 5] = [
        Self::Planner,
        Self::Coder,
        Self::Human,
        Self::Admin,
        Self::Guest,
    ];

    /// Returns the login that the account has in every world.
    #[must_use]
    pub const fn login(self) -> &'static str {
        match self {
            Self::Planner => "trail-planner",
            Self::Coder => "trail-coder",
            Self::Human => "maria",
            Self::Admin => "root",
            Self::Guest => "visitor",
        }
    }

    /// Tells whether the account serves a persona.
    #[must_use]
    pub const fn bot(self) -> bool {
        matches!(self, Self::Planner | Self::Coder)
    }
}

/// One fresh project and the accounts on it, with what people do there beyond the port.
#[async_trait]
pub trait World: Send + Sync {
    /// Returns the tracker as this account sees it.
    fn tracker(&self, who: Who) -> Arc<dyn Tracker>;

    /// Returns the tracker as it is with a token that belongs to nobody, or none if such a client
    /// cannot even be made.
    fn stranger(&self) -> Option<Arc<dyn Tracker>>;

    /// Edits a comment in the tracker's own interface.
    async fn edit_comment(
        &self,
        who: Who,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error>;

    /// Deletes a comment in the tracker's own interface.
    async fn delete_comment(&self, who: Who, item: &ItemId, id: &CommentId) -> Result<(), Error>;

    /// Edits the body of an item in the tracker's own interface.
    async fn edit_body(&self, who: Who, item: &ItemId, body: &str) -> Result<(), Error>;

    /// Disables an account, so that its token is refused.
    async fn disable(&self, who: Who) -> Result<(), Error>;

    /// Sets the time of a comment by hand, as some trackers let people do; tells whether this one
    /// does.
    async fn backdate_comment(&self, _item: &ItemId, _id: &CommentId) -> Result<bool, Error> {
        Ok(false)
    }

    /// Gives a comment another author, as some trackers let people do; tells whether this one does.
    async fn move_comment(&self, _item: &ItemId, _id: &CommentId, _to: Who) -> Result<bool, Error> {
        Ok(false)
    }

    /// Deletes an item with all of its comments; tells whether this tracker does that.
    async fn delete_item(&self, _item: &ItemId) -> Result<bool, Error> {
        Ok(false)
    }

    /// Removes an account from the project's members; tells whether this tracker does that without
    /// disabling the account.
    async fn remove_member(&self, _who: Who) -> Result<bool, Error> {
        Ok(false)
    }
}

/// Files an item as the human.
async fn file(world: &dyn World, title: &str) -> Item {
    let new = NewItem {
        title: title.to_owned(),
        body: format!("{title}\n\n- AC-1: it works\n"),
        labels: vec!["trail".to_owned()],
    };
    world.tracker(Who::Human).create(&new).await.unwrap()
}

/// Makes an append whose entry is named by `name`.
fn entry(name: &str, after: Option<&CommentId>) -> Append {
    Append {
        text: format!("entry {name}"),
        key: Digest::of(name.as_bytes()),
        after: after.cloned(),
    }
}

/// Reads all comments of an item.
async fn comments(tracker: &dyn Tracker, item: &ItemId) -> Vec<Comment> {
    let read = tracker.read(item, None).await.unwrap();
    assert!(read.complete, "a read without a cursor is complete");
    assert!(read.removed.is_empty(), "a complete read removes nothing");
    read.comments
}

/// Returns the texts of comments.
fn texts(comments: &[Comment]) -> Vec<&str> {
    comments
        .iter()
        .map(|comment| comment.text.as_str())
        .collect()
}

/// Makes one test of each law of the Tracker port; `$make` is an async function that returns a
/// [`World`](crate::contract::tracker::World).
#[macro_export]
macro_rules! tracker_contract {
    ($make:path) => {
        $crate::tracker_contract! { @laws $make;
            append: an_append_with_a_known_key_posts_nothing;
            append: a_lost_reply_is_answered_by_the_same_comment;
            append: a_call_that_never_came_through_can_be_made_again;
            append: concurrent_appends_of_one_entry_give_one_comment;
            append: one_entry_of_two_authors_is_two_comments;
            append: comments_stand_in_the_order_in_which_they_landed;
            append: of_eight_writers_exactly_one_lands_in_each_round;
            append: an_append_after_a_deleted_comment_still_knows_what_it_saw;
            append: human_comments_do_not_move_an_item;
            append: under_faults_every_entry_lands_once;
            feed: changes_lose_nothing_under_concurrent_writers;
            feed: an_idle_feed_names_nothing;
            feed: every_kind_of_change_is_named;
            feed: a_read_since_a_cursor_gives_the_same_as_a_read_of_all;
            feed: an_append_is_in_the_next_read_of_everybody;
            feed: a_malformed_cursor_is_refused;
            content: edits_and_deletions_show;
            content: an_item_is_found_by_its_key_and_reads_as_it_was_made;
            content: a_body_that_somebody_else_edited_is_not_unedited;
            content: labels_and_state_are_set_and_removed;
            content: what_is_not_there_is_not_found;
            content: the_longest_comment_is_kept_and_a_longer_one_refused;
            content: hostile_text_is_kept_byte_for_byte;
            weak: the_history_names_who_changed_a_label;
            weak: a_time_that_was_set_by_hand_shows;
            weak: a_comment_that_was_moved_shows_its_author;
            weak: an_item_that_was_deleted_is_not_found;
            people: members_are_told_from_guests_and_from_nobody;
            people: who_was_removed_is_no_member;
            people: accounts_are_found_by_login_and_by_id;
            people: a_guest_may_comment_and_not_label;
            people: others_comments_are_changed_only_by_admins;
            people: a_wrong_token_is_denied;
            people: a_disabled_account_is_denied;
        }
    };
    (@laws $make:path; $($module:ident: $law:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $law() {
            let world = $make().await;
            $crate::contract::tracker::$module::$law(&world).await;
        }
    )*};
}
