//! A second golden history: an item whose criteria are proven, on a repository whose commits and
//! trees git would name so; and the proofs that nobody could have made.

mod evidence;
mod flaw;

use trail_item::action::Action;
use trail_item::event::Event;
use trail_record::body::{
    Authority, CommitMade, Criterion, Decision, DeliveryReceipt, FileChange, GateName,
    PatchPurpose, Patchset, PullRequest, ReportedResult, Review, Risk, Scope, Spec,
};
use trail_record::record::Sealable;
use trail_record::{CommitId, CriterionId, Digest, Fence, Persona, Record, TreeId, UserId};

use crate::events::{asked, claimed, decided, event, spent, taken_up};
use crate::facts::{self, record};
use crate::objects::{self, Objects, Tree};
use crate::world::{Draft, Holder, Strand, World, minute};

pub(crate) use flaw::{Flaw, cases};

const ITEM: usize = 0;
/// The item's key.
pub(crate) const KEY: &str = "VSME-150";

/// A commit of the change and its tree.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) commit: CommitId,
    pub(crate) tree: TreeId,
}

/// The history under construction, with the repository it is about.
pub(crate) struct Proven {
    pub(crate) world: World,
    pub(crate) objects: Objects,
    files: Tree,
    base: Made,
    head: Made,
    spec: Sealable,
    flaw: Flaw,
}

/// Plays the session; `flaw` is what is wrong with one of its proofs.
pub(crate) fn play(flaw: Flaw) -> Proven {
    let mut session = Proven::new(flaw);
    session.plan();
    let approval = session.implement();
    let commit = session.write_tests(approval);
    let (pull, request) = session.prove(&commit);
    session.deliver(&pull, &request);
    session.report_from_elsewhere();
    session.world.checkpoint(ITEM, 15, Holder::Auditor);
    session
}

fn base_files() -> Tree {
    let files = [
        ("Cargo.toml", "[package]\nname = \"vsme\"\n"),
        ("src/lib.rs", "pub mod report;\n"),
        (
            "src/report.rs",
            "pub fn plain(total: u32) -> String {\n    format!(\"total: {total}\\n\")\n}\n\n\
             pub fn round(value: f64) -> f64 {\n    value.floor()\n}\n",
        ),
    ];
    files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect()
}

impl Proven {
    fn new(flaw: Flaw) -> Self {
        let mut world = World::new();
        world.items.clear();
        world.add_item(KEY, "2f0c7f9a-6f5e-4a3b-8f55-93d5b1c00150");
        let (mut objects, files) = (Objects::new(), base_files());
        let tree = objects::tree(&mut objects, &files);
        let commit = objects::commit(&mut objects, &tree, None, "Begin\n");
        let base = Made { commit, tree };
        let spec = spec(&world.items[ITEM]);
        Self {
            world,
            objects,
            files,
            head: base.clone(),
            base,
            spec,
            flaw,
        }
    }

    fn draft(&self, events: Vec<serde_json::Value>, records: Vec<Sealable>) -> Draft {
        let started = !self.world.items[ITEM].sealed.is_empty();
        Draft {
            events,
            records,
            spec: Some(self.spec.digest()),
            base: started.then(|| self.base.commit.clone()),
        }
    }

    fn write(&mut self, by: Holder, events: Vec<serde_json::Value>, records: Vec<Sealable>) {
        let draft = self.draft(events, records);
        self.world.write(ITEM, by, draft);
    }

    fn claim(&mut self, by: Holder, action: Action, fence: u64) {
        let minutes = self.world.items[ITEM].sealed.len() as u64 * 10;
        let claimed = claimed(action, fence, by.persona(), minutes + 30);
        self.write(by, vec![claimed], Vec::new());
    }

    /// A patchset of whole files on the newest commit.
    fn patchset(
        &self,
        purpose: PatchPurpose,
        files: &[(&str, &str)],
        inputs: &[Digest<Record>],
    ) -> Sealable {
        let patchset = Patchset {
            purpose,
            onto: self.head.commit.clone(),
            files: files
                .iter()
                .map(|(path, after)| FileChange {
                    path: (*path).to_owned(),
                    before: self
                        .files
                        .get(*path)
                        .map(|text| Digest::of(text.as_bytes())),
                    after: Some((*after).to_owned()),
                })
                .collect(),
            summary: "as planned".to_owned(),
        };
        record("patchset", inputs, &patchset)
    }

