//! Annotations of neighbours, where they are asked for.
//!
//! | tool | what is read, in comments only | role |
//! |---|---|---|
//! | OpenFastTrace | `[utest->req~VSME-142.AC-3~2]`; a name and revision of its own (`[utest~a~1->...]`), blanks around `->`, and needed types (`>>utest`) are taken | `impl`: implements; `utest`, `itest`, `stest` and other types that end in `test`: validates; `uman`, `oman`, `doc`: documents |
//! | StrictDoc | `@relation(VSME-142/AC-3, scope=function)` with one or more ids, any `scope`, and `role` | `role=` beginning with `Verif`, `Valid` or `Test`: validates; `Doc`: documents; else implements |
//!
//! What names no criterion of an item (`req~login~1`, `@relation(REQ-1, ...)`) is left to its tool.
//! OpenFastTrace's revision is the criterion's. StrictDoc knows no revisions. An OpenFastTrace tag
//! of another artifact type, such as `dsn`, links designs and is not read.

use crate::comment::{Said, annotation, malformed};
use crate::source::Place;
use crate::{Claim, Form, Options, Role, words};

/// Reads one line of a comment.
pub(crate) fn read(line: &str, place: &impl Fn(usize) -> Place, options: Options, said: &mut Said) {
    if options.open_fast_trace {
        open_fast_trace(line, place, said);
    }
    if options.strict_doc {
        strict_doc(line, place, said);
    }
}

fn open_fast_trace(line: &str, place: &impl Fn(usize) -> Place, said: &mut Said) {
    let mut from = 0;
    while let Some(open) = line[from..].find('[').map(|at| from + at) {
        let Some(close) = line[open..].find(']').map(|at| open + at) else {
            return;
        };
        // Of `[[a->b]` only the inner bracket can open a tag.
        let open = line[open..close].rfind('[').map_or(open, |at| open + at);
        from = close + 1;
        let place = place(open);
        if let Some((role, claim)) = tag(&line[open + 1..close], place.line) {
            said.annotations
                .push(annotation(role, Form::OpenFastTrace, vec![claim], place));
        }
    }
}

/// Reads what stands between the brackets of a tag.
fn tag(inner: &str, line: u32) -> Option<(Role, Claim)> {
    let (artifact, needed) = inner.split_once("->")?;
    let kind = artifact.split('~').next()?.trim();
    let role = match kind {
        "impl" => Role::Implements,
        "doc" | "uman" | "oman" => Role::Documents,
        _ if kind.ends_with("test") => Role::Validates,
        _ => return None,
    };
    let needed = needed
        .split_once(">>")
        .map_or(needed, |(needed, _)| needed)
        .trim();
    let mut parts = needed.split('~');
    let (Some(_), Some(id), Some(digits), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let (item, criterion) = id.rsplit_once('.')?;
    let (criterion, None) = words::criterion(criterion)? else {
        return None;
    };
    let revision = words::revision(digits)?;
    words::is_work_item(item).then(|| {
        let claim = Claim {
            work_item: item.to_owned(),
            criterion: criterion.to_owned(),
            revision: Some(revision),
            line,
        };
        (role, claim)
    })
}

fn strict_doc(line: &str, place: &impl Fn(usize) -> Place, said: &mut Said) {
    const MARK: &str = "@relation(";
    let Some(start) = line.find(MARK) else { return };
    let place = place(start);
    let inner = &line[start + MARK.len()..];
    let Some((inner, _)) = inner.split_once(')') else {
        said.problems.push(malformed(
            place,
            "the `@relation(` is not closed in its line, and only one line is read".to_owned(),
        ));
        return;
    };
    let mut role = Role::Implements;
    let mut claims: Vec<Claim> = Vec::new();
    for part in inner.split(',').map(str::trim) {
        if let Some((key, value)) = part.split_once('=') {
            let value = value.trim().to_ascii_lowercase();
            match key.trim() {
                "role"
                    if ["verif", "valid", "test"]
                        .iter()
                        .any(|v| value.starts_with(v)) =>
                {
                    role = Role::Validates;
                }
                "role" if value.starts_with("doc") => role = Role::Documents,
                "scope" => said.of_file |= value == "file",
                _ => {}
            }
            continue;
        }
        let claim = part.split_once('/').and_then(|(item, id)| {
            let (criterion, None) = words::criterion(id)? else {
                return None;
            };
            words::is_work_item(item).then(|| Claim {
                work_item: item.to_owned(),
                criterion: criterion.to_owned(),
                revision: None,
                line: place.line,
            })
        });
        claims.extend(claim);
    }
    if !claims.is_empty() {
        said.annotations
            .push(annotation(role, Form::StrictDoc, claims, place));
    }
}
