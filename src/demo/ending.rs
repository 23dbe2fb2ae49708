//! The end of the demo: checkpoint, history as files, report, and the figures.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use trail_lint::Level;
use trail_reader::story::Tests;
use trail_reader::{Report, Story};
use trail_record::{Checkpoint, FORMAT, ItemId, Keypair};
use trail_workspace::Lookup;

use super::founding::Founded;
use super::{Criterion, Figures, FirstAndLast, Linted, Played, sample, session, story as asked};
use crate::commands::{bundle, lint};
use crate::private;
use crate::trust;

/// Checks the delivered branch out, for people to look at and for the linter.
fn check_out(founded: &Founded, story: &Story, to: &Path) -> anyhow::Result<()> {
    let Some(receipt) = story.deliveries.last() else {
        bail!("nothing was delivered");
    };
    let to = to.to_str().context("the demo's folder is no UTF-8")?;
    let branch = receipt.body.branch.as_str();
    sample::git(
        &founded.setup.repository(),
        &["worktree", "add", "--quiet", "--end-of-options", to, branch],
    )
}

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
    let (report, report_text) = (dir.join("report.html"), dir.join("report.md"));
    let told = Report::of(&story);
    for (path, text) in [(&report, told.html()), (&report_text, told.markdown())] {
        fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    let delivered = dir.join("delivered");
    check_out(founded, &story, &delivered)?;
    let settings = &founded.setup.config.lint;
    let linted = lint::of_stories(std::slice::from_ref(&story), &delivered, settings)?;
    let bundle = dir.join(format!("{}.trail", story.key));
    let plan = bundle::Plan {
        withheld: Vec::new(),
        signer: Some(Keypair::from_pem(&founded.operator.to_pem())?),
        notes: Vec::new(),
        output: bundle.clone(),
    };
    let repository = Lookup::open(&founded.setup.repository()).await;
    let bundled = bundle::make(
        reading,
        Some(&founded.setup),
        repository.map_err(anyhow::Error::from),
        plan,
    )
    .await?;
    let criteria = story.coverage().into_iter().map(|own| Criterion {
        id: own.criterion,
        standing: own.standing,
    });

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
        report_text,
        delivered,
        criteria: criteria.collect(),
        lint: Linted {
            files: linted.counts.files,
            findings: [Level::Error, Level::Warn]
                .into_iter()
                .flat_map(|level| linted.open(level))
                .count(),
        },
        bundle,
        bundle_verdict: bundled.verdict,
        questions: asked::questions(&story, dir),
    })
}
