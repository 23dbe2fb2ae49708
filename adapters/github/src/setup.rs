//! For setting a repository up: its labels.

use http::Method;
use trail_port::tracker::Error;

use crate::GitHub;

impl GitHub {
    /// Makes the labels that are missing, each with colour (six hexadecimal digits) and description,
    /// and returns their names.
    ///
    /// # Errors
    /// As the Tracker port says; [`Error::Denied`] names what is missing.
    pub async fn ensure_labels(&self, labels: &[(&str, &str, &str)]) -> Result<Vec<String>, Error> {
        let names: Vec<&str> = labels.iter().map(|(name, ..)| *name).collect();
        let missing = self.missing_labels(&names).await?;
        let mut made = Vec::new();
        for (name, colour, description) in labels {
            if !missing.iter().any(|own| own == name) {
                continue;
            }
            let body = serde_json::json!({
                "name": name, "color": colour.trim_start_matches('#'), "description": description,
            });
            let what = format!("label {name:?}");
            match self
                .write(Method::POST, &self.path("/labels"), Some(&body), &what)
                .await
            {
                Ok(_) => made.push((*name).to_owned()),
                // Somebody else was faster.
                Err(failure) if failure.reasons.contains("already_exists") => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(made)
    }

    /// Returns those of `names` that are no labels of the repository; case does not matter.
    ///
    /// # Errors
    /// As the Tracker port says.
    pub async fn missing_labels(&self, names: &[&str]) -> Result<Vec<String>, Error> {
        #[derive(serde::Deserialize)]
        struct Own {
            id: u64,
            name: String,
        }
        let path = self.path("/labels?per_page=100");
        let there: Vec<Own> = self
            .http()
            .list(&path, "the repository's labels", |own: &Own| own.id)
            .await?;
        let is_there = |name: &str| {
            let lower = name.to_lowercase();
            there.iter().any(|own| own.name.to_lowercase() == lower)
        };
        let missing = names.iter().filter(|name| !is_there(name));
        Ok(missing.map(|name| (*name).to_owned()).collect())
    }
}
