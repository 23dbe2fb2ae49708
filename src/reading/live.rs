//! What the tracker shows now against what was sealed of it.

use trail_item::Stage;
use trail_port::tracker;
use trail_reader::Story;
use trail_record::{Digest, Finding, FindingKind, Moment, Place};

/// Compares what the tracker shows now with what was sealed.
pub(super) fn findings(story: &Story, read: &tracker::Read) -> Vec<Finding> {
    let mut findings = Vec::new();
    for decision in story.gates.iter().flat_map(|gate| &gate.decisions) {
        let Some(sealed) = &decision.body.comment else {
            continue;
        };
        let now = read.comments.iter().find(|own| own.id == sealed.id);
        let (kind, what) = match now {
            None => (FindingKind::DeletedApproval, "is gone"),
            Some(now) if now.author != sealed.author => {
                (FindingKind::Reattributed, "now has another author")
            }
            Some(now) if touched(now, sealed) => (FindingKind::EditedApproval, "was changed"),
            Some(_) => continue,
        };
        let place = Place {
            item: Some(story.key.clone()),
            seq: Some(decision.entry),
            comment: Some(sealed.id.clone()),
            digest: Some(decision.digest.to_string()),
        };
        let detail = format!(
            "the comment in which {} decided gate {} {what}",
            decision.body.name, decision.body.gate
        );
        findings.push(Finding::new(kind, place, detail));
    }
    let ended = matches!(
        story.state.stage,
        Stage::Delivered { .. } | Stage::Cancelled
    );
    let text: Digest<trail_record::Text> =
        Digest::of(format!("{}\n{}", read.item.title, read.item.body).as_bytes());
    if let Some(task) = story
        .state
        .task
        .as_ref()
        .filter(|task| !ended && task.text != text)
    {
        let place = Place {
            item: Some(story.key.clone()),
            digest: Some(task.spec.to_string()),
            ..Place::default()
        };
        let detail = "title and body are no longer the sealed ones; nothing goes on until `/amend`";
        findings.push(Finding::new(FindingKind::Drift, place, detail));
    }
    findings
}

/// Tells whether a comment is no longer what was sealed of it.
fn touched(now: &tracker::Comment, sealed: &trail_record::body::CommentSeen) -> bool {
    let updated = if now.edited && now.updated == now.created {
        Moment::from_millis(now.created.as_millis() + 1)
    } else {
        now.updated
    };
    Digest::of(now.text.as_bytes()) != sealed.text
        || now.created != sealed.created
        || updated != sealed.updated
}
