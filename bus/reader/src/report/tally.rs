//! How the criteria stand, each group by name: what was amended, removed or waived is told apart and
//! never hidden in a "6 of 6".

use serde::Serialize;
use trail_item::text::count;

use crate::revisions::CriterionChanges;
use crate::story::{Coverage, Standing};

/// How the criteria stand. Each is named as `AC-1@2`: its id and its revision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// How many criteria the task in force has.
    pub total: u64,
    /// Those that a test proves.
    pub proven: Vec<String>,
    /// Those whose tests pass and were not seen to be able to fail.
    pub not_proven: Vec<String>,
    /// Those whose tests pass; whether they can fail was not found out.
    pub annotated_tests_pass: Vec<String>,
    /// Those with a test that failed or did not run.
    pub annotated_tests_fail: Vec<String>,
    /// Those that were amended after the last test run.
    pub suspect: Vec<String>,
    /// Those that no test claims.
    pub unclaimed: Vec<String>,
    /// Those of which nothing is known, because no tests were run.
    pub not_tested: Vec<String>,
    /// Those that say something else than when they were first agreed.
    pub amended: Vec<String>,
    /// Those that an amendment took away: they count nowhere else.
    pub removed: Vec<String>,
    /// Those that were not proven when a pull request was let through.
    pub waived: Vec<String>,
}

impl Tally {
    /// Says it in one sentence, every group by name.
    #[must_use]
    pub fn sentence(&self) -> String {
        let groups = [
            ("proven", &self.proven),
            ("not proven", &self.not_proven),
            (
                "with passing annotated tests only",
                &self.annotated_tests_pass,
            ),
            ("with failing tests", &self.annotated_tests_fail),
            ("suspect", &self.suspect),
            ("without a test", &self.unclaimed),
            ("not tested", &self.not_tested),
        ];
        let told: Vec<String> = groups
            .iter()
            .filter(|(_, own)| !own.is_empty())
            .map(|(word, own)| format!("{} {word} ({})", own.len(), own.join(", ")))
            .collect();
        let told = if told.is_empty() {
            "none".to_owned()
        } else {
            told.join(", ")
        };
        let names = |own: &[String]| {
            if own.is_empty() {
                "none".to_owned()
            } else {
                own.join(", ")
            }
        };
        format!(
            "{}: {told}. Amended: {}. Removed: {}. Waived: {}.",
            count(
                usize::try_from(self.total).unwrap_or(usize::MAX),
                "criterion"
            ),
            names(&self.amended),
            names(&self.removed),
            names(&self.waived),
        )
    }
}

pub(super) fn of(coverage: &[Coverage], changes: &[CriterionChanges]) -> Tally {
    let mut tally = Tally {
        total: coverage.len() as u64,
        ..Tally::default()
    };
    for own in coverage {
        let group = match own.standing {
            Standing::NotTested => &mut tally.not_tested,
            Standing::Unclaimed => &mut tally.unclaimed,
            Standing::Suspect => &mut tally.suspect,
            Standing::AnnotatedTestsFail => &mut tally.annotated_tests_fail,
            Standing::AnnotatedTestsPass => &mut tally.annotated_tests_pass,
            Standing::NotProven => &mut tally.not_proven,
            Standing::Proven => &mut tally.proven,
        };
        group.push(format!("{}@{}", own.criterion, own.revision));
    }
    for own in changes {
        let newest = format!("{}@{}", own.criterion, own.newest().revision);
        if own.removed.is_some() {
            tally.removed.push(newest);
            continue;
        }
        if own.is_amended() {
            tally.amended.push(newest);
        }
        if let Some(waiver) = own.waived.last() {
            let waived = format!("{}@{}", own.criterion, waiver.revision);
            tally.waived.push(waived);
        }
    }
    tally
}
