//! Long things in a few words: what a call is about, the beginning of a text, a duration.

/// Returns what a tool call is about, in a word or two.
pub(crate) fn about(arguments: &serde_json::Value) -> String {
    let text = |name: &str| arguments.get(name).and_then(serde_json::Value::as_str);
    if let Some(named) = ["path", "name", "pattern"]
        .iter()
        .find_map(|name| text(name))
    {
        return short(named, 100);
    }
    let command = arguments
        .get("command")
        .and_then(serde_json::Value::as_array);
    command.map_or_else(String::new, |command| {
        let parts: Vec<&str> = command
            .iter()
            .filter_map(serde_json::Value::as_str)
            .collect();
        short(&parts.join(" "), 100)
    })
}

/// Returns the beginning of a text on one line, with nothing hidden in it.
pub(crate) fn short(text: &str, max: usize) -> String {
    let visible = trail_item::quote::visible(text);
    let line: Vec<&str> = visible.split_whitespace().collect();
    trail_item::quote::cut(&line.join(" "), max)
}

/// Writes a duration for people.
pub(crate) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
