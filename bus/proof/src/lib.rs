//! Reads what test runners told, joins it with annotations, and judges what tests prove.
//!
//! The way of a test run:
//!
//! 1. [`command`] makes the command that tells its results in a form for programs.
//! 2. [`read`] reads what it told: the [`Told`] cases, and what is wrong with the report.
//! 3. The caller puts the source files into [`Sources`]: those [`SEARCH`] finds, and
//!    [`Told::files`].
//! 4. [`result`] joins both by structured names and gives the [`TestResult`] that is sealed.
//!
//! Whether tests can fail is found out by a prover: [`wanted`] says which are to be tried,
//! [`needs_mutant`] which still need a mutant after the base was tried, and [`proofs`] what all
//! trials together show. [`sent_back`] says which go back to the tester, and why.
//!
//! Pure: nothing is run, opened or timed here.
//!
//! [`TestResult`]: trail_record::body::TestResult

mod command;
mod fail;
mod join;
mod open;
mod proofs;
mod read;
mod result;
mod sources;
mod told;

pub use command::command;
pub use join::{Joined, join};
pub use open::{SentBack, sent_back};

pub use proofs::{Sealed, needs_mutant, proofs, wanted};
pub use read::{read, report};
pub use result::result;
pub use sources::{SEARCH, Site, Sources};
pub use told::{Failure, REPORT, Spot, Told, ToldCase};
