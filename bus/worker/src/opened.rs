//! The entries of comments, each opened once for as long as its comment stays what it was.
//!
//! Reading an envelope and verifying its signature is the dearest thing a look does, and some
//! trackers always give all comments.

use std::collections::{HashMap, HashSet};

use trail_item::text;
use trail_port::tracker::Comment;
use trail_record::chain::{Known, Posted};
use trail_record::{CommentId, Digest, Text, TrustSet};

/// What is told of a comment besides its text, with the text's digest.
#[derive(Debug, Clone, PartialEq)]
struct Print {
    /// The comment without its text.
    bare: Comment,
    text: Digest<Text>,
}

/// The opened entries of one item.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opened {
    /// In the order of the comments.
    posted: Vec<Posted>,
    prints: HashMap<CommentId, Print>,
    /// How many were opened since the beginning; for tests of what is saved.
    #[cfg(test)]
    pub(crate) count: usize,
}

impl Opened {
    /// Returns what is opened, in the order of the comments.
    pub(crate) fn posted(&self) -> &[Posted] {
        &self.posted
    }

    /// Opens the entries of comments that are new or changed. What is opened is kept as such: the
    /// text of its comment is taken away, it would only be copied around. Unless all were read
    /// afresh, a comment without text is one whose text was taken before. A comment that held one of
    /// the `known` entries and holds none any more is kept as opened in vain: it was edited, and is
    /// not gone.
    pub(crate) fn take(
        &mut self,
        comments: &mut [Comment],
        afresh: bool,
        known: &[Known],
        trust: &TrustSet,
    ) {
        let remembered: HashSet<&CommentId> = known.iter().map(|own| &own.comment).collect();
        let mut before: HashMap<CommentId, Posted> = std::mem::take(&mut self.posted)
            .into_iter()
            .map(|own| (own.comment.clone(), own))
            .collect();
        let mut prints = std::mem::take(&mut self.prints);
        for comment in comments {
            let known = before.remove(&comment.id).zip(prints.remove(&comment.id));
            let stripped = !afresh && comment.text.is_empty();
            if let Some((posted, print)) = known {
                let text = std::mem::take(&mut comment.text);
                let same = print.bare == *comment
                    && (stripped || print.text == Digest::of(text.as_bytes()));
                if same {
                    self.prints.insert(comment.id.clone(), print);
                    self.posted.push(posted);
                    continue;
                }
                comment.text = text;
            }
            let json = match text::envelope_of(&comment.text) {
                Some(json) => json,
                None if remembered.contains(&comment.id) => "",
                None => continue,
            };
            #[cfg(test)]
            {
                self.count += 1;
            }
            let posted = Posted::read(comment.id.clone(), comment.author.clone(), json, trust)
                .marked(comment.edited, comment.backdated);
            self.posted.push(posted);
            let text = Digest::of(comment.text.as_bytes());
            comment.text = String::new();
            let bare = comment.clone();
            self.prints.insert(comment.id.clone(), Print { bare, text });
        }
    }
}
