//! Which recordings are replayed, and upon what.

/// What must be there before a recording is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// The item.
    Item,
    /// The item, deleted again.
    ItemGone,
    /// The item and this many comments.
    Comments(usize),
    /// The item and a comment that was deleted again.
    CommentGone,
    /// A comment with the external id on another item.
    CommentElsewhere,
    /// A comment that another account has edited.
    CommentEdited,
    /// A comment made in the browser.
    CommentInBrowser,
    /// A comment made and edited in the browser.
    CommentEditedInBrowser,
    /// A comment whose author and time were made up.
    CommentSpoofed,
    /// The three comments of the adapter's own list: edited, of nobody, of the future.
    CommentsOfAllKinds,
    /// The item, and its state and labels changed.
    ItemChanged,
    /// No item yet.
    Nothing,
    /// The label there is to be made.
    Label,
    /// The item with a link.
    Link,
    /// No requests left.
    NoBudget,
}

/// How each recording is replayed.
pub(crate) const REPLAYED: &[(&str, Before)] = &[
    ("activity_list", Before::ItemChanged),
    ("activity_list_gate_flow", Before::ItemChanged),
    ("comment_create", Before::Item),
    ("comment_create_400_bad_access", Before::Item),
    ("comment_create_403_not_project_member", Before::Item),
    ("comment_create_409_external_id", Before::Comments(1)),
    (
        "comment_create_409_external_id_other_item",
        Before::CommentElsewhere,
    ),
    ("comment_create_by_guest", Before::Item),
    (
        "comment_create_spoofed_created_by_and_created_at",
        Before::Item,
    ),
    ("comment_delete_by_guest", Before::Comments(1)),
    ("comment_delete_by_klara", Before::Comments(1)),
    ("comment_delete_by_marek", Before::Comments(1)),
    ("comment_get", Before::Comments(1)),
    ("comment_get_404_deleted", Before::CommentGone),
    ("comment_get_after_edit_by_other", Before::CommentEdited),
    ("comment_get_created_in_ui", Before::CommentInBrowser),
    ("comment_get_edited_in_ui", Before::CommentEditedInBrowser),
    ("comment_get_expand_actor", Before::Comments(1)),
    ("comment_get_spoofed_readback", Before::CommentSpoofed),
    ("comment_list", Before::Comments(3)),
    ("comment_list_adapter_fields", Before::CommentsOfAllKinds),
    ("comment_list_page1", Before::Comments(12)),
    ("comment_list_page2", Before::Comments(12)),
    ("comment_list_page3", Before::Comments(12)),
    ("comment_patch_403_not_project_member", Before::Comments(1)),
    ("comment_patch_by_author", Before::Comments(1)),
    ("comment_patch_by_guest", Before::Comments(1)),
    ("comment_patch_by_other_bot", Before::Comments(1)),
    ("comment_patch_external_id", Before::Comments(1)),
    ("comment_roundtrip_json_blob", Before::Comments(1)),
    ("error_400_bad_label", Before::Nothing),
    ("error_400_cursor", Before::Item),
    ("error_400_malformed_json", Before::Nothing),
    ("error_400_per_page", Before::Item),
    ("error_400_validation", Before::Nothing),
    ("error_401_no_key", Before::Nothing),
    ("error_403_bad_key", Before::Nothing),
    ("error_403_unknown_project", Before::Nothing),
    ("error_403_unknown_workspace", Before::Nothing),
    ("error_404_bad_uuid", Before::Nothing),
    ("error_404_identifier", Before::Item),
    ("error_404_work_item", Before::Nothing),
    ("error_405", Before::Item),
    ("error_415", Before::Nothing),
    ("error_429_rate_limited", Before::NoBudget),
    ("label_create", Before::Nothing),
    ("label_create_409_name", Before::Label),
    ("labels_list", Before::Nothing),
    ("link_create", Before::Item),
    ("link_create_dup", Before::Link),
    ("link_list", Before::Link),
    ("project_get", Before::Nothing),
    ("project_members_list", Before::Nothing),
    ("projects_list", Before::Nothing),
    ("states_list", Before::Nothing),
    ("users_me", Before::Nothing),
    ("webhook_issue_comment_created", Before::Comments(1)),
    (
        "webhook_issue_comment_updated_comment_html",
        Before::CommentEdited,
    ),
    ("webhook_issue_created", Before::Item),
    ("webhook_issue_updated_labels", Before::ItemChanged),
    ("webhook_issue_updated_name", Before::ItemChanged),
    ("webhook_issue_updated_state", Before::ItemChanged),
    ("work_item_create", Before::Nothing),
    ("work_item_create_409_external_id", Before::Item),
    ("work_item_delete_403", Before::Item),
    ("work_item_get", Before::Item),
    ("work_item_get_404_deleted", Before::ItemGone),
    ("work_item_get_by_external_id", Before::Item),
    ("work_item_get_by_external_id_404", Before::Item),
    ("work_item_get_by_identifier", Before::Item),
    ("work_item_get_expand", Before::Item),
    ("work_item_list_bad_order_by", Before::Nothing),
    ("work_item_list_poll", Before::Item),
    ("work_item_patch_403_guest", Before::Item),
    ("work_item_patch_labels", Before::Item),
    ("work_item_patch_parent", Before::Item),
    ("work_item_patch_state", Before::Item),
    ("work_item_search", Before::Item),
    ("workspace_members_list", Before::Nothing),
    ("workspace_members_list_403_guest", Before::Nothing),
];

/// Which recordings are not replayed, and why.
pub(crate) const NOT_REPLAYED: &[(&str, &str)] = &[
    (
        "attachment_create",
        "the stand-in has no attachments: Trail puts nothing there",
    ),
    (
        "attachment_list",
        "the stand-in has no attachments: Trail puts nothing there",
    ),
    (
        "relation_create",
        "the stand-in has no relations: Trail neither reads nor makes them",
    ),
    (
        "relation_list",
        "the stand-in has no relations: Trail neither reads nor makes them",
    ),
    (
        "ui_comment_create",
        "the browser's session API is played by `Web`; its row is held to comment_get_created_in_ui",
    ),
    (
        "ui_comment_create_guest",
        "the browser's session API is played by `Web`",
    ),
    (
        "ui_webhook_create",
        "webhooks are not kept in the stand-in, only made and signed",
    ),
];
