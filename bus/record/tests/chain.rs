//! Which entries stand: siblings, forks, memory, edits, copies, trust going back.
//!
//! Each case posts a few entries, named by letters, and says what becomes of them.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

use std::collections::BTreeMap;
use std::sync::Arc;

use trail_record::chain::{self, Accepted, Known, Posted, Rules, Signed, Subject};
use trail_record::trust::{Head, KeyTrust, PersonaTrust, Revocation, Trust, TrustSet};
use trail_record::{
    CommentId, Digest, Entry, Envelope, FORMAT, FindingKind, ItemId, ItemKey, Keypair, Moment,
    Persona, ProjectId, RunId, UserId, WorkerId,
};

use FindingKind::{
    DeletedEntry, EditedEntry, Fork, Illegal, MissingEntry, Reattributed, RevokedKey,
    Trust as TrustFinding, WrongAccount, WrongItem, WrongSequence,
};

fn key(seed: u8) -> Keypair {
    Keypair::from_seed(&[seed; 32])
}

fn subject() -> Subject {
    Subject {
        project: ProjectId::from("p"),
        item: ItemId::from("i"),
        key: ItemKey::from("P-1"),
    }
}

/// Two trust documents: the first, and one that says nothing new, or revokes the coder's key.
struct Line {
    set: TrustSet,
    digests: [Digest<Trust>; 2],
}

fn line(revoked: Option<Revocation>) -> Line {
    let operator = key(1);
    let document = |serial, prev, revoked| Trust {
        format: FORMAT,
        project: ProjectId::from("p"),
        serial,
        prev,
        at: Moment::from_millis(0),
        personas: vec![PersonaTrust {
            persona: Persona::Coder,
            account: UserId::from("u-coder"),
            keys: vec![KeyTrust {
                key: key(2).public(),
                revoked,
            }],
        }],
        approvers: Vec::new(),
        policy: Digest::of(b"policy"),
        checkpoint_keys: Vec::new(),
        endpoints: Vec::new(),
    };
    let (first, one) = document(1, None, None).seal(&operator).unwrap();
    let (second, two) = document(2, Some(first), revoked).seal(&operator).unwrap();
    let set = TrustSet::open(&[one, two], &operator.public()).unwrap();
    Line {
        set,
        digests: [first, second],
    }
}

/// One entry of a case: its letter, the letter it extends, and what is odd about it.
#[derive(Clone, Copy)]
struct E(char, Option<char>, Odd);

#[derive(Clone, Copy, PartialEq)]
enum Odd {
    No,
    Seq(u64),
    NewTrust,
    NewerRules,
    OtherItem,
}

/// One comment: the entry it holds, and what is odd about it.
#[derive(Clone, Copy)]
enum C {
    Of(char),
    Edited(char),
    Backdated(char),
    /// Under an account that is not the coder's.
    Under(char),
    /// The comment of one entry now holds another.
    Holds(char, char),
    /// A second comment with the same entry.
    Again(char),
}

struct Made {
    line: Line,
    envelopes: BTreeMap<char, (Envelope, Digest<Entry>)>,
}

fn make(entries: &[E], revoked: Option<Revocation>) -> Made {
    let line = line(revoked);
    let mut envelopes: BTreeMap<char, (Envelope, Digest<Entry>)> = BTreeMap::new();
    let mut places: BTreeMap<char, u64> = BTreeMap::new();
    for E(letter, prev, odd) in entries.iter().copied() {
        let natural = prev.map_or(0, |prev| places[&prev] + 1);
        places.insert(letter, natural);
        let sealed = Entry {
            format: FORMAT,
            rules: if odd == Odd::NewerRules { 7 } else { 0 },
            project: ProjectId::from("p"),
            item: ItemId::from(if odd == Odd::OtherItem { "other" } else { "i" }),
            key: ItemKey::from("P-1"),
            run: RunId::from("P-1.1"),
            seq: if let Odd::Seq(seq) = odd {
                seq
            } else {
                natural
            },
            prev: prev.map(|prev| envelopes[&prev].1),
            persona: Persona::Coder,
            // The letter makes each entry another one.
            worker: WorkerId::new(letter.to_string()),
            trust: line.digests[usize::from(odd == Odd::NewTrust)],
            policy: Digest::of(b"policy"),
            spec: None,
            base: None,
            at: Moment::from_millis(0),
            events: Vec::new(),
            records: Vec::new(),
        }
        .seal(&key(2))
        .unwrap();
        envelopes.insert(letter, (sealed.envelope, sealed.digest));
    }
    Made { line, envelopes }
}

