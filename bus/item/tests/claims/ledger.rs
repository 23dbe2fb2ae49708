//! The history that workers see: posts, which of them stand, and what may be posted next.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use trail_item::event::RULES;
use trail_item::{Actor, Event, Fold};
use trail_record::chain::{self, Posted, Signed, Subject};
use trail_record::record::Sealable;
use trail_record::trust::{PersonaTrust, Trust};
use trail_record::{
    CommentId, Digest, Entry, FORMAT, Fence, Keypair, Listed, Persona, Record, TrustSet, UserId,
    WorkerId, record,
};

use crate::draft::{Conduct, Draft, minute};
use crate::judge::{Summary, judge};
use crate::resolver::{Resolver, Taken};

/// A post, by its number in the ledger.
pub(crate) type Post = u32;

/// The name of a process.
pub(crate) type Id = u8;

/// All posts there ever were, and what is known of histories made of them.
pub(crate) struct Ledger {
    resolver: Resolver,
    subject: Subject,
    trust: TrustSet,
    key: Keypair,
    spec: Sealable,
    posts: Vec<(Arc<Signed>, Vec<Event>)>,
    written: HashMap<(Option<Post>, Id, i64, Draft), Post>,
    numbers: HashMap<Digest<Entry>, Post>,
    resolved: HashMap<Vec<Post>, Rc<Resolved>>,
}

struct Resolved {
    taken: Taken,
    stands: Vec<Post>,
    judged: OnceCell<Result<Summary, String>>,
}

fn actor(id: Id) -> Actor {
    Actor {
        persona: Persona::Planner,
        worker: WorkerId::new(format!("planner@host:{id}")),
    }
}

fn id_of(worker: &WorkerId) -> Id {
    worker.as_str().rsplit(':').next().unwrap().parse().unwrap()
}

impl Ledger {
    pub(crate) fn new(resolver: Resolver) -> Self {
        let (operator, key) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
        let trust = Trust {
            format: FORMAT,
            project: "project".into(),
            serial: 1,
            prev: None,
            at: minute(0),
            personas: vec![PersonaTrust {
                persona: Persona::Planner,
                account: UserId::from("u-planner"),
                keys: vec![trail_record::trust::KeyTrust {
                    key: key.public(),
                    revoked: None,
                }],
            }],
            approvers: Vec::new(),
            policy: Digest::of(b"policy"),
            checkpoint_keys: Vec::new(),
            endpoints: Vec::new(),
        };
        let (_, envelope) = trust.seal(&operator).unwrap();
        let spec = Record {
            format: FORMAT,
            kind: trail_record::Kind::Spec,
            title: "spec".to_owned(),
            inputs: Vec::new(),
            body: record::Raw::new(&"the spec").unwrap(),
        };
        Self {
            resolver,
            subject: Subject {
                project: "project".into(),
                item: "item".into(),
                key: "P-1".into(),
            },
            trust: TrustSet::open(&[envelope], &operator.public()).unwrap(),
            key,
            spec: Sealable::new(spec).unwrap(),
            posts: Vec::new(),
            written: HashMap::new(),
            numbers: HashMap::new(),
            resolved: HashMap::new(),
        }
    }

    /// Returns the history before any worker claims: the item is taken up.
    pub(crate) fn beginning(&mut self) -> Vec<Post> {
        vec![self.write(&[], 0, 0, Draft::TakenUp)]
    }

    /// Returns the posts by which a worker might take the item, with the fence it would hold.
    pub(crate) fn claims(
        &mut self,
        view: &[Post],
        id: Id,
        at: i64,
        lease: i64,
        conduct: Conduct,
    ) -> Vec<(Post, Option<Fence>)> {
        let resolved = self.resolve(view);
        let drafts = conduct.drafts(&resolved.taken.state, minute(at), at + lease);
        let write = |(draft, fence)| (self.write(view, id, at, draft), fence);
        drafts.into_iter().map(write).collect()
    }

    /// Returns who holds the item, by what is shown.
    pub(crate) fn holder(&mut self, shown: &[Post]) -> Option<(Id, Fence)> {
        let resolved = self.resolve(shown);
        let lease = resolved.taken.state.lease.as_ref()?;
        Some((id_of(&lease.holder), lease.fence))
    }

    /// Returns the post by which a worker says that it is done.
    pub(crate) fn outcome(&mut self, view: &[Post], id: Id, fence: Fence, at: i64) -> Post {
        self.write(view, id, at, Draft::Release { fence })
    }

    /// Returns the post that says it again, if the one before does not stand and, as Trail's
    /// workers check, the rules of this ledger would still allow it.
    pub(crate) fn again(
        &mut self,
        shown: &[Post],
        id: Id,
        fence: Fence,
        at: i64,
        before: Post,
    ) -> Option<Post> {
        let resolved = self.resolve(shown);
        if resolved.stands.contains(&before) {
            return None;
        }
        let events = [Event::Released { fence }];
        self.resolver
            .take(&resolved.taken, &actor(id), &events, minute(at))
            .ok()?;
        Some(self.write(shown, id, at, Draft::Release { fence }))
    }