    /// Applies a patchset as the next commit.
    fn commit(&mut self, patchset: &Sealable, by: Persona, rests_on: Digest<Record>) -> Sealable {
        let body: Patchset = patchset.record().read().expect("is a patchset");
        for file in body.files {
            let after = file.after.expect("no file is deleted");
            self.files.insert(file.path, after);
        }
        let message = format!("Change\n\nWork-Item: {KEY}\nRun: {KEY}.1\n");
        let tree = objects::tree(&mut self.objects, &self.files);
        let parent = self.head.commit.clone();
        let commit = objects::commit(&mut self.objects, &tree, Some(&parent), &message);
        self.head = Made { commit, tree };
        let made = CommitMade {
            commit: self.head.commit.clone(),
            tree: self.head.tree.clone(),
            parent,
            author: by,
            message,
        };
        record("commit", &[patchset.digest(), rests_on], &made)
    }

    fn committed(&self, fence: u64, patchset: &Sealable) -> serde_json::Value {
        let body: Patchset = patchset.record().read().expect("is a patchset");
        let texts = body.files.iter().filter_map(|file| file.after.as_ref());
        event(&Event::Committed {
            fence: Fence(fence),
            patchset: patchset.digest(),
            bytes: texts.map(|text| text.len() as u64).sum(),
            commit: self.head.commit.clone(),
            tree: self.head.tree.clone(),
        })
    }

    fn plan(&mut self) {
        let spec = self.spec.clone();
        let seen = facts::body_seen(&spec, minute(0));
        let taken = taken_up(&spec, &format!("{KEY}.1"));
        self.write(Holder::Planner, vec![taken], vec![spec.clone(), seen]);
        self.claim(Holder::Planner, Action::Plan, 1);
        let call = long(&facts::decision(
            1,
            Persona::Planner,
            "plan",
            &[spec.digest()],
        ));
        let plan = facts::conclusion("library_choice", "use ex_xbrl", &[call.digest()]);
        let planned = event(&Event::Planned {
            fence: Fence(1),
            plan: plan.digest(),
        });
        self.write(
            Holder::Planner,
            vec![spent(1, 1), planned],
            vec![call, plan],
        );
    }

    /// Proposes, asks, is approved and applies; returns the approval.
    fn implement(&mut self) -> Digest<Record> {
        self.claim(Holder::Coder, Action::Implement, 2);
        let call = facts::decision(2, Persona::Coder, "implement", &[self.spec.digest()]);
        let files = [
            ("src/lib.rs", "pub mod report;\npub mod xbrl;\n"),
            ("src/report.rs", evidence::REPORT),
            ("src/xbrl.rs", evidence::XBRL),
        ];
        let patchset = self.patchset(PatchPurpose::Implement, &files, &[call.digest()]);
        let outline = self.draft(Vec::new(), Vec::new());
        let outline = self.world.draft(ITEM, Holder::Coder, outline);
        let gate = GateName::FILE_WRITE;
        let request = facts::gate_request(&outline, gate, Persona::Coder, patchset.digest(), None);
        let sealed = facts::request_record(&request);
        let proposed = event(&Event::Proposed {
            fence: Fence(2),
            patchset: patchset.digest(),
        });
        let events = vec![spent(2, 1), proposed, asked(&request, &sealed)];
        self.write(
            Holder::Coder,
            events,
            vec![call, patchset.clone(), sealed.clone()],
        );
        let approval = self.approve(gate, &sealed, 45);
        self.claim(Holder::Coder, Action::Apply, 3);
        let commit = self.commit(&patchset, Persona::Coder, approval);
        let events = vec![self.committed(3, &patchset)];
        self.write(Holder::Coder, events, vec![commit]);
        approval
    }

    fn approve(&mut self, gate: &str, request: &Sealable, at: u64) -> Digest<Record> {
        let decision = facts::gate_decision(request, gate, Persona::Planner, minute(at));
        let seen = facts::comment_seen(&decision, minute(at + 1));
        let approval = facts::decision_record(&decision, &[request.digest(), seen.digest()]);
        let said = decided(gate, request, &approval);
        let digest = approval.digest();
        self.write(Holder::Planner, vec![said], vec![seen, approval]);
        digest
    }

    /// Writes the tests under the contract; returns the commit's record.
    fn write_tests(&mut self, contract: Digest<Record>) -> Sealable {
        self.claim(Holder::Tester, Action::WriteTests, 4);
        let call = facts::decision(3, Persona::Tester, "write-tests", &[self.spec.digest()]);
        let tests = evidence::TESTS;
        let patchset = self.patchset(PatchPurpose::Test, &tests, &[call.digest()]);
        let verdict = facts::verdict(contract, patchset.digest());
        let commit = self.commit(&patchset, Persona::Tester, verdict.digest());
        let events = vec![spent(4, 1), self.committed(4, &patchset)];
        let records = vec![call, patchset, verdict, commit.clone()];
        self.write(Holder::Tester, events, records);
        commit
    }

