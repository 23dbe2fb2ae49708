//! The result of a test run as it is sealed.

use trail_port::tests::TestSettings;
use trail_port::workspace::Ran;
use trail_record::body::TestResult;
use trail_record::{Digest, TreeId};

use crate::join::join;
use crate::read::last;
use crate::sources::Sources;
use crate::told::Told;

/// How much of the output a result keeps, in bytes.
const KEPT: usize = 16 * 1024;

/// Makes the result of a run on `tree`, joined with the sources of that tree.
///
/// `redact` hides secrets: names, messages and output pass it before they are kept or hashed. The
/// output is what was [shown](Told::shown) with what could not be joined; its end is kept.
#[must_use]
pub fn result(
    ran: &Ran,
    told: &Told,
    sources: &Sources,
    tree: &TreeId,
    settings: &TestSettings,
    redact: &dyn Fn(&str) -> String,
) -> TestResult {
    let joined = join(told, sources);
    let mut shown = told.shown.clone();
    for problem in &joined.problems {
        shown.push_str(&format!("\nNot joined: {problem}\n"));
    }
    let output = redact(&shown);
    let mut cases = joined.cases;
    for case in &mut cases {
        case.name = redact(&case.name);
        case.message = case.message.as_deref().map(redact);
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    TestResult {
        tree: tree.clone(),
        command: settings.command.clone(),
        environment: ran.environment,
        sandbox: ran.sandbox.clone(),
        exit: ran.exit,
        ended: ran.ended.map(|ended| ended.as_str().to_owned()),
        cases,
        output: last(&output, KEPT).to_owned(),
        output_digest: Digest::of(output.as_bytes()),
    }
}