    /// Returns the name that a post has in every ledger.
    pub(crate) fn digest(&self, post: Post) -> Digest<Entry> {
        self.posts[post as usize].0.digest
    }

    /// Returns those that stand of what is shown.
    pub(crate) fn stands(&mut self, shown: &[Post]) -> Vec<Post> {
        self.resolve(shown).stands.clone()
    }

    /// Tells whether a post is an outcome under a fence that is not the newest one shown.
    pub(crate) fn is_late(&mut self, shown: &[Post], post: Post) -> bool {
        let newest = self.resolve(shown).taken.state.fence;
        let events = &self.posts[post as usize].1;
        matches!(events[..], [Event::Released { fence }] if fence < newest)
    }

    /// Checks what stands: fences rise by one, one claim each, and outcomes are by holders only.
    pub(crate) fn judge(&mut self, shown: &[Post]) -> Result<Summary, String> {
        let resolved = self.resolve(shown);
        let judged = || {
            judge(resolved.stands.iter().flat_map(|post| {
                let (signed, events) = &self.posts[*post as usize];
                events.iter().map(|event| (&signed.entry.worker, event))
            }))
        };
        resolved.judged.get_or_init(judged).clone()
    }

    /// Seals a draft on the head that stands in a view, once for equal ones.
    fn write(&mut self, view: &[Post], id: Id, at: i64, draft: Draft) -> Post {
        let resolved = self.resolve(view);
        let last = resolved.stands.last().copied();
        if let Some(known) = self.written.get(&(last, id, at, draft)) {
            return *known;
        }
        let head = last.map(|post| self.posts[post as usize].0.digest);
        assert!(self.resolver != Resolver::Chain || head == resolved.taken.state.head);
        let (events, records) = draft.events(&actor(id).worker, &self.spec);
        let values = events
            .iter()
            .map(|event| serde_json::to_value(event).unwrap());
        let entry = Entry {
            format: FORMAT,
            rules: RULES,
            project: self.subject.project.clone(),
            item: self.subject.item.clone(),
            key: self.subject.key.clone(),
            run: "P-1.1".into(),
            seq: resolved.stands.len() as u64,
            prev: head,
            persona: Persona::Planner,
            worker: actor(id).worker,
            trust: self.trust.latest().0,
            policy: Digest::of(b"policy"),
            spec: Some(self.spec.digest()),
            base: None,
            at: minute(at),
            events: values.collect(),
            records: records.iter().map(|own| Listed::new(own, true)).collect(),
        };
        let sealed = entry.seal(&self.key).unwrap();
        let signed = chain::open(sealed.envelope.to_json().as_bytes(), &self.trust).unwrap();
        let number = Post::try_from(self.posts.len()).unwrap();
        self.posts.push((Arc::new(signed), events));
        self.numbers.insert(sealed.digest, number);
        self.written.insert((last, id, at, draft), number);
        number
    }

    fn resolve(&mut self, shown: &[Post]) -> Rc<Resolved> {
        if let Some(known) = self.resolved.get(shown) {
            return Rc::clone(known);
        }
        let (taken, stands) = if self.resolver == Resolver::Chain {
            self.by_chain(shown)
        } else {
            self.by_order(shown)
        };
        let judged = OnceCell::new();
        let resolved = Rc::new(Resolved {
            taken,
            stands,
            judged,
        });
        self.resolved.insert(shown.to_vec(), Rc::clone(&resolved));
        resolved
    }

    fn by_chain(&self, shown: &[Post]) -> (Taken, Vec<Post>) {
        let posted = |(place, post): (usize, &Post)| Posted {
            comment: CommentId::new(format!("c-{place}")),
            author: UserId::from("u-planner"),
            edited: false,
            backdated: false,
            text: Digest::of(b""),
            ours: true,
            signed: Ok(Arc::clone(&self.posts[*post as usize].0)),
        };
        let posted: Vec<Posted> = shown.iter().enumerate().map(posted).collect();
        let mut fold = Fold::default();
        let assembly = chain::assemble(&self.subject, &posted, &[], &self.trust, &mut fold);
        assert!(assembly.findings.is_empty(), "{:?}", assembly.findings);
        let stands = assembly.chain.entries().iter();
        let stands = stands.map(|own| self.numbers[&own.signed.digest]).collect();
        (Taken::of(fold.state), stands)
    }

    fn by_order(&self, shown: &[Post]) -> (Taken, Vec<Post>) {
        let (mut taken, mut stands) = (Taken::default(), Vec::new());
        for post in shown {
            let (signed, events) = &self.posts[*post as usize];
            let by = actor(id_of(&signed.entry.worker));
            if let Ok(next) = self.resolver.take(&taken, &by, events, signed.entry.at) {
                taken = next;
                stands.push(*post);
            }
        }
        (taken, stands)
    }
}
