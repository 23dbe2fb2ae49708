//! A prover that pretends: how a test goes on the base, on the change again and on a mutant follows
//! from a word in its file, so that a script decides it by what it writes.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use trail_port::Prover;
use trail_port::prover::{Evidence, Question, Tried, Wanted};
use trail_port::workspace::Error;
use trail_record::body::proof::{Outcome, TrialOf};
use trail_record::body::{FailedBy, Mutant, TestCase, TestOutcome, TestResult};
use trail_record::{Digest, TreeId};

use super::Repository;

/// What the file of a test holds, and so how the test goes.
///
/// | word | base | change again | mutant |
/// |---|---|---|---|
/// | `assert!(true)` | passes | passes | passes |
/// | `only_here` | is not built | passes | fails by assertion |
/// | `only_called` | is not built | passes | passes |
/// | `stays` | passes | passes | fails by assertion |
/// | `sometimes` | fails by assertion | fails by assertion | - |
/// | none of them | fails by assertion | passes | - |
#[derive(Clone)]
pub struct PretendProver {
    repository: Repository,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    asked: AtomicU32,
    questions: Mutex<Vec<Question>>,
    stops: Mutex<Option<String>>,
    takes: Mutex<Duration>,
}

impl PretendProver {
    /// Makes a prover for a repository.
    #[must_use]
    pub fn new(repository: &Repository) -> Self {
        Self {
            repository: repository.clone(),
            inner: Arc::default(),
        }
    }

    /// Returns how often it was asked.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.inner.asked.load(Ordering::SeqCst)
    }

    /// Returns what it was asked, in order.
    ///
    /// # Panics
    /// If a test has left this half-told.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.inner
            .questions
            .lock()
            .expect("nothing is half-told")
            .clone()
    }

    /// Lets it stop from now on before it tries anything, saying why.
    ///
    /// # Panics
    /// If a test has left this half-told.
    pub fn stop(&self, why: &str) {
        *self.inner.stops.lock().expect("nothing is half-told") = Some(why.to_owned());
    }

    /// Lets it take a while from now on.
    ///
    /// # Panics
    /// If a test has left this half-told.
    pub fn take(&self, time: Duration) {
        *self.inner.takes.lock().expect("nothing is half-told") = time;
    }

    fn word(&self, question: &Question, wanted: &Wanted) -> Word {
        let files = self.repository.files(&question.head).unwrap_or_default();
        let place = wanted.place.as_ref();
        let text = place
            .and_then(|own| files.get(&own.path))
            .map_or("", String::as_str);
        let words = [
            ("assert!(true)", Word::Vacuous),
            ("only_here", Word::New),
            ("only_called", Word::Called),
            ("stays", Word::Keeps),
            ("sometimes", Word::Flaky),
        ];
        let found = words.into_iter().find(|(word, _)| text.contains(word));
        found.map_or(Word::Plain, |(_, word)| word)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Vacuous,
    New,
    Called,
    Keeps,
    Flaky,
    Plain,
}

impl Word {
    const fn outcome(self, of: TrialOf) -> Outcome {
        match (self, of) {
            (Self::Vacuous, _) | (Self::Called, TrialOf::Mutant) | (Self::Keeps, TrialOf::Base) => {
                Outcome::Passed
            }
            (Self::New | Self::Called, TrialOf::Base) => Outcome::NotBuilt,
            (Self::Flaky, _) | (_, TrialOf::Base | TrialOf::Mutant) => Outcome::Assertion,
            (_, TrialOf::Change) => Outcome::Passed,
        }
    }
}

fn case(wanted: &Wanted, outcome: Outcome) -> TestCase {
    let failed_by = match outcome {
        Outcome::Assertion => Some(FailedBy::Assertion),
        Outcome::NotBuilt => Some(FailedBy::NotBuilt),
        _ => None,
    };
    TestCase {
        name: wanted.test.clone(),
        outcome: if failed_by.is_some() {
            TestOutcome::Failed
        } else {
            TestOutcome::Passed
        },
        validates: wanted.criteria.iter().map(|(own, _)| own.clone()).collect(),
        failed_by,
        message: failed_by.map(|_| "it said so".to_owned()),
        place: wanted.place.clone(),
    }
}

#[async_trait]
impl Prover for PretendProver {
    async fn prove(&self, question: &Question) -> Result<Evidence, Error> {
        self.inner.asked.fetch_add(1, Ordering::SeqCst);
        self.inner
            .questions
            .lock()
            .expect("nothing is half-told")
            .push(question.clone());
        let takes = *self.inner.takes.lock().expect("nothing is half-told");
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        let stopped = self
            .inner
            .stops
            .lock()
            .expect("nothing is half-told")
            .clone();
        if stopped.is_some() {
            return Ok(Evidence {
                stopped,
                ..Evidence::default()
            });
        }
        let tree = |name: &str| {
            let text = format!("{name} {} {}", question.base, question.head);
            TreeId::new(&Digest::<()>::of(text.as_bytes()).hex()[..40])
        };
        let tried = |of: TrialOf, repeat: u32| {
            let cases: Vec<TestCase> = question
                .tests
                .iter()
                .map(|own| case(own, self.word(question, own).outcome(of)))
                .collect();
            let failed = cases.iter().any(|own| own.outcome == TestOutcome::Failed);
            let (at, tree, overlaid) = match of {
                TrialOf::Base => (&question.base, tree("base"), question.test_paths.clone()),
                TrialOf::Change => (&question.head, question.result.tree.clone(), Vec::new()),
                TrialOf::Mutant => (&question.head, tree("mutant"), Vec::new()),
            };
            Tried {
                of,
                mutant: (of == TrialOf::Mutant).then_some(0),
                repeat,
                at: at.clone(),
                overlaid,
                result: TestResult {
                    tree,
                    exit: Some(i32::from(failed)),
                    cases,
                    output: "pretended".to_owned(),
                    output_digest: Digest::of(b"pretended"),
                    ..question.result.clone()
                },
            }
        };
        let mut trials = vec![tried(TrialOf::Base, 1), tried(TrialOf::Change, 2)];
        let so_far = Evidence {
            trials: trials.clone(),
            ..Evidence::default()
        };
        let mut mutants = Vec::new();
        if !trail_proof::needs_mutant(question, &so_far).is_empty() {
            mutants.push(Mutant {
                onto: question.head.clone(),
                tree: tree("mutant"),
                path: "src/greet.rs".to_owned(),
                file: Digest::of(b"src/greet.rs"),
                line: 1,
                start: 0,
                before: "pub fn greet() {}".to_owned(),
                after: String::new(),
                operator: "reverse-hunk".to_owned(),
                made_by: "trail".to_owned(),
            });
            trials.push(tried(TrialOf::Mutant, 1));
        }
        Ok(Evidence {
            trials,
            mutants,
            stopped: None,
        })
    }
}
