//! What a worker is told by configuration.

use std::time::Duration;

use trail_port::tests::TestSettings;

/// What a worker is told by configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a lease lasts; it is renewed while the holder works.
    pub lease: Duration,
    /// How many items are worked on at once.
    pub concurrency: usize,
    /// How long to wait between polls that found nothing.
    pub poll: Duration,
    /// The first wait after a failure; doubled each time, with jitter.
    pub backoff: Duration,
    /// The longest wait after failures.
    pub backoff_cap: Duration,
    /// How many AI calls one action may make.
    pub max_calls_per_action: u32,
    /// How many AI calls one run may make.
    pub max_calls_per_run: u32,
    /// What one run may cost, in millionths of a US dollar; none if not limited.
    pub budget_micros: Option<u64>,
    /// How the tests are run.
    pub tests: TestSettings,
    /// Commands besides the test command that policy may let agents run.
    pub commands: Vec<Vec<String>>,
    /// How many more patchsets a write contract lets through.
    pub contract_patchsets: u32,
    /// How many bytes of new text a write contract lets through, at least.
    pub contract_bytes: u64,
    /// The label that items need to be taken up; those without it are left alone. None takes all.
    pub label: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15 * 60),
            concurrency: 2,
            poll: Duration::from_secs(2),
            backoff: Duration::from_secs(2),
            backoff_cap: Duration::from_secs(300),
            max_calls_per_action: 60,
            max_calls_per_run: 400,
            budget_micros: None,
            tests: TestSettings::default(),
            commands: Vec::new(),
            contract_patchsets: 12,
            contract_bytes: 512 * 1024,
            label: None,
        }
    }
}
