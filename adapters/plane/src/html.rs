//! Between Markdown, which the bus speaks, and the HTML that Plane keeps and shows.
//!
//! Three ideas, one file each: [`tree`] reads any HTML, [`markdown`] turns a tree into Markdown, and
//! [`render`] turns Markdown into the plain HTML that Plane shows well. None of them need be exact:
//! [`carry`] sees to it that what was written is read back byte for byte.

pub(crate) mod carry;
mod inline;
pub(crate) mod markdown;
pub(crate) mod render;
pub(crate) mod tree;

#[cfg(test)]
mod tests;
