//! Which AI call wrote a line: followed through what the calls of a patchset staged.

use serde_json::Value;
use trail_record::body::{Ask, Decision};

use super::How;
use crate::story::Fact;

/// Finds the call that brought `line` into the file at `path`, and kept it there to the end.
///
/// `calls` are the calls of the action that made the patchset, in order; `content` is the file as the
/// patchset holds it.
pub(super) fn find<'s>(
    calls: &[&'s Fact<Decision>],
    path: &str,
    line: &str,
    content: &str,
) -> Option<(&'s Fact<Decision>, How)> {
    let mut writer: Option<&Fact<Decision>> = None;
    let mut last: Option<&Fact<Decision>> = None;
    for call in calls {
        for ask in call.body.asks.iter().filter(|ask| staged(ask, path)) {
            last = Some(call);
            match change(&ask.arguments, line) {
                Change::Brings => writer = writer.or(Some(call)),
                Change::Removes => writer = None,
                Change::Keeps => {}
            }
        }
    }
    let times = content.lines().filter(|own| *own == line).count();
    match (writer, last) {
        (Some(call), _) if times <= 1 => Some((call, How::Text)),
        (Some(call), _) => Some((call, How::RepeatedText)),
        (None, Some(call)) => Some((call, How::File)),
        (None, None) => None,
    }
}

/// What one staged change does to a line.
enum Change {
    Brings,
    Removes,
    Keeps,
}

fn change(arguments: &Value, line: &str) -> Change {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let has = |text: &str| text.lines().any(|own| own == line);
    match (text("content"), text("old"), text("new")) {
        // A whole new text: a line that is in it stays or comes, all others go.
        (Some(content), _, _) if has(content) => Change::Brings,
        (Some(_), _, _) => Change::Removes,
        (None, Some(old), Some(new)) => match (has(old), touches(new, line)) {
            (false, true) => Change::Brings,
            (true, false) => Change::Removes,
            (true, true) | (false, false) => Change::Keeps,
        },
        (None, _, _) => Change::Keeps,
    }
}

/// Tells whether a patch's new text holds the line, or a piece of it: a patch may begin and end within
/// a line.
fn touches(new: &str, line: &str) -> bool {
    let lines: Vec<&str> = new.lines().collect();
    let piece = |own: &&&str| !own.trim().is_empty();
    match lines.as_slice() {
        [] => false,
        [only] => *only == line || (piece(&only) && line.contains(only)),
        [first, .., last] => {
            lines.contains(&line)
                || (piece(&first) && line.ends_with(first))
                || (piece(&last) && line.starts_with(last))
        }
    }
}

fn staged(ask: &Ask, path: &str) -> bool {
    use trail_record::body::Effect;
    ask.verdict.allowed
        && ask
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Staged { path: own, .. } if own == path))
}
