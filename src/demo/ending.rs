//! The end of the demo: checkpoint, history as files, report, and the figures.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use trail_reader::Report;
use trail_reader::story::Tests;
use trail_record::{Checkpoint, FORMAT, ItemId};

use super::founding::Founded;
use super::{Figures, FirstAndLast, Played, session, story as asked};
use crate::private;
use crate::trust;

/// Signs how far the history went, writes history and report, and counts.
pub(super) async fn end(founded: &Founded, item: &ItemId, dir: &Path) -> anyhow::Result<Played> {
    let story = session::reading(founded, item).await?.story(0);
    let last = story.entries.last().context("the history holds no entry")?;
    let checkpoint = Checkpoint {
        format: FORMAT,
        project: story.project.clone(),
        item: story.item.clone(),
        key: story.key.clone(),
        seq: last.seq,
        head: last.digest,
        at: trust::now(),
    };
    let sealed = checkpoint.seal(&founded.operator)?;
    let name = format!("{}-{:06}.json", story.key, last.seq);
    private::write_new(
        &founded.setup.layout.checkpoints().join(name),
        &sealed.to_json(),
    )?;

    // The figures come from the history as it can be read now, by anybody.
    let reading = session::reading(founded, item).await?;
    let story = reading.story(0);
    let history = dir.join("history");
    reading
        .history
        .write(&history)
        .context("cannot write the history")?;
    let report = dir.join("report.md");
    let told = Report::of(&story);
    fs::write(&report, told.markdown()).with_context(|| report.display().to_string())?;

    let totals = story.totals();
    let figures = |own: Option<Tests>| {
        own.map(|own| Figures {
            passed: own.passed,
            failed: own.failed,
        })
    };
    Ok(Played {
        item: story.key.clone(),
        run: story.run().cloned(),
        decisions: totals.decisions,
        gates: totals.gates,
        intermediate: totals.intermediate,
        outside_actions: totals.outside_actions,
        tests: FirstAndLast {
            first: figures(totals.first_tests),
            last: figures(totals.last_tests),
        },
        chain: story.judgement.word(),
        head: story.head(),
        dir: dir.to_owned(),
        stage: story.state.stage_name(),
        entries: totals.entries,
        records: totals.records,
        input_tokens: totals.tokens.input,
        output_tokens: totals.tokens.output,
        cost_micros: totals.cost_micros,
        wall_ms: totals.wall_ms,
        scripted: story.is_scripted(),
        simulated: story.is_simulated(),
        history,
        report,
        questions: asked::questions(&story, dir),
    })
}
