//! Writes the corpus of the linter's benchmark to a folder, to measure other tools by it or the built
//! binary: `cargo run -p trail-lint --example corpus -- DIR [CRITERIA TESTS FILES SEED]`.

#[path = "../benches/corpus/generator.rs"]
mod generator;

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, numbers)) = all.split_first() else {
        return Err("name the folder to write to".into());
    };
    let number = |index: usize, usual: usize| -> Result<usize, std::num::ParseIntError> {
        numbers.get(index).map_or(Ok(usual), |own| own.parse())
    };
    let size = generator::Size {
        criteria: number(0, 2_000)?.max(1),
        tests: number(1, 10_000)?,
        files: number(2, 200)?.max(1),
        seed: u64::try_from(number(3, 5)?)?,
    };
    generator::write(size, Path::new(folder))?;
    println!("{size:?} in {folder}");
    Ok(())
}
