//! The history that workers see: posts, which of them stand, and what may be posted next.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use trail_item::event::RULES;
use trail_item::{Action, Actor, Event, Fold, State, step};
use trail_record::chain::{self, Posted, Signed, Subject};
use trail_record::record::Sealable;
use trail_record::trust::{PersonaTrust, Trust};
use trail_record::{
    CommentId, Digest, Entry, FORMAT, Fence, Keypair, Listed, Moment, Persona, Record, TrustSet,
    UserId, WorkerId, record,
};

/// A post, by its number in the ledger.
pub(crate) type Post = u16;

/// How it is decided which posts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolver {
    /// As Trail does: the chain's predecessors, judged by the item core's fold.
    Chain,
    /// In the tracker's order, whatever they say they follow; `step` judges each.
    OrderOnly,
    /// Broken on purpose: in the tracker's order, claims stand whatever their fence says.
    AnyFence,
    /// Broken on purpose: in the tracker's order, outcomes stand whoever holds the item.
    AnyHolder,
}

/// All posts there ever were, and what is known of histories made of them.
pub(crate) struct Ledger {
    resolver: Resolver,
    subject: Subject,
    trust: TrustSet,
    key: Keypair,
    spec: Sealable,
    posts: Vec<Arc<Signed>>,
    numbers: HashMap<Digest<Entry>, Post>,
    resolved: HashMap<Vec<Post>, Rc<Resolved>>,
}

struct Resolved {
    state: State,
    stands: Vec<Post>,
    judged: OnceCell<Result<(usize, usize), String>>,
}

fn worker(number: usize) -> WorkerId {
    WorkerId::new(format!("planner@host:{number}"))
}

