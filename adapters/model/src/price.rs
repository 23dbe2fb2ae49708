//! The price table: which model costs what. It is configuration; Trail has no prices of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use trail_port::model::Price;

/// Prices by model name; a name that ends in `*` stands for all names that begin so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    exact: BTreeMap<String, Price>,
    prefixes: BTreeMap<String, Price>,
}

/// Why a price table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A row's name is not a name.
    #[error(
        "price table: {0:?} is neither a model's name nor a prefix; write a name, or the beginning \
         of names and one `*` at the end, as in `claude-sonnet-*`"
    )]
    Name(String),
}

impl Table {
    /// Builds a table from its rows.
    ///
    /// # Errors
    ///
    /// When a name is empty or has a `*` anywhere but at its end.
    pub fn new(rows: impl IntoIterator<Item = (String, Price)>) -> Result<Self, Error> {
        let mut table = Self::default();
        for (name, price) in rows {
            let prefix = name.strip_suffix('*');
            if name.trim().is_empty() || prefix.unwrap_or(&name).contains('*') {
                return Err(Error::Name(name));
            }
            match prefix {
                Some(prefix) => table.prefixes.insert(prefix.to_owned(), price),
                None => table.exact.insert(name, price),
            };
        }
        Ok(table)
    }

    /// Returns the price of `model`: by its whole name, else by the longest prefix; none if the
    /// table does not know it.
    #[must_use]
    pub fn lookup(&self, model: &str) -> Option<Price> {
        let by_prefix = || {
            self.prefixes
                .iter()
                .filter(|(prefix, _)| model.starts_with(prefix.as_str()))
                .max_by_key(|(prefix, _)| prefix.len())
                .map(|(_, price)| price)
        };
        self.exact.get(model).or_else(by_prefix).copied()
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = BTreeMap::deserialize(deserializer)?;
        Self::new(rows).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(rows: serde_json::Value) -> Result<Table, serde_json::Error> {
        serde_json::from_value(rows)
    }

    #[test]
    fn the_whole_name_wins_then_the_longest_prefix() {
        let table = table(json!({
            "*": {"input": 1, "output": 1},
            "claude-*": {"input": 2, "output": 2},
            "claude-sonnet-*": {"input": 3_000_000, "output": 15_000_000, "cache_read": 300_000},
            "claude-sonnet-4": {"input": 4, "output": 4},
        }))
        .unwrap();
        let input = |model| table.lookup(model).map(|price| price.input);
        assert_eq!(input("claude-sonnet-4"), Some(4));
        assert_eq!(input("claude-sonnet-4-5"), Some(3_000_000));
        assert_eq!(input("claude-opus"), Some(2));
        assert_eq!(input("llama"), Some(1));
        assert_eq!(Table::default().lookup("llama"), None);
        assert_eq!(
            table.lookup("claude-sonnet-x").unwrap().cache_read,
            Some(300_000)
        );
    }

    #[test]
    fn bad_rows_are_named() {
        for name in ["", " ", "*-sonnet", "claude-*-4", "a**"] {
            let error = table(json!({ name: {"input": 1, "output": 1} })).unwrap_err();
            assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
        }
        for price in [
            json!({"input": 1}),
            json!({"input": -1, "output": 1}),
            json!({"input": 1.5, "output": 1}),
            json!({"input": 1, "output": 1, "outptu": 1}),
        ] {
            assert!(table(json!({ "m": price })).is_err(), "{price}");
        }
    }
}
