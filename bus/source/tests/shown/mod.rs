//! Scans as text.

use super::{Claim, Scan};

/// Shows a scan, one thing a line.
pub(crate) fn shown(scan: &Scan) -> String {
    let mut out = format!("{:?}\n", scan.language);
    out.push_str("\nannotations\n");
    for annotation in &scan.annotations {
        let target = annotation.target.as_ref().map_or_else(
            || "nothing".to_owned(),
            |target| {
                let mut names = target.within.clone();
                names.push(target.name.clone());
                let (kind, names) = (target.kind, names.join(" > "));
                format!("{kind:?} {names} ({}-{})", target.line, target.end_line)
            },
        );
        out.push_str(&format!(
            "  {}:{}-{} {:?} {:?} {} on {target}\n",
            annotation.line,
            annotation.column,
            annotation.end_line,
            annotation.form,
            annotation.role,
            claims(&annotation.claims),
        ));
    }
    out.push_str("\ntests\n");
    for test in &scan.tests {
        let mut names = test.within.clone();
        names.push(test.name.clone());
        let dead = test
            .dead
            .as_ref()
            .map_or_else(String::new, |why| format!(" dead: {why}"));
        let many = if test.many { " many" } else { "" };
        out.push_str(&format!(
            "  {}-{} {}: {}{many}{dead}\n",
            test.line,
            test.end_line,
            names.join(" > "),
            claims(&test.validates)
        ));
    }
    out.push_str("\nproblems\n");
    for problem in &scan.problems {
        out.push_str(&format!(
            "  {}:{} {:?}: {}\n",
            problem.line, problem.column, problem.kind, problem.message
        ));
    }
    out
}

fn claims(claims: &[Claim]) -> String {
    let shown = claims.iter().map(|claim| {
        let revision = claim
            .revision
            .map_or_else(String::new, |revision| format!("@{revision}"));
        format!(
            "{}/{}{revision}:{}",
            claim.work_item, claim.criterion, claim.line
        )
    });
    format!("[{}]", shown.collect::<Vec<_>>().join(" "))
}
