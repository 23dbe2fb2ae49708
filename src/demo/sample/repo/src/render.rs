//! Turns a report into one of the output formats.

use std::fmt;

use crate::model::{Report, Value};
use crate::template;

/// Why a report cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderError {
    /// There is no such output format.
    UnknownFormat {
        /// The format asked for.
        format: String,
    },
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RenderError::UnknownFormat { format } => {
                write!(f, "unknown output format `{format}` (known: text)")
            }
        }
    }
}

impl std::error::Error for RenderError {}

/// Renders `report` in the output format of that name.
///
/// # Errors
/// If there is no such format.
pub fn render(report: &Report, format: &str) -> Result<String, RenderError> {
    match format {
        "text" => Ok(text(report)),
        other => Err(RenderError::UnknownFormat {
            format: other.to_owned(),
        }),
    }
}

/// Renders the report for people to read.
fn text(report: &Report) -> String {
    let (from, to) = (report.period.from.to_string(), report.period.to.to_string());
    let mut out = template::fill(
        template::TEXT_HEAD,
        &[
            ("entity", &report.entity),
            ("lei", &report.lei),
            ("from", &from),
            ("to", &to),
        ],
    );
    for disclosure in &report.disclosures {
        let code = format!("{:<3}", disclosure.code);
        let title = format!("{:<36}", template::title(&disclosure.code));
        let value = match &disclosure.value {
            Value::Text(text) => text.clone(),
            Value::Flag(true) => "yes".to_owned(),
            Value::Flag(false) => "no".to_owned(),
            Value::Number(amount, unit) => format!("{amount} {}", unit.symbol()),
        };
        out.push_str(&template::fill(
            template::TEXT_LINE,
            &[("code", &code), ("title", &title), ("value", &value)],
        ));
    }
    out
}
