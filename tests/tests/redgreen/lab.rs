//! A repository with a base and a change, and the prover on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;
use trail_port::prover::{Evidence, Question};
use trail_port::tests::TestSettings;
use trail_port::{Prover as _, Workspace as _, Worktree};
use trail_proof::{SEARCH, Sealed, Sources};
use trail_prover::Local;
use trail_record::body::proof::Verdict;
use trail_record::body::{
    Authority, Criterion, Mutant, Proof, Risk, Scope, Spec, TestResult, Trial,
};
use trail_record::{CommitId, Digest, ItemId, Record, RunId, UserId};
use trail_store::LocalStore;
use trail_workspace::{GitWorkspace, Settings};

pub(crate) struct Lab {
    dir: TempDir,
    spec: Spec,
    store: Arc<LocalStore>,
}

/// The records of trials, and the place of the mutant each is of.
type Trials = Vec<(Digest<Record>, Option<usize>)>;

/// One round of trials.
pub(crate) struct Round {
    pub(crate) question: Question,
    pub(crate) evidence: Evidence,
    pub(crate) proofs: Vec<Proof>,
    trials: Trials,
}

impl Round {
    /// Returns the mutant of a trial.
    pub(crate) fn mutant_of(&self, trial: Digest<Record>) -> &Mutant {
        let (_, mutant) = self.trials.iter().find(|(own, _)| *own == trial).unwrap();
        &self.evidence.mutants[mutant.unwrap()]
    }
}

/// Returns test, criterion, verdict and whether it proves, by test.
pub(crate) fn verdicts(proofs: &[Proof]) -> Vec<(String, String, Verdict, bool)> {
    let mut told: Vec<_> = proofs
        .iter()
        .flat_map(|proof| {
            let test = proof.test.rsplit("::").next().unwrap_or_default();
            proof.claims.iter().map(move |claim| {
                let criterion = claim.criterion.criterion.to_string();
                (test.to_owned(), criterion, claim.verdict, claim.proves)
            })
        })
        .collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    told
}