    /// Runs the tests, tries them, and asks for the pull request; returns it and its request.
    fn prove(&mut self, commit: &Sealable) -> (Sealable, Sealable) {
        self.claim(Holder::Tester, Action::RunTests, 5);
        let evidence = evidence::gather(self, commit.digest());
        let result = evidence[0].clone();
        let pull = PullRequest {
            title: format!("Export XBRL ({KEY})"),
            body: "## What\n\nXBRL beside the plain output.\n".to_owned(),
            branch: format!("trail/{KEY}"),
            base: self.base.commit.clone(),
            head: self.head.commit.clone(),
            tree: self.head.tree.clone(),
        };
        let pull = record("pull-request", &[result.digest(), commit.digest()], &pull);
        let outline = self.draft(Vec::new(), Vec::new());
        let outline = self.world.draft(ITEM, Holder::Tester, outline);
        let tree = Some(self.head.tree.clone());
        let gate = GateName::PR_CREATE;
        let request = facts::gate_request(&outline, gate, Persona::Reviewer, pull.digest(), tree);
        let sealed = facts::request_record(&request);
        let events = vec![
            event(&Event::Tested {
                fence: Fence(5),
                result: result.digest(),
                passed: 5,
                failed: 0,
                green: true,
            }),
            event(&Event::Prepared {
                pull_request: pull.digest(),
                tree: self.head.tree.clone(),
            }),
            asked(&request, &sealed),
        ];
        let mut records = evidence;
        records.extend([pull.clone(), sealed.clone()]);
        self.write(Holder::Tester, events, records);
        (pull, sealed)
    }

    fn deliver(&mut self, pull: &Sealable, request: &Sealable) {
        let approval = self.approve(GateName::PR_CREATE, request, 118);
        self.claim(Holder::Reviewer, Action::Deliver, 6);
        let call = facts::decision(4, Persona::Reviewer, "deliver", &[pull.digest()]);
        let review = Review {
            confirmed: true,
            summary: "exactly what was approved".to_owned(),
            tree: self.head.tree.clone(),
        };
        let review = record("review", &[call.digest(), pull.digest()], &review);
        let receipt = DeliveryReceipt {
            place: "item".to_owned(),
            branch: format!("trail/{KEY}"),
            head: self.head.commit.clone(),
            tree: self.head.tree.clone(),
            remote: None,
        };
        let rests_on = [pull.digest(), review.digest(), approval];
        let receipt = record("delivery", &rests_on, &receipt);
        let delivered = event(&Event::Delivered {
            fence: Fence(6),
            receipt: receipt.digest(),
        });
        let events = vec![spent(6, 1), delivered];
        self.write(Holder::Reviewer, events, vec![call, review, receipt]);
    }

    /// Results that somebody reported after the delivery.
    fn report_from_elsewhere(&mut self) {
        let reported = ReportedResult {
            source: "nightly.xml".to_owned(),
            format: "junit".to_owned(),
            bytes: Digest::of(b"<testsuites/>"),
            commit: Some(self.head.commit.clone()),
            reported_by: "nightly build".to_owned(),
            cases: vec![evidence::case("report::rounds_half_up", "AC-2", None)],
        };
        let reported = record("reported nightly.xml", &[], &reported);
        self.write(Holder::Tester, Vec::new(), vec![reported]);
    }
}

/// The same call with an answer too long to stand inside an entry.
fn long(call: &Sealable) -> Sealable {
    let record = call.record();
    let mut body: Decision = record.read().expect("is a decision");
    body.text = "I compared the libraries line by line.\n".repeat(150);
    self::record(&record.title, &record.inputs, &body)
}

fn spec(strand: &Strand) -> Sealable {
    let criterion = |number: u32, keeps: bool, text: &str| Criterion {
        id: CriterionId::new(format!("AC-{number}")),
        revision: 1,
        text: text.to_owned(),
        keeps,
    };
    let title = "Export XBRL beside the plain report";
    let body = "As a preparer I want XBRL.\n\n- AC-1: every disclosure maps to one concept\n\
        - AC-2: half units are rounded up\n- AC-3: (keeps) the plain output stays as it is\n";
    let spec = Spec {
        item: strand.subject.item.clone(),
        key: strand.subject.key.clone(),
        title: title.to_owned(),
        body: body.to_owned(),
        text: Digest::of(format!("{title}\n{body}").as_bytes()),
        criteria: vec![
            criterion(1, false, "every disclosure maps to one concept"),
            criterion(2, false, "half units are rounded up"),
            criterion(3, true, "the plain output stays as it is"),
        ],
        scope: Scope {
            read: Vec::new(),
            write: vec!["src/**".to_owned(), "tests/**".to_owned()],
        },
        risk: Risk::Medium,
        depends_on: Vec::new(),
        references: Vec::new(),
        author: UserId::from("u-klara"),
        authority: Authority::Author {
            user: UserId::from("u-klara"),
        },
        revision: 1,
    };
    record("spec", &[], &spec)
}
