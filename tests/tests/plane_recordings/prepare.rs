//! What must be there before an exchange is replayed.

use std::time::Duration;

use serde_json::json;

use crate::scene::Scene;
use crate::table::Before;

impl Scene<'_> {
    /// Makes what must be there, and lets recorded ids stand for it.
    pub(crate) async fn prepare(&mut self, before: Before) {
        let of = |name: &str, ids: &[(String, String)]| {
            ids.iter()
                .find(|(recorded, _)| recorded == name)
                .unwrap()
                .1
                .clone()
        };
        let path: Vec<&str> = self.recording.request.path.split(['/', '?']).collect();
        let after = |word: &str| {
            let at = path.iter().position(|part| *part == word)?;
            path.get(at + 1)
                .filter(|id| id.len() == 36)
                .map(|id| (*id).to_owned())
        };
        if before == Before::Nothing || before == Before::NoBudget {
            if before == Before::NoBudget {
                self.client
                    .get(format!("{}/api/v1/users/me/", self.fake.url()))
                    .header("X-Api-Key", self.fake.key("coder"))
                    .send()
                    .await
                    .unwrap();
            }
            return;
        }
        if before == Before::Label {
            let label = json!({ "name": "gate:tmp", "color": "#ff0000" });
            self.ask("coder", "POST", "labels/", label).await;
            return;
        }
        let name = self.recording.name.as_str();
        let body = match name {
            // These recorded items had no assignees, and no labels or only one.
            "work_item_patch_parent" => json!({ "name": "ties" }),
            _ if name.starts_with("webhook_issue_") => json!({
                "name": "hooked",
                "labels": [of("a4bf6bce-8f7d-4a85-b067-dcb8be0ec39e", &self.ids)],
            }),
            _ => json!({
                "name": "First work item",
                "description_html": "<p>Goal</p>",
                "priority": "high",
                "state": of("1ccb2c29-c033-49a6-8919-ff9e7b62681b", &self.ids),
                "labels": [of("a4bf6bce-8f7d-4a85-b067-dcb8be0ec39e", &self.ids)],
                "assignees": [of("e1f7ba5b-0d5f-43d6-84c2-34ea3c7648d4", &self.ids)],
                "external_source": "trail",
                "external_id": "wi-1",
            }),
        };
        let item = self.make_item(body).await;
        if name == "work_item_patch_parent" {
            let parent = self.make_item(json!({ "name": "gated" })).await;
            self.ids
                .push(("953e471e-2fa6-4caf-b21f-6a4ade257984".to_owned(), parent));
        }
        if let Some(recorded) = after("work-items") {
            self.ids.push((recorded, item.clone()));
        }
        self.item.clone_from(&item);
        let mut comment = None;
        let external = json!({
            "comment_html": "<p>plain <b>hello</b></p>",
            "external_source": "trail",
            "external_id": "rec-0001",
        });
        // The comment of the exchange that a bot edited itself had no external id.
        let plain = ["comment_patch_by_author", "comment_roundtrip_json_blob"].contains(&name);
        match before {
            Before::Comments(count) => {
                for n in 1..count {
                    self.comment(
                        &item,
                        json!({ "comment_html": format!("<p>{n}</p>"), "external_id": "only-id" }),
                    )
                    .await;
                }
                let body = if plain {
                    json!({ "comment_html": "<p>a</p>" })
                } else {
                    external
                };
                comment = Some(self.comment(&item, body).await);
            }
            Before::CommentElsewhere => {
                let other = self.make_item(json!({ "name": "other" })).await;
                comment = Some(self.comment(&other, external).await);
            }
            Before::CommentGone => {
                let id = self.comment(&item, external).await;
                self.fake.web("klara").delete_comment(&item, &id).unwrap();
                comment = Some(id);
            }
            Before::CommentEdited => {
                let id = self.comment(&item, external).await;
                let path = format!("work-items/{item}/comments/{id}/");
                let edit = json!({ "comment_html": "<p>tampered by tester</p>" });
                self.ask("tester", "PATCH", &path, edit).await;
                comment = Some(id);
            }
            Before::CommentInBrowser | Before::CommentEditedInBrowser => {
                let klara = self.fake.web("klara");
                let id = klara.say(&item, "approve sha256:abc & go").unwrap();
                if before == Before::CommentEditedInBrowser {
                    let edit = "<p class=\"editor-paragraph-block\">approve EDITED</p>";
                    klara.edit_comment(&item, &id, edit).unwrap();
                }
                comment = Some(id);
            }
            Before::CommentSpoofed => {
                let body = json!({
                    "comment_html": "<p>APPROVED</p>",
                    "created_by": self.fake.user("klara"),
                    "created_at": "2020-01-02T03:04:05.123456Z",
                });
                comment = Some(self.comment(&item, body).await);
            }
            Before::CommentsOfAllKinds => {
                let id = self
                    .comment(&item, json!({ "comment_html": "<p>a</p>" }))
                    .await;
                let path = format!("work-items/{item}/comments/{id}/");
                self.ask(
                    "coder",
                    "PATCH",
                    &path,
                    json!({ "comment_html": "<p>self edit</p>" }),
                )
                .await;
                self.comment(
                    &item,
                    json!({ "comment_html": "<p>null</p>", "created_by": null }),
                )
                .await;
                let future =
                    json!({ "comment_html": "<p>fut</p>", "created_at": "2099-01-01T00:00:00Z" });
                self.comment(&item, future).await;
            }
            Before::ItemChanged => {
                let klara = self.fake.web("klara");
                self.fake
                    .web("coder")
                    .set_state(&item, "In Progress")
                    .unwrap();
                self.fake.advance(Duration::from_secs(1));
                klara.label(&item, "gate:plan-approval").unwrap();
                self.fake.advance(Duration::from_secs(1));
                if !self.recording.name.starts_with("webhook") {
                    self.fake
                        .web("coder")
                        .unlabel(&item, "gate:plan-approval")
                        .unwrap();
                }
            }
            Before::ItemGone => self.fake.web("klara").delete_item(&item).unwrap(),
            Before::Link => {
                let link = json!({ "url": "https://git.example/pr/1", "title": "PR 1" });
                self.ask("coder", "POST", &format!("work-items/{item}/links/"), link)
                    .await;
            }
            Before::Item | Before::Nothing | Before::Label | Before::NoBudget => {}
        }
        if let (Some(own), Some(recorded)) = (comment, after("comments")) {
            self.ids.push((recorded, own));
        }
        // The queue has done its part before the recorded exchange, where it shows.
        self.fake.advance(Duration::from_secs(1));
    }
}
