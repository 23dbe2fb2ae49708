//! What an item's history bears on clauses of regulations and standards.
//!
//! Which evidence bears on which clause is data (`data/clauses/`, one file for each framework, in our
//! own words); whether an item has that evidence is computed. Nothing here says that anybody complies
//! with anything: a clause tells which evidence is there, and what Trail does not cover at all.

mod evidence;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

pub use evidence::{Evidence, Held};

use crate::report::Basis;

/// What every reader of a mapping must know.
pub const NOTICE: &str = "This maps evidence to clauses in our own short words. It is no legal advice, \
    no certificate and no text of any standard: check numbers and wording before you quote them.";

/// The frameworks, as shipped.
const FILES: [(&str, &str); 6] = [
    ("21-cfr-11", include_str!("../data/clauses/21-cfr-11.json")),
    ("iec-62304", include_str!("../data/clauses/iec-62304.json")),
    ("eu-cra", include_str!("../data/clauses/eu-cra.json")),
    ("eu-ai-act", include_str!("../data/clauses/eu-ai-act.json")),
    ("soc-2", include_str!("../data/clauses/soc-2.json")),
    (
        "slsa-source",
        include_str!("../data/clauses/slsa-source.json"),
    ),
];

/// A regulation or standard, with those of its clauses on which evidence may bear.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// A stable word.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which version of its text was compared, and when.
    pub text: String,
    /// To what it applies, and what that means for an item's history.
    pub applies: String,
    /// The clauses, in its order.
    pub clauses: Vec<Clause>,
}

/// A clause of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its number.
    pub id: String,
    /// What it is about, in a few words.
    pub topic: String,
    /// What it asks, in our own words.
    pub asks: String,
    /// The evidence that bears on it; none if Trail does not cover it.
    pub evidence: Vec<Evidence>,
    /// What of it Trail does not cover, whatever the evidence.
    pub not_covered: Vec<String>,
}

/// What an item's history bears on all frameworks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bearing {
    /// What every reader must know.
    pub notice: &'static str,
    /// Each kind of evidence, and whether the item has it.
    pub evidence: Vec<Held>,
    /// The frameworks.
    pub frameworks: Vec<FrameworkTold>,
}

/// What an item's history bears on one framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FrameworkTold {
    /// A stable word.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Which version of its text was compared, and when.
    pub text: &'static str,
    /// To what it applies.
    pub applies: &'static str,
    /// Its clauses.
    pub clauses: Vec<ClauseTold>,
}

/// What an item's history bears on one clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClauseTold {
    /// Its number.
    pub id: &'static str,
    /// What it is about.
    pub topic: &'static str,
    /// What it asks, in our own words.
    pub asks: &'static str,
    /// Whether the evidence that bears on it is there.
    pub standing: Standing,
    /// The evidence that bears on it.
    pub evidence: &'static [Evidence],
    /// Why it is not all there: the reasons of the evidence that is partly there or absent.
    pub reasons: Vec<String>,
    /// What of it Trail does not cover, whatever the evidence.
    pub not_covered: &'static [String],
}

/// Whether evidence is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is there.
    Present,
    /// Some of it is there, or it is there with a reservation.
    Partly,
    /// It is not there.
    Absent,
    /// Trail gives no evidence for it.
    NotCovered,
}

impl Standing {
    /// Says it for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "evidence present",
            Self::Partly => "evidence partly present",
            Self::Absent => "evidence absent",
            Self::NotCovered => "not covered by Trail",
        }
    }
}

/// Returns the frameworks, as shipped.
///
/// # Panics
/// Never: a test reads every file.
#[must_use]
pub fn frameworks() -> &'static [Framework] {
    static READ: OnceLock<Vec<Framework>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = |(_, text): &(&str, &str)| {
            serde_json::from_str(text).expect("the clause files that are shipped are well-formed")
        };
        FILES.iter().map(read).collect()
    })
}

/// Tells what an item's history bears on all frameworks.
pub(crate) fn of(basis: &Basis<'_>) -> Bearing {
    let evidence: Vec<Held> = Evidence::ALL.map(|kind| kind.held(basis)).to_vec();
    let frameworks = frameworks().iter().map(|own| FrameworkTold {
        id: &own.id,
        name: &own.name,
        text: &own.text,
        applies: &own.applies,
        clauses: own
            .clauses
            .iter()
            .map(|own| clause(own, &evidence))
            .collect(),
    });
    Bearing {
        notice: NOTICE,
        frameworks: frameworks.collect(),
        evidence,
    }
}

fn clause(clause: &'static Clause, all: &[Held]) -> ClauseTold {
    let bears = |own: &&Held| clause.evidence.contains(&own.kind);
    let standings: Vec<Standing> = all.iter().filter(bears).map(|own| own.standing).collect();
    let lacking = all
        .iter()
        .filter(bears)
        .filter(|own| own.standing != Standing::Present);
    ClauseTold {
        id: &clause.id,
        topic: &clause.topic,
        asks: &clause.asks,
        standing: together(&standings),
        evidence: &clause.evidence,
        reasons: lacking
            .map(|own| format!("{}: {}", own.title, own.reason))
            .collect(),
        not_covered: &clause.not_covered,
    }
}

/// Returns how several pieces of evidence stand together.
fn together(standings: &[Standing]) -> Standing {
    let all = |wanted| standings.iter().all(|own| *own == wanted);
    if standings.is_empty() {
        Standing::NotCovered
    } else if all(Standing::Present) {
        Standing::Present
    } else if all(Standing::Absent) {
        Standing::Absent
    } else {
        Standing::Partly
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_clause_file_says_what_it_is_and_what_it_does_not_cover() {
        for ((name, text), own) in FILES.iter().zip(frameworks()) {
            let read: Framework = serde_json::from_str(text).unwrap();
            assert_eq!((&read, read.id.as_str()), (own, *name));
            assert!(own.text.contains("Check before quoting"), "{name}");
            assert!(own.clauses.len() >= 5, "{name}");
            let ids: BTreeSet<&str> = own.clauses.iter().map(|own| own.id.as_str()).collect();
            assert_eq!(ids.len(), own.clauses.len(), "{name} names a clause twice");
            for clause in &own.clauses {
                let told = format!("{name} {}", clause.id);
                assert!(!clause.not_covered.is_empty(), "{told}");
                let kinds: BTreeSet<Evidence> = clause.evidence.iter().copied().collect();
                assert_eq!(kinds.len(), clause.evidence.len(), "{told}");
                // Our own words are short: nobody pastes a standard in here.
                assert!(clause.asks.len() < 200, "{told}");
            }
        }
    }

    #[test]
    fn every_kind_of_evidence_bears_on_a_clause() {
        let clauses = frameworks().iter().flat_map(|own| &own.clauses);
        let named: BTreeSet<Evidence> = clauses.flat_map(|own| own.evidence.clone()).collect();
        assert_eq!(named, Evidence::ALL.into_iter().collect());
    }

    #[test]
    fn evidence_stands_together_as_the_table_says() {
        use Standing::{Absent, NotCovered, Partly, Present};
        for (standings, expected) in [
            (&[][..], NotCovered),
            (&[Present, Present], Present),
            (&[Absent, Absent], Absent),
            (&[Present, Absent], Partly),
            (&[Partly], Partly),
            (&[Present, Partly], Partly),
        ] {
            assert_eq!(together(standings), expected, "{standings:?}");
        }
    }
}