impl Made {
    fn signed(&self, letter: char) -> Result<Arc<Signed>, trail_record::Finding> {
        let json = self.envelopes[&letter].0.to_json();
        chain::open(json.as_bytes(), &self.line.set).map(Arc::new)
    }

    fn post(&self, comment: C) -> Posted {
        let own = "u-coder";
        let (id, letter, author, edited, backdated) = match comment {
            C::Of(letter) => (letter.to_string(), letter, own, false, false),
            C::Edited(letter) => (letter.to_string(), letter, own, true, false),
            C::Backdated(letter) => (letter.to_string(), letter, own, false, true),
            C::Under(letter) => (letter.to_string(), letter, "u-mallory", false, false),
            C::Holds(letter, other) => (letter.to_string(), other, own, true, false),
            C::Again(letter) => (format!("{letter} again"), letter, own, false, false),
        };
        let json = self.envelopes[&letter].0.to_json();
        let (id, author) = (CommentId::new(id), UserId::from(author));
        Posted::read(id, author, &json, &self.line.set).marked(edited, backdated)
    }

    /// The memory of an entry, from before any revocation.
    fn known(&self, letter: char) -> Known {
        let json = self.envelopes[&letter].0.to_json();
        let before = line(None);
        Known {
            comment: CommentId::new(letter.to_string()),
            signed: Arc::new(chain::open(json.as_bytes(), &before.set).unwrap()),
        }
    }
}

