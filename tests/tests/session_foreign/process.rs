//! A worker's process: what it logs, where it answers, what it counts.

use std::path::PathBuf;

use trail_tests::service::Service;

/// A worker's process.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) service: Service,
    log: PathBuf,
    /// Where in the log this process begins.
    from: usize,
}

impl Worker {
    /// Returns a process that logs to `log` from there on.
    pub(crate) fn new(name: &str, service: Service, log: PathBuf, from: usize) -> Self {
        let name = name.to_owned();
        Self {
            name,
            service,
            log,
            from,
        }
    }

    /// Returns what it logged.
    pub(crate) fn logged(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(self.from..).unwrap_or_default()).into_owned()
    }

    /// Returns where it answers; none while it does not say.
    pub(crate) fn url(&self) -> Option<String> {
        let logged = self.logged();
        let line = logged
            .lines()
            .find(|line| line.contains("answers for its health"))?;
        let at = line.find("127.0.0.1:")?;
        let address: String = line[at..]
            .chars()
            .take_while(|own| own.is_ascii_digit() || ".:".contains(*own))
            .collect();
        Some(format!("http://{address}"))
    }

    /// Returns a number of its metrics; none while it does not answer.
    pub(crate) async fn metric(&self, name: &str) -> Option<u64> {
        let answer = reqwest::get(format!("{}/metrics", self.url()?))
            .await
            .ok()?;
        let text = answer.text().await.ok()?;
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("trail_worker_{name}")))?;
        line.rsplit(' ').next()?.parse().ok()
    }
}
