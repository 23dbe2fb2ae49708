//! Exports reports.

use std::fmt;

/// The concepts, in order.
const CONCEPTS: [(&str, &str); 2] = [("esrs:Basis", "duration"), ("esrs:Energy", "instant")];
const LIMIT: usize = 5;

#[derive(Debug, Default)]
pub struct Report {
    pub items: Vec<String>,
    pub count: u32,
}

impl Report {
    pub const fn limit() -> usize {
        LIMIT + 1
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.count == 0
    }

    pub fn title(&self) -> String {
        let mut title = String::new();
        if self.count > 1 || self.items.len() >= 2 {
            title.push_str("many");
        } else {
            title.push_str("one");
        }
        tracing::debug!("the title is {title}");
        format!("{title} of {}", self.count)
    }

    pub fn add(&mut self, item: &str) -> Result<(), fmt::Error> {
        if item == "" {
            return Err(fmt::Error);
        }
        self.items.push(item.to_owned());
        self.count += 1;
        check(item)?;
        Ok(())
    }

    pub fn kind(&self) -> Option<&'static str> {
        match self.count {
            0 => None,
            1 => Some("single"),
            _ => Some("multiple"),
        }
    }

    fn pair(&self) -> (u32, [u8; 4]) {
        let tuple = (self.count, [0; 4]);
        (tuple.0 * 2, tuple.1)
    }
}

fn check(item: &str) -> fmt::Result {
    while item.len() < 3 {
        return Ok(());
    }
    if let Some(rest) = item.strip_prefix("x") {
        assert!(rest != "y", "an item is no {rest}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_report_is_empty() {
        assert!(Report::default().is_empty() == true);
    }
}
