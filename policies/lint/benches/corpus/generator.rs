//! Makes a repository to measure the linter by: items with criteria, and annotated Python tests.
//!
//! The same seed makes the same bytes, so figures can be compared.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use trail_lint::Known;
use trail_lint::known::{Criterion, Item, State};

/// How much is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// How many criteria there are.
    pub(crate) criteria: usize,
    /// How many tests there are in all.
    pub(crate) tests: usize,
    /// In how many files.
    pub(crate) files: usize,
    /// What the choices are drawn from.
    pub(crate) seed: u64,
}

/// How many criteria an item has.
const PER_ITEM: usize = 10;

const THINGS: [&str; 12] = [
    "amount", "entity", "period", "currency", "report", "row", "header", "total", "unit",
    "account", "fact", "footnote",
];
const DEEDS: [&str; 10] = [
    "rounded",
    "refused",
    "sorted",
    "escaped",
    "summed",
    "exported",
    "kept",
    "signed",
    "grouped",
    "converted",
];

/// A small generator of numbers (SplitMix64, Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn one_of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }
}

/// Makes the criteria: items of ten, all delivered.
pub(crate) fn known(size: Size) -> Known {
    let mut random = Random(size.seed);
    let items = (0..size.criteria.div_ceil(PER_ITEM)).map(|index| Item {
        key: format!("CORPUS-{}", index + 1),
        title: format!("Item {}", index + 1),
        state: State::Delivered,
        criteria: (0..PER_ITEM.min(size.criteria - index * PER_ITEM))
            .map(|number| Criterion {
                id: format!("AC-{}", number + 1),
                revision: 1,
                text: format!(
                    "Each {} of a {} is {} by its {}.",
                    random.one_of(&THINGS),
                    random.one_of(&THINGS),
                    random.one_of(&DEEDS),
                    random.one_of(&THINGS)
                ),
                keeps: false,
            })
            .collect(),
        removed: Vec::new(),
        unread: false,
    });
    Known::new(items).expect("keys and ids are made to differ")
}

/// Makes one file of tests. Each criterion is validated by some test, the rest by chance.
pub(crate) fn file(size: Size, index: usize) -> String {
    let mut random = Random(size.seed ^ (index as u64).wrapping_mul(0xd134_2543_de82_ef95));
    let first = size.tests * index / size.files;
    let last = size.tests * (index + 1) / size.files;
    let mut text = String::from("import pytest\nimport trail\n\nfrom reports import render\n\n");
    for test in first..last {
        let criterion = if test < size.criteria {
            test
        } else {
            random.below(size.criteria)
        };
        let (item, number) = (criterion / PER_ITEM + 1, criterion % PER_ITEM + 1);
        let (thing, deed) = (random.one_of(&THINGS), random.one_of(&DEEDS));
        let value = random.below(10_000);
        if random.below(8) == 0 {
            writeln!(
                text,
                "\n@pytest.mark.parametrize(\"given\", [1, 2, {value}])"
            )
            .expect("text");
            writeln!(text, "@trail.validates(\n    work_item=\"CORPUS-{item}\",\n    criterion=\"AC-{number}\",\n    revision=1,\n)").expect("text");
            writeln!(text, "def test_{thing}_is_{deed}_{test}(given):").expect("text");
        } else {
            writeln!(
                text,
                "\n@trail.validates(work_item=\"CORPUS-{item}\", criterion=\"AC-{number}\")"
            )
            .expect("text");
            writeln!(text, "def test_{thing}_is_{deed}_{test}():").expect("text");
            writeln!(text, "    given = {value}").expect("text");
        }
        write!(
            text,
            "    result = render({{\"{thing}\": given, \"rows\": [1, 2, 3]}}, precision=2)\n    for row in result.rows:\n        if row.{thing} is not None:\n            assert row.{thing} >= given, f\"{{row}} of {{given}}\"\n    assert result.{thing} == given + {}\n\n",
            random.below(100)
        )
        .expect("text");
    }
    text
}

/// Writes the repository: `tests/part_N/test_N.py` and `trail-criteria.json`.
pub(crate) fn write(size: Size, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::write(to.join("trail-criteria.json"), known(size).to_json())?;
    for index in 0..size.files {
        let folder = to.join(format!("tests/part_{:02}", index % 20));
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join(format!("test_{index:04}.py")),
            file(size, index),
        )?;
    }
    Ok(())
}
