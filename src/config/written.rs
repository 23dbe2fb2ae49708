//! The sections of `trail.toml` that name a tracker of another maker, as `trail init` writes them.

use std::fmt::Write as _;
use std::path::Path;

use trail_record::Persona;

use crate::labels::TRAIL;

use super::{BlobKind, Credential, Filled, ForgeKind, GitHubTracker, PlaneTracker, TrackerKind};

/// Writes sections, each setting that has a value.
#[derive(Debug, Default)]
struct Sections(String);

impl Sections {
    fn section(&mut self, name: &str) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        writeln!(self.0, "[{name}]").expect(INFALLIBLE);
        self
    }

    fn value(&mut self, name: &str, value: impl Into<toml::Value>) -> &mut Self {
        writeln!(self.0, "{name} = {}", value.into()).expect(INFALLIBLE);
        self
    }

    fn text(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.value(name, value);
        }
        self
    }

    fn credential(&mut self, own: Credential<'_>) {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let file = own.token_file.map(|own| path(own));
        let key = own.app_key_file.map(|own| path(own));
        self.text("token_file", file.as_deref())
            .text("token_env", own.token_env.map(String::as_str))
            .text("app_id", own.app_id.map(String::as_str))
            .text("app_key_file", key.as_deref());
        if let Some(number) = own.installation {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            self.value("installation", number);
        }
    }
}

/// Why writing text into memory cannot fail.
const INFALLIBLE: &str = "a string takes all text";

/// Returns the sections `tracker`, `forge`, `blobs` and of the personas.
pub(super) fn sections(filled: &Filled) -> String {
    let mut out = Sections::default();
    let own = &filled.tracker;
    let url = (!own.url.is_empty()).then_some(own.url.as_str());
    out.section("tracker")
        .value("kind", own.kind.as_str())
        .text("url", url)
        .value("label", own.label.as_deref().unwrap_or(TRAIL));
    match own.kind {
        TrackerKind::Embedded => {}
        TrackerKind::Github => {
            out.section("tracker.github")
                .value("owner", own.github.owner.as_str())
                .value("repo", own.github.repo.as_str());
            if own.github.graphql != GitHubTracker::default().graphql {
                out.value("graphql", own.github.graphql);
            }
        }
        TrackerKind::Plane => {
            out.section("tracker.plane")
                .value("workspace", own.plane.workspace.as_str())
                .value("project", own.plane.project.as_str());
            let rate = own.plane.requests_per_minute;
            if rate != PlaneTracker::default().requests_per_minute {
                out.value("requests_per_minute", i64::from(rate));
            }
        }
    }
    forge(filled, &mut out);
    let blobs = &filled.blobs;
    out.section("blobs").value(
        "kind",
        match blobs.kind {
            Some(BlobKind::Tracker) => "tracker",
            Some(BlobKind::Refs) | None => "refs",
        },
    );
    out.text("remote", blobs.remote.as_deref());
    if !blobs.push_env.is_empty() {
        out.value("push_env", blobs.push_env.clone());
    }
    for persona in Persona::ALL {
        let own = filled.personas.of(persona);
        out.section(&format!("personas.{persona}"))
            .credential(own.credential());
    }
    out.0.trim_end().to_owned()
}

fn forge(filled: &Filled, out: &mut Sections) {
    let own = &filled.forge;
    let Some(kind) = own.kind else {
        if let Some(base) = &own.base {
            out.section("forge").value("base", base.as_str());
        }
        return;
    };
    let kind = match kind {
        ForgeKind::None => "none",
        ForgeKind::GitHub => "github",
    };
    out.section("forge")
        .value("kind", kind)
        .text("url", own.url.as_deref())
        .text("owner", own.owner.as_deref())
        .text("repo", own.repo.as_deref())
        .text("base", own.base.as_deref())
        .credential(own.credential());
}
