//! What rests on what: the records of histories as a graph of their `inputs`.
//!
//! An edge goes from a record to each record it names as input, so what follows from a record is
//! computed and never typed in. A record's digest covers its inputs, so there can be no cycle; a
//! digest that no told record has is kept as a loose end and named.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;
use trail_record::{Digest, ItemKey, Kind, Moment, Persona, Record, RunId};

use crate::story::{Fact, Story};

/// A record as a place in the graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// The record.
    pub digest: Digest<Record>,
    /// Its kind.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its item.
    pub item: ItemKey,
    /// The run it belongs to.
    pub run: RunId,
    /// The number of the entry that seals it.
    pub entry: u64,
    /// When it was sealed.
    pub at: Moment,
    /// Who sealed it.
    pub persona: Persona,
    /// The number of the call within its run, for decisions.
    pub call: Option<u32>,
    /// The action a decision was made for.
    pub action: Option<String>,
    /// Its name, for conclusions: `library_choice`.
    pub name: Option<String>,
    /// Whether its bytes could be read; of one that could not, the inputs are not known.
    pub read: bool,
    /// What it rests on.
    pub inputs: Vec<Digest<Record>>,
}

/// The records of some items and what rests on what.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    places: HashMap<Digest<Record>, usize>,
    users: Vec<Vec<usize>>,
}

/// A record that was reached from another, over how many edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reached<'g> {
    /// The record.
    pub node: &'g Node,
    /// How many edges away, at least 1.
    pub depth: u32,
    /// The record it was reached through: the start, or one reached before.
    pub through: Digest<Record>,
}

/// Which way edges are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To what a record rests on.
    Inputs,
    /// To what rests on a record.
    Users,
}

impl Graph {
    /// Makes the graph of these stories.
    #[must_use]
    pub fn of(stories: &[&Story]) -> Self {
        let mut graph = Self::default();
        for story in stories {
            let told = Told::of(story);
            for step in &story.entries {
                for listed in &step.records {
                    // The same record may be sealed twice; it is where it was first.
                    if graph.places.contains_key(&listed.digest) {
                        continue;
                    }
                    let known = told.known.get(&listed.digest);
                    graph.places.insert(listed.digest, graph.nodes.len());
                    graph.nodes.push(Node {
                        digest: listed.digest,
                        kind: listed.kind,
                        title: listed.title.clone(),
                        item: story.key.clone(),
                        run: step.run.clone(),
                        entry: step.seq,
                        at: step.at,
                        persona: step.persona,
                        call: known.and_then(|own| own.call),
                        action: known.and_then(|own| own.action.clone()),
                        name: known.and_then(|own| own.name.clone()),
                        read: known.is_some(),
                        inputs: known.map(|own| own.inputs.to_vec()).unwrap_or_default(),
                    });
                }
            }
        }
        graph.users = vec![Vec::new(); graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            for input in &node.inputs {
                if let Some(place) = graph.places.get(input)
                    && graph.users[*place].last() != Some(&index)
                {
                    graph.users[*place].push(index);
                }
            }
        }
        graph
    }

    /// Returns the records, in the order in which they were sealed.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns a record.
    #[must_use]
    pub fn get(&self, digest: Digest<Record>) -> Option<&Node> {
        self.places.get(&digest).map(|place| &self.nodes[*place])
    }

    /// Returns the records a record names as inputs, and the digests among them that are not told.
    #[must_use]
    pub fn inputs(&self, node: &Node) -> (Vec<&Node>, Vec<Digest<Record>>) {
        let (mut known, mut loose) = (Vec::new(), Vec::new());
        for input in &node.inputs {
            match self.get(*input) {
                Some(node) => known.push(node),
                None => loose.push(*input),
            }
        }
        (known, loose)
    }

    /// Returns all that is reached from `start`, nearest first, each once and by a shortest way; at
    /// most `depth` edges away.
    #[must_use]
    pub fn reach(&self, start: Digest<Record>, way: Way, depth: u32) -> Vec<Reached<'_>> {
        let Some(first) = self.places.get(&start).copied() else {
            return Vec::new();
        };
        let mut seen = vec![false; self.nodes.len()];
        seen[first] = true;
        let (mut reached, mut queue) = (Vec::new(), VecDeque::from([(first, 0_u32)]));
        while let Some((from, far)) = queue.pop_front() {
            if far >= depth {
                continue;
            }
            for to in self.next(from, way) {
                if std::mem::replace(&mut seen[to], true) {
                    continue;
                }
                reached.push(Reached {
                    node: &self.nodes[to],
                    depth: far + 1,
                    through: self.nodes[from].digest,
                });
                queue.push_back((to, far + 1));
            }
        }
        reached
    }

    fn next(&self, from: usize, way: Way) -> Vec<usize> {
        match way {
            Way::Inputs => self.nodes[from]
                .inputs
                .iter()
                .filter_map(|input| self.places.get(input).copied())
                .collect(),
            Way::Users => self.users[from].clone(),
        }
    }
}

/// What is told of one record besides what its entry lists.
struct Known<'s> {
    inputs: &'s [Digest<Record>],
    call: Option<u32>,
    action: Option<String>,
    name: Option<String>,
}

struct Told<'s> {
    known: HashMap<Digest<Record>, Known<'s>>,
}

impl<'s> Told<'s> {
    fn of(story: &'s Story) -> Self {
        let mut told = Self {
            known: HashMap::new(),
        };
        told.plain(&story.specs);
        told.plain(&story.patchsets);
        told.plain(&story.commits);
        told.plain(&story.tests);
        told.plain(&story.pull_requests);
        told.plain(&story.reviews);
        told.plain(&story.deliveries);
        told.plain(&story.failures);
        told.plain(&story.observations);
        told.plain(&story.verdicts);
        told.plain(&story.trials);
        told.plain(&story.mutants);
        told.plain(&story.proofs);
        told.plain(&story.reported);
        told.plain(&story.reverts);
        for gate in &story.gates {
            told.add(&gate.request, None, None, None);
            told.plain(&gate.decisions);
        }
        for decision in &story.decisions {
            let body = &decision.body;
            told.add(decision, Some(body.call), Some(body.action.clone()), None);
        }
        for conclusion in &story.conclusions {
            told.add(conclusion, None, None, Some(conclusion.body.name.clone()));
        }
        told
    }

    fn plain<B>(&mut self, facts: &'s [Fact<B>]) {
        for fact in facts {
            self.add(fact, None, None, None);
        }
    }

    fn add<B>(
        &mut self,
        fact: &'s Fact<B>,
        call: Option<u32>,
        action: Option<String>,
        name: Option<String>,
    ) {
        self.known.entry(fact.digest).or_insert(Known {
            inputs: &fact.inputs,
            call,
            action,
            name,
        });
    }
}

impl Node {
    /// Returns how people name it: `call 5`, `library_choice`, `patchset`.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.name, self.call) {
            (Some(name), _) => trail_item::quote::visible(name),
            (None, Some(call)) => format!("call {call}"),
            (None, None) => trail_item::quote::visible(&self.title),
        }
    }

    /// Returns the address that names it in commands: `PROJ-1.1#5` for a call, else its digest's
    /// beginning.
    #[must_use]
    pub fn address(&self) -> String {
        match self.call {
            Some(call) => format!("{}#{call}", self.run),
            None => self.digest.short(),
        }
    }
}
