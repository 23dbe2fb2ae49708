//! Personas as GitHub Apps: the laws of appending with tokens of installations.

use std::sync::Arc;

use async_trait::async_trait;
use trail_fake_github::{APP_KEY, App, Clock, Level, Seed};
use trail_github::{Credential, GitHub};
use trail_port::Tracker;
use trail_port::tracker::Error;
use trail_record::{CommentId, ItemId};
use trail_tests::contract::tracker::{Who, World};

use super::{Repository, seed, settings};

/// A repository in which the personas are Apps.
struct Installed {
    repository: Repository,
    apps: Vec<GitHub>,
}

async fn installed() -> Installed {
    let app = |id: u64, who: Who| {
        App::new(
            id,
            who.login(),
            &[
                ("issues", Level::Write),
                ("metadata", Level::Read),
                ("pull_requests", Level::Read),
            ],
        )
    };
    let seed = Seed {
        apps: vec![app(1, Who::Planner), app(2, Who::Coder)],
        accounts: seed()
            .accounts
            .into_iter()
            .filter(|account| !account.bot)
            .collect(),
        // Whoever signs a token looks at the machine's clock.
        clock: Clock::Running,
        permission_needs_push: true,
        ..seed()
    };
    let repository = Repository::start(seed).await;
    let client = |id: u64| {
        let mut settings = settings(&repository.fake, "");
        settings.credential = Credential::App {
            app_id: id.to_string(),
            installation: None,
            key: APP_KEY.to_owned().into(),
        };
        GitHub::new(settings).expect("good settings")
    };
    let apps = vec![client(1), client(2)];
    Installed { repository, apps }
}

#[async_trait]
impl World for Installed {
    fn tracker(&self, who: Who) -> Arc<dyn Tracker> {
        match who {
            Who::Planner => Arc::new(self.apps[0].clone()),
            Who::Coder => Arc::new(self.apps[1].clone()),
            Who::Human | Who::Admin | Who::Guest => self.repository.tracker(who),
        }
    }

    fn stranger(&self) -> Option<Arc<dyn Tracker>> {
        self.repository.stranger()
    }

    async fn edit_comment(
        &self,
        who: Who,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        self.repository.edit_comment(who, item, id, text).await
    }

    async fn delete_comment(&self, who: Who, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        self.repository.delete_comment(who, item, id).await
    }

    async fn edit_body(&self, who: Who, item: &ItemId, body: &str) -> Result<(), Error> {
        self.repository.edit_body(who, item, body).await
    }

    async fn disable(&self, who: Who) -> Result<(), Error> {
        self.repository.disable(who).await
    }
}

mod laws {
    trail_tests::tracker_contract! { @laws super::installed;
        append: an_append_with_a_known_key_posts_nothing;
        append: a_lost_reply_is_answered_by_the_same_comment;
        append: a_call_that_never_came_through_can_be_made_again;
        append: concurrent_appends_of_one_entry_give_one_comment;
        append: one_entry_of_two_authors_is_two_comments;
        append: comments_stand_in_the_order_in_which_they_landed;
        append: an_append_after_a_deleted_comment_still_knows_what_it_saw;
        append: human_comments_do_not_move_an_item;
        append: under_faults_every_entry_lands_once;
        feed: an_append_is_in_the_next_read_of_everybody;
        content: labels_and_state_are_set_and_removed;
        content: the_longest_comment_is_kept_and_a_longer_one_refused;
    }
}

/// An App is `NAME[bot]`, a program, and no member; it may ask who is, without push access.
#[tokio::test]
async fn an_app_is_a_bot_that_may_ask_who_belongs() {
    let world = installed().await;
    let planner = world.tracker(Who::Planner);
    let me = planner.me().await.expect("it knows itself");
    assert_eq!((me.login.as_str(), me.bot), ("trail-planner[bot]", true));
    let human = world.tracker(Who::Human).me().await.expect("it is");
    assert!(planner.is_member(&human.id).await.expect("it is told"));
    assert!(!planner.is_member(&me.id).await.expect("it is told"));
    let guest = world.tracker(Who::Guest).me().await.expect("it is");
    assert!(!planner.is_member(&guest.id).await.expect("it is told"));
}
