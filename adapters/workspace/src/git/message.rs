//! Makes what git says fit to show: short, and without credentials.

/// Returns git's message fit to show: trimmed, cut, without credentials in URLs.
pub(crate) fn cut(message: &str) -> String {
    let message = without_credentials(message.trim());
    let mut short: String = message.chars().take(800).collect();
    if short.len() < message.len() {
        short.push_str(" ...");
    }
    short
}

/// Returns `text` with the user part of every `scheme://user:password@host` removed; a bare ssh
/// user (`ssh://git@host`) is no secret and stays.
pub(crate) fn without_credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c.is_whitespace())
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) if before.ends_with("ssh://") && !user.contains(':') => {
                out.push_str(user);
                out.push('@');
                out.push_str(host);
            }
            Some((_, host)) => out.push_str(host),
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_urls_and_a_bare_ssh_user_stays() {
        for (url, shown) in [
            ("https://u:p@host/x.git", "https://host/x.git"),
            ("fatal: 'https://tok@h:8/x' no", "fatal: 'https://h:8/x' no"),
            ("ssh://git@host/x", "ssh://git@host/x"),
            ("ssh://git:pw@host/x", "ssh://host/x"),
            ("https://a@b:c@host", "https://host"),
            ("git@host:x.git", "git@host:x.git"),
            ("/srv/x.git", "/srv/x.git"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