fn minute(minutes: i64) -> Moment {
    Moment::from_millis(1_795_165_200_000 + minutes * 60_000)
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
            numbers: HashMap::new(),
            resolved: HashMap::new(),
        }
    }

    /// Returns the history before any worker claims: the item is taken up.
    pub(crate) fn beginning(&mut self) -> Vec<Post> {
        let taken = Event::TakenUp {
            spec: self.spec.digest(),
            text: Digest::of(b"text"),
            run: "P-1.1".into(),
            comment: None,
        };
        vec![self.write(&[], 0, 0, &taken)]
    }

    /// Returns the post by which a worker would claim now, if the item looks free to it.
    pub(crate) fn claim(
        &mut self,
        shown: &[Post],
        number: usize,
        at: i64,
        lease: i64,
    ) -> Option<(Post, Fence)> {
        let resolved = self.resolve(shown);
        resolved.state.due(minute(at))?;
        let fence = resolved.state.fence.next();
        let event = Event::Claimed {
            action: Action::Plan,
            fence,
            holder: worker(number),
            until: minute(at + lease),
        };
        Some((self.write(shown, number, at, &event), fence))
    }

    /// Returns who holds the item, by what is shown.
    pub(crate) fn holder(&mut self, shown: &[Post]) -> Option<(usize, Fence)> {
        let resolved = self.resolve(shown);
        let lease = resolved.state.lease.as_ref()?;
        let number = lease.holder.as_str().rsplit(':').next().unwrap();
        Some((number.parse().unwrap(), lease.fence))
    }

    /// Returns the post by which a worker says that it is done.
    pub(crate) fn outcome(&mut self, shown: &[Post], number: usize, fence: Fence, at: i64) -> Post {
        self.write(shown, number, at, &Event::Released { fence })
    }

    /// Returns the post that says it again, if the one before does not stand and, as Trail's
    /// workers check, the rules of this ledger would still allow it.
    pub(crate) fn again(
        &mut self,
        shown: &[Post],
        number: usize,
        fence: Fence,
        at: i64,
        before: Post,
    ) -> Option<Post> {
        let resolved = self.resolve(shown);
        if resolved.stands.contains(&before) {
            return None;
        }
        let event = Event::Released { fence };
        let mut state = resolved.state.clone();
        take(self.resolver, &mut state, number, &event, minute(at)).ok()?;
        Some(self.write(shown, number, at, &event))
    }

    /// Checks what stands: one claim per fence, and outcomes by holders only. Returns how many
    /// claims and outcomes there are.
    pub(crate) fn judge(&mut self, shown: &[Post]) -> Result<(usize, usize), String> {
        let resolved = self.resolve(shown);
        let judged = || self.judge_these(&resolved.stands);
        resolved.judged.get_or_init(judged).clone()
    }

    fn judge_these(&self, stands: &[Post]) -> Result<(usize, usize), String> {
        let (mut claims, mut outcomes) = (HashMap::new(), 0);
        let mut holder = None;
        for post in stands {
            let signed = Arc::clone(&self.posts[usize::from(*post)]);
            let by = signed.entry.worker.clone();
            let event = signed.entry.events[0].clone();
            match serde_json::from_value(event).unwrap() {
                Event::Claimed { fence, .. } => {
                    if claims.insert(fence, by.clone()).is_some() {
                        return Err(format!("two claims of fence {fence} stand"));
                    }
                    holder = Some((fence, by));
                }
                Event::Released { fence } => {
                    if holder.take() != Some((fence, by.clone())) {
                        return Err(format!(
                            "{by} does not hold fence {fence}, and its outcome stands"
                        ));
                    }
                    outcomes += 1;
                }
                _ => {}
            }
        }
        Ok((claims.len(), outcomes))
    }

    /// Seals an event on the head that stands, once for equal ones.
    fn write(&mut self, shown: &[Post], number: usize, at: i64, event: &Event) -> Post {
        let resolved = self.resolve(shown);
        let Resolved { state, stands, .. } = resolved.as_ref();
        let first = stands.is_empty();
        let head = stands
            .last()
            .map(|post| self.posts[usize::from(*post)].digest);
        assert!(self.resolver != Resolver::Chain || head == state.head);
        let entry = Entry {
            format: FORMAT,
            rules: RULES,
            project: self.subject.project.clone(),
            item: self.subject.item.clone(),
            key: self.subject.key.clone(),
            run: "P-1.1".into(),
            seq: stands.len() as u64,
            prev: head,
            persona: Persona::Planner,
            worker: worker(number),
            trust: self.trust.latest().0,
            policy: Digest::of(b"policy"),
            spec: Some(self.spec.digest()),
            base: None,
            at: minute(at),
            events: vec![serde_json::to_value(event).unwrap()],
            records: if first {
                vec![Listed::new(&self.spec, true)]
            } else {
                Vec::new()
            },
        };
        let sealed = entry.seal(&self.key).unwrap();
        if let Some(number) = self.numbers.get(&sealed.digest) {
            return *number;
        }
        let json = sealed.envelope.to_json();
        let signed = chain::open(json.as_bytes(), &self.trust).unwrap();
        let number = Post::try_from(self.posts.len()).unwrap();
        self.posts.push(Arc::new(signed));
        self.numbers.insert(sealed.digest, number);
        number
    }

    fn resolve(&mut self, shown: &[Post]) -> Rc<Resolved> {
        if let Some(known) = self.resolved.get(shown) {
            return Rc::clone(known);
        }
        let resolved = Rc::new(if self.resolver == Resolver::Chain {
            self.by_chain(shown)
        } else {
            self.by_order(shown)
        });
        self.resolved.insert(shown.to_vec(), Rc::clone(&resolved));
        resolved
    }

    fn by_chain(&self, shown: &[Post]) -> Resolved {
        let posted: Vec<Posted> = shown
            .iter()
            .enumerate()
            .map(|(place, post)| Posted {
                comment: CommentId::new(format!("c-{place}")),
                author: UserId::from("u-planner"),
                edited: false,
                backdated: false,
                text: Digest::of(b""),
                ours: true,
                signed: Ok(Arc::clone(&self.posts[usize::from(*post)])),
            })
            .collect();
        let mut fold = Fold::default();
        let assembly = chain::assemble(&self.subject, &posted, &[], &self.trust, &mut fold);
        assert!(assembly.findings.is_empty(), "{:?}", assembly.findings);
        let stands = assembly.chain.entries().iter();
        Resolved {
            state: fold.state,
            stands: stands.map(|own| self.numbers[&own.signed.digest]).collect(),
            judged: OnceCell::new(),
        }
    }

    fn by_order(&self, shown: &[Post]) -> Resolved {
        let mut state = State::default();
        let mut stands = Vec::new();
        for post in shown {
            let entry = &self.posts[usize::from(*post)].entry;
            let number = entry.worker.as_str().rsplit(':').next().unwrap();
            let event: Event = serde_json::from_value(entry.events[0].clone()).unwrap();
            if take(
                self.resolver,
                &mut state,
                number.parse().unwrap(),
                &event,
                entry.at,
            )
            .is_ok()
            {
                stands.push(*post);
            }
        }
        Resolved {
            state,
            stands,
            judged: OnceCell::new(),
        }
    }
}

/// Takes one event as the resolver's rules have it.
fn take(
    resolver: Resolver,
    state: &mut State,
    number: usize,
    event: &Event,
    at: Moment,
) -> Result<(), trail_item::Illegal> {
    let actor = Actor {
        persona: Persona::Planner,
        worker: worker(number),
    };
    let mut before = state.clone();
    match (resolver, event) {
        (Resolver::AnyFence, Event::Claimed { fence, .. }) => {
            before.lease = None;
            before.fence = Fence(fence.0 - 1);
        }
        (Resolver::AnyHolder, Event::Released { fence }) => {
            if let Some(lease) = &mut before.lease {
                (lease.fence, lease.holder) = (*fence, actor.worker.clone());
            }
        }
        _ => {}
    }
    (*state, _) = step(&before, &actor, event, at)?;
    Ok(())
}
