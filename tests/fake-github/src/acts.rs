//! What can be done, by the API and on the web alike: each act checks who may do it.

pub(crate) mod comment;
pub(crate) mod issue;
pub(crate) mod label;
pub(crate) mod pull;

use crate::caller::Caller;

/// The most characters a body may have. It is in no REST description; clients meet it as a 422.
pub(crate) const LONGEST_BODY: usize = 65_536;
/// The most characters a title may have.
pub(crate) const LONGEST_TITLE: usize = 256;

/// Who acts, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) now: i64,
}