/// Refuses the entries whose letters it is given.
struct Refuses(&'static str);

impl Rules for Refuses {
    fn admit(&mut self, signed: &Signed) -> Result<(), String> {
        if self.0.contains(signed.entry.worker.as_str()) {
            Err("the rules say no".to_owned())
        } else {
            Ok(())
        }
    }
}

struct Case {
    about: &'static str,
    entries: Vec<E>,
    known: &'static str,
    posted: Vec<C>,
    refuses: &'static str,
    /// What stands, in order.
    stands: &'static str,
    /// What is void, in the tracker's order.
    void: &'static str,
    findings: Vec<FindingKind>,
    forked: bool,
}

fn check(case: &Case) {
    let about = case.about;
    let made = make(&case.entries, None);
    let posted: Vec<Posted> = case
        .posted
        .iter()
        .map(|comment| made.post(*comment))
        .collect();
    let known: Vec<Known> = case
        .known
        .chars()
        .map(|letter| made.known(letter))
        .collect();
    let mut rules = Refuses(case.refuses);
    let assembly = chain::assemble(&subject(), &posted, &known, &made.line.set, &mut rules);
    let letter = |signed: &Signed| signed.entry.worker.to_string();
    let entries = assembly.chain.entries().iter();
    let stands: String = entries
        .map(|Accepted { signed, .. }| letter(signed))
        .collect();
    let void: String = assembly
        .void
        .iter()
        .map(|void| letter(&void.signed))
        .collect();
    let kinds: Vec<FindingKind> = assembly
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect();
    assert_eq!(
        stands, case.stands,
        "what stands, {about}: {:?}",
        assembly.findings
    );
    assert_eq!(void, case.void, "what is void, {about}");
    assert_eq!(
        kinds, case.findings,
        "what is found, {about}: {:?}",
        assembly.findings
    );
    assert_eq!(
        assembly.forked, case.forked,
        "whether it is forked, {about}"
    );
}

/// A first entry `a` with siblings `b` and `c` on it, extended by `d` and `e`.
fn tree() -> Vec<E> {
    vec![
        E('a', None, Odd::No),
        E('b', Some('a'), Odd::No),
        E('c', Some('a'), Odd::No),
        E('d', Some('b'), Odd::No),
        E('e', Some('c'), Odd::No),
    ]
}

fn plain(
    about: &'static str,
    posted: &[C],
    stands: &'static str,
    void: &'static str,
    findings: &[FindingKind],
) -> Case {
    Case {
        about,
        entries: tree(),
        known: "",
        posted: posted.to_vec(),
        refuses: "",
        stands,
        void,
        findings: findings.to_vec(),
        forked: false,
    }
}

#[test]
fn the_first_of_two_siblings_stands_until_one_is_extended() {
    use C::{Again, Backdated, Edited, Of, Under};
    for (about, posted, stands, void, findings) in [
        (
            "a backdated one decides nothing while nothing relies on it",
            vec![Of('a'), Backdated('b'), Of('c')],
            "ac",
            "b",
            vec![FindingKind::Backdated],
        ),
        (
            "a backdated one that is relied on stands, and is found",
            vec![Of('a'), Of('c'), Backdated('b'), Of('d')],
            "abd",
            "c",
            vec![FindingKind::Backdated],
        ),
        (
            "one by one",
            vec![Of('a'), Of('b'), Of('d')],
            "abd",
            "",
            vec![],
        ),
        (
            "in any order",
            vec![Of('d'), Of('a'), Of('b')],
            "abd",
            "",
            vec![],
        ),
        (
            "the first of two",
            vec![Of('a'), Of('b'), Of('c')],
            "ab",
            "c",
            vec![],
        ),
        (
            "the tracker's order decides",
            vec![Of('a'), Of('c'), Of('b')],
            "ac",
            "b",
            vec![],
        ),
        (
            "an extended one wins",
            vec![Of('a'), Of('b'), Of('c'), Of('e')],
            "ace",
            "b",
            vec![],
        ),
        ("nothing", vec![], "", "", vec![]),
        (
            "an edited one does not count while nothing relies on it",
            vec![Of('a'), Edited('b'), Of('c')],
            "ac",
            "b",
            vec![EditedEntry],
        ),
        (
            "an edited one that is relied on stands, and is found",
            vec![Of('a'), Edited('b'), Of('d')],
            "abd",
            "",
            vec![EditedEntry],
        ),
        (
            "a repeated post",
            vec![Of('a'), Of('b'), Again('b')],
            "ab",
            "",
            vec![],
        ),
        (
            "a hole",
            vec![Of('a'), Of('d')],
            "a",
            "d",
            vec![MissingEntry],
        ),
        (
            "no beginning",
            vec![Of('b'), Of('d')],
            "",
            "bd",
            vec![MissingEntry],
        ),
        (
            "another account",
            vec![Of('a'), Under('b'), Of('c')],
            "ac",
            "",
            vec![WrongAccount],
        ),
    ] {
        check(&plain(about, &posted, stands, void, &findings));
    }
}

#[test]
fn two_extended_siblings_are_a_fork_and_the_chain_ends_there() {
    use C::Of;
    let all = [Of('a'), Of('b'), Of('c'), Of('d'), Of('e')];
    let case = plain("both extended", &all, "a", "bcde", &[Fork]);
    check(&Case {
        forked: true,
        ..case
    });
    // The memory knows which was accepted; that somebody relied on the other is found all the same.
    for (known, void) in [("ab", "cde"), ("abd", "ce"), ("ac", "bde")] {
        let case = plain("with memory", &all, known, void, &[Fork]);
        check(&Case {
            known,
            forked: true,
            ..case
        });
    }
    let other = [Of('a'), Of('b'), Of('c'), Of('e')];
    let case = plain("only the other extended", &other, "ab", "ce", &[Fork]);
    check(&Case {
        known: "ab",
        forked: true,
        ..case
    });
    let case = plain("the other not extended", &other[..3], "ab", "c", &[]);
    check(&Case {
        known: "ab",
        ..case
    });
}

#[test]
fn what_was_accepted_stays_and_its_changes_are_found() {
    use C::{Again, Edited, Holds, Of, Under};
    for (about, posted, stands, void, findings) in [
        ("untouched", vec![Of('a'), Of('b')], "ab", "", vec![]),
        (
            "edited around",
            vec![Of('a'), Edited('b')],
            "ab",
            "",
            vec![EditedEntry],
        ),
        (
            "replaced",
            vec![Of('a'), Holds('b', 'c')],
            "ab",
            "c",
            vec![EditedEntry],
        ),
        ("deleted", vec![Of('a')], "ab", "", vec![DeletedEntry]),
        (
            "deleted, a copy elsewhere",
            vec![Of('a'), Again('b')],
            "ab",
            "",
            vec![DeletedEntry],
        ),
        (
            "all deleted",
            vec![],
            "ab",
            "",
            vec![DeletedEntry, DeletedEntry],
        ),
        (
            "reattributed",
            vec![Of('a'), Under('b')],
            "ab",
            "",
            vec![Reattributed],
        ),
        (
            "a sibling before it",
            vec![Of('c'), Of('a'), Of('b')],
            "ab",
            "c",
            vec![],
        ),
        (
            "on after a deletion",
            vec![Of('a'), Of('d')],
            "abd",
            "",
            vec![DeletedEntry],
        ),
    ] {
        let case = plain(about, &posted, stands, void, &findings);
        check(&Case {
            known: "ab",
            ..case
        });
    }
}

#[test]
fn what_breaks_the_format_is_found_and_what_lost_a_race_is_only_void() {
    use C::Of;
    let with = |odd| {
        let mut entries = tree();
        entries[1].2 = odd;
        entries
    };
    let posted = [Of('a'), Of('b')];
    for (about, odd, void, kind) in [
        ("a number left out", Odd::Seq(2), "b", WrongSequence),
        ("a number twice", Odd::Seq(0), "b", WrongSequence),
        ("of another item", Odd::OtherItem, "", WrongItem),
    ] {
        let case = plain(about, &posted, "a", void, &[kind]);
        check(&Case {
            entries: with(odd),
            ..case
        });
    }
    let going_back = [Of('a'), Of('b'), Of('d')];
    let case = plain("trust goes back", &going_back, "ab", "d", &[TrustFinding]);
    check(&Case {
        entries: with(Odd::NewTrust),
        ..case
    });
    let siblings = [Of('a'), Of('b'), Of('c')];
    let case = plain("a sibling of an illegal one", &siblings, "ac", "b", &[]);
    check(&Case {
        refuses: "b",
        ..case
    });
    let case = plain(
        "an illegal one relied on",
        &going_back,
        "a",
        "bd",
        &[Illegal],
    );
    check(&Case {
        refuses: "b",
        ..case
    });
    let case = plain(
        "an accepted one is illegal now",
        &posted,
        "a",
        "b",
        &[Illegal],
    );
    check(&Case {
        refuses: "b",
        known: "ab",
        ..case
    });
}

#[test]
fn a_revoked_key_counts_up_to_the_head_its_revocation_names() {
    let entries = tree();
    let before = make(&entries, None);
    let revoked = |seq, letter| Revocation {
        why: "lost".to_owned(),
        heads: BTreeMap::from([(
            ItemId::from("i"),
            Head {
                seq,
                digest: before.envelopes[&letter].1,
            },
        )]),
    };
    for (about, seq, letter, kinds) in [
        ("up to itself", 1, 'b', vec![]),
        ("up to a later one", 2, 'd', vec![]),
        ("up to its sibling", 1, 'c', vec![RevokedKey]),
        ("up to the one before", 0, 'a', vec![RevokedKey]),
    ] {
        let made = make(&entries, Some(revoked(seq, letter)));
        let found: Vec<_> = made
            .signed('b')
            .err()
            .map(|finding| finding.kind)
            .into_iter()
            .collect();
        assert_eq!(found, kinds, "{about}");
    }

    // What was accepted before the revocation stays, and is found as what it is.
    let made = make(&entries, Some(revoked(0, 'a')));
    let posted = [made.post(C::Of('a')), made.post(C::Of('b'))];
    let known = [made.known('a'), made.known('b')];
    let trust = &made.line.set;
    let assembly = chain::assemble(&subject(), &posted, &known, trust, &mut chain::AnyEntry);
    let kinds: Vec<FindingKind> = assembly
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect();
    assert_eq!(kinds, [RevokedKey]);
    assert_eq!(assembly.chain.entries().len(), 2);
    let fresh = chain::assemble(&subject(), &posted, &[], trust, &mut chain::AnyEntry);
    assert_eq!(fresh.chain.entries().len(), 1);
}

/// Text that no persona signed, as a stranger or a persona's account posts it.
fn text(made: &Made, comment: &str, author: &str, text: &str) -> Posted {
    let (comment, author) = (CommentId::from(comment), UserId::from(author));
    Posted::read(comment, author, text, &made.line.set)
}

fn assembled(made: &Made, posted: &[Posted], known: &[Known]) -> chain::Assembly {
    chain::assemble(
        &subject(),
        posted,
        known,
        &made.line.set,
        &mut chain::AnyEntry,
    )
}

#[test]
fn a_stranger_who_poses_as_a_persona_is_one_finding_for_each_text() {
    let made = make(&tree(), None);
    let kinds = |posted: &[Posted]| -> Vec<FindingKind> {
        let findings = assembled(&made, posted, &[]).findings;
        findings.iter().map(|own| own.kind).collect()
    };
    let strange = |comment: &str, author: &str, words: &str| text(&made, comment, author, words);
    assert_eq!(
        kinds(&[
            strange("1", "u-mallory", "{}"),
            strange("2", "u-mallory", "{}"),
            strange("3", "u-mallory", "{} "),
            strange("4", "u-eve", "{}"),
        ]),
        [
            FindingKind::Posing,
            FindingKind::Posing,
            FindingKind::Posing
        ]
    );
    // Under a persona's account, or signed by a persona, it is no mere pose.
    assert_eq!(
        kinds(&[strange("1", "u-coder", "{}")]),
        [FindingKind::Malformed]
    );
    let copies: Vec<Posted> = ["1", "2"]
        .map(|id| strange(id, "u-mallory", &made.envelopes[&'a'].0.to_json()))
        .into();
    assert_eq!(kinds(&copies), [FindingKind::WrongAccount]);
    let signed = Envelope::sign("application/vnd.in-toto+json", b"{\"hello\":1}", &key(2));
    assert_eq!(
        kinds(&[strange("1", "u-mallory", &signed.to_json())]),
        [FindingKind::Malformed]
    );
}

#[test]
fn an_accepted_entry_under_another_account_is_reattributed_and_still_stands() {
    let made = make(&tree(), None);
    let posted = [made.post(C::Under('a')), made.post(C::Of('b'))];
    let known = [made.known('a')];
    let assembly = assembled(&made, &posted, &known);
    let kinds: Vec<_> = assembly.findings.iter().map(|own| own.kind).collect();
    assert_eq!(kinds, [FindingKind::Reattributed]);
    assert_eq!(assembly.chain.entries().len(), 2);
    // Who does not remember it cannot take it for the coder's.
    let fresh = assembled(&made, &posted, &[]);
    assert!(fresh.chain.entries().is_empty());
}

/// Rules of a program that is older than the history.
struct Older;

impl Rules for Older {
    fn knows(&self, version: u32) -> bool {
        version == 0
    }

    fn admit(&mut self, _: &Signed) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn an_entry_of_newer_rules_ends_what_an_older_program_follows_and_voids_nothing() {
    let entries = [
        E('a', None, Odd::No),
        E('b', Some('a'), Odd::NewerRules),
        E('c', Some('a'), Odd::No),
        E('d', Some('b'), Odd::No),
    ];
    let made = make(&entries, None);
    let posted: Vec<Posted> = "abcd".chars().map(|own| made.post(C::Of(own))).collect();
    for posted in [&posted[..], &posted[..2]] {
        let assembly = chain::assemble(&subject(), posted, &[], &made.line.set, &mut Older);
        assert_eq!(assembly.newer, Some(7));
        assert_eq!(assembly.void, [], "nothing of it is called void");
        assert_eq!(assembly.chain.entries().len(), 1);
        let kinds: Vec<_> = assembly.findings.iter().map(|own| own.kind).collect();
        assert_eq!(kinds, [FindingKind::UnknownFormat]);
    }
    // An older program may go on where an entry of its own rules came first.
    let posted = [posted[0].clone(), posted[2].clone(), posted[1].clone()];
    let assembly = chain::assemble(&subject(), &posted, &[], &made.line.set, &mut Older);
    assert_eq!((assembly.newer, assembly.chain.entries().len()), (None, 2));
}
