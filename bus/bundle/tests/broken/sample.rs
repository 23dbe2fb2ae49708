//! The bundle that the broken ones are made of: the golden history with proofs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use trail_bundle::{Contents, Withheld, git, to_bytes};
use trail_item::Fold;
use trail_reader::history::History;
use trail_record::chain::{Rules, Subject};
use trail_record::{Keypair, Moment};

/// The folder `tests/` of the repository.
pub(crate) fn tests_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

/// The golden history.
pub(crate) fn history() -> History {
    History::load(&tests_dir().join("golden/proven")).unwrap()
}

/// The rules of the item core, as `trail verify` judges by.
pub(crate) fn rules(_: &Subject) -> Box<dyn Rules> {
    Box::new(Fold::default())
}

/// The key that signs checkpoints in the golden histories.
pub(crate) fn auditor() -> Keypair {
    Keypair::from_seed(&[101; 32])
}

/// A key that nobody trusts.
pub(crate) fn stranger() -> Keypair {
    Keypair::from_seed(&[7; 32])
}

/// The git objects of the golden repository.
pub(crate) fn objects() -> BTreeMap<String, Vec<u8>> {
    let folder = tests_dir().join("golden/objects");
    let files = fs::read_dir(folder).unwrap().map(|own| own.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

/// Makes a bundle of a history.
pub(crate) fn bundle(
    history: History,
    withheld: Vec<Withheld>,
    signer: Option<&Keypair>,
) -> Result<Vec<u8>, trail_bundle::Error> {
    let objects = objects();
    let mut find: Box<git::Find<'_>> = Box::new(|name: &str| objects.get(name).cloned());
    let contents = Contents {
        history,
        policy: BTreeMap::new(),
        objects: &mut *find,
        withheld,
        signer,
        made_at: Moment::from_millis(1_795_180_000_000),
        made_by: "trail golden".to_owned(),
        notes: Vec::new(),
    };
    to_bytes(contents, Some(&mut rules))
}

/// A bundle of the first entries alone: enough to be broken in most ways, and small.
pub(crate) fn small() -> Vec<u8> {
    let mut history = history();
    history.items[0].comments.truncate(3);
    history.checkpoints.clear();
    bundle(history, Vec::new(), Some(&auditor())).unwrap()
}

/// The good bundle.
pub(crate) fn good() -> Vec<u8> {
    bundle(history(), Vec::new(), Some(&auditor())).unwrap()
}