impl Lab {
    /// Makes an empty repository, and an item with these criteria: id, and `keeps` where it does.
    pub(crate) fn new(criteria: &[&str], key: &str) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::create_dir(dir.path().join("repo")).unwrap();
        let criteria = criteria.iter().map(|own| {
            let (id, keeps) = own.split_once(' ').unwrap_or((own, ""));
            Criterion {
                id: id.into(),
                revision: 1,
                text: format!("What {id} says."),
                keeps: keeps == "keeps",
            }
        });
        let spec = Spec {
            item: ItemId::new("1"),
            key: key.into(),
            title: "T".to_owned(),
            body: "B".to_owned(),
            text: Digest::of(b"T B"),
            criteria: criteria.collect(),
            scope: Scope::default(),
            risk: Risk::Low,
            depends_on: Vec::new(),
            references: Vec::new(),
            author: UserId::new("u"),
            authority: Authority::Author {
                user: UserId::new("u"),
            },
            revision: 1,
        };
        let store = Arc::new(LocalStore::open(&dir.path().join("store")).unwrap());
        let lab = Self { dir, spec, store };
        lab.git(&["init", "-q", "-b", "main"]);
        lab
    }

    fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Copies a folder of Trail's own repository into this one.
    pub(crate) fn package(&self, from: &str, to: &str) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut folders = vec![(root.join(from), self.repo().join(to))];
        while let Some((from, to)) = folders.pop() {
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                let to = to.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    folders.push((entry.path(), to));
                } else {
                    fs::copy(entry.path(), to).unwrap();
                }
            }
        }
    }

    pub(crate) fn commit(&self, message: &str) -> CommitId {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-qm", message]);
        CommitId::new(self.git(&["rev-parse", "HEAD"]))
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.repo())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(["-c", "user.name=U", "-c", "user.email=u@example.org"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    async fn workspace(&self) -> Arc<GitWorkspace> {
        let root = fs::canonicalize(self.dir.path()).unwrap();
        let mut settings = Settings::new(root.join("repo"), root.join("runs"));
        settings.sandbox.helper = trail_tests::binary::trail().to_owned();
        settings.keep_ignored = true;
        Arc::new(GitWorkspace::open(settings).await.unwrap())
    }

    /// Names the worktrees there are.
    pub(crate) fn worktrees(&self) -> Vec<String> {
        let trees = fs::read_dir(self.dir.path().join("runs/trees")).unwrap();
        let mut names: Vec<String> = trees
            .map(|own| own.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn prover(&self, workspace: &Arc<GitWorkspace>) -> Local {
        let store: Arc<dyn trail_port::Store> = self.store.clone();
        Local::new(workspace.clone(), store, Arc::new(str::to_owned))
    }

    /// Runs the tests on the change as the tester does, and has them proven.
    pub(crate) async fn prove(
        &self,
        base: &CommitId,
        head: &CommitId,
        settings: TestSettings,
        product: &[&str],
    ) -> Round {
        let workspace = self.workspace().await;
        let run = RunId::new(format!("{}.1", self.spec.key));
        let worktree = workspace.open(&run, head).await.unwrap();
        let ran = worktree
            .run(&trail_proof::command(&settings))
            .await
            .unwrap();
        let told = trail_proof::read(&ran, &settings);
        let mut sources = Sources::default();
        let hits = worktree.search(SEARCH, "", 1000).await.unwrap();
        let mut paths: Vec<String> = hits.into_iter().map(|hit| hit.path).collect();
        paths.extend(told.files());
        for path in paths {
            if let Ok(Some(bytes)) = worktree.read(&path).await {
                sources.add(&path, bytes);
            }
        }
        let result = trail_proof::result(
            &ran,
            &told,
            &sources,
            worktree.tree(),
            &settings,
            &str::to_owned,
        );
        let changed = workspace.changed(base, head).await.unwrap();
        let question = Question {
            item: self.spec.item.clone(),
            run,
            base: base.clone(),
            head: head.clone(),
            tests: trail_proof::wanted(&result, &self.spec),
            test_paths: tests_among(worktree.as_ref(), changed).await,
            product: product.iter().map(|own| (*own).to_owned()).collect(),
            result,
            settings,
        };
        let evidence = self.prover(&workspace).prove(&question).await.unwrap();
        let (sealed, trials) = sealed(&question.result, &evidence);
        let proofs = trail_proof::proofs(
            &question.result,
            &question.tests,
            &self.spec,
            &evidence,
            &sealed,
        );
        Round {
            question,
            evidence,
            proofs,
            trials,
        }
    }

    /// Has the same asked once more.
    pub(crate) async fn prove_again(&self, round: &Round) -> Evidence {
        let workspace = self.workspace().await;
        let prover = self.prover(&workspace);
        prover.prove(&round.question).await.unwrap()
    }
}

/// Returns the paths that hold tests and nothing else.
async fn tests_among(worktree: &dyn Worktree, changed: Vec<String>) -> Vec<String> {
    let mut tests = Vec::new();
    for path in changed {
        let bytes = worktree.read(&path).await.unwrap().unwrap_or_default();
        let holds = trail_source::holds(&path, &bytes);
        if holds.tests && !holds.product {
            tests.push(path);
        }
    }
    tests
}

/// Makes the records of a round, as the worker does.
fn sealed(result: &TestResult, evidence: &Evidence) -> (Sealed, Trials) {
    let none = || std::iter::empty::<Digest<Record>>();
    let mutants: Vec<_> = evidence
        .mutants
        .iter()
        .map(|own| Record::new("mutant", none(), own).unwrap().digest())
        .collect();
    let trials: Vec<_> = evidence
        .trials
        .iter()
        .map(|own| {
            let trial = Trial {
                of: own.of,
                mutant: own.mutant.map(|at| mutants[at]),
                repeat: own.repeat,
                at: own.at.clone(),
                overlaid: own.overlaid.clone(),
                result: own.result.clone(),
            };
            let record = Record::new("trial", none(), &trial).unwrap();
            (record.digest(), own.mutant)
        })
        .collect();
    let sealed = Sealed {
        result: Record::new("test-result", none(), result).unwrap().digest(),
        trials: trials.iter().map(|(digest, _)| *digest).collect(),
        mutants,
    };
    (sealed, trials)
}
