//! Renders a VSME sustainability report, disclosures B1 to B11.

mod model;
mod parse;
mod render;
mod template;

pub use model::{Amount, Date, Disclosure, Period, Report, Unit, Value};
pub use parse::ParseError;
pub use render::{render, RenderError};
