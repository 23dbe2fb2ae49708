//! Where a peer is: from the base URL of the settings to the address of its API.

use reqwest::Url;

use super::Error;
use super::build::bad;

/// Returns the address of the API's `path` below `base`.
pub(super) fn address(base: &str, path: &str) -> Result<Url, Error> {
    // The text is not shown: somebody may have put a key in it.
    let mut url = base.trim().parse::<Url>().map_err(|error| {
        bad(
            "base_url",
            format!("is no URL ({error}); write one like https://api.example.com/v1"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad(
            "base_url",
            "must begin with https:// (or http://) and name a host",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(
            "base_url",
            "must hold no user or password; set the API key instead",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("base_url", "must end with a path, without `?` or `#`"));
    }
    let below = url.path().trim_end_matches('/').to_owned();
    // Anthropic's own client takes the host alone, OpenAI's the host with `/v1`; both are taken here.
    let version = if below.is_empty() || (path == "messages" && !below.ends_with("/v1")) {
        "/v1"
    } else {
        ""
    };
    url.set_path(&format!("{below}{version}/{path}"));
    Ok(url)
}

/// Returns host and, where it is not the scheme's own, port.
pub(super) fn endpoint(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Says whether the peer is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_from_a_host_or_a_path() {
        for (base, path, expected) in [
            (
                "https://api.anthropic.com",
                "messages",
                "https://api.anthropic.com/v1/messages",
            ),
            (
                "https://x.org/anthropic/",
                "messages",
                "https://x.org/anthropic/v1/messages",
            ),
            ("https://x.org/v1/", "messages", "https://x.org/v1/messages"),
            (
                "http://[::1]:11434/v1",
                "responses",
                "http://[::1]:11434/v1/responses",
            ),
            (
                "http://localhost:4000",
                "responses",
                "http://localhost:4000/v1/responses",
            ),
            (
                "https://x.org/api/v3",
                "chat/completions",
                "https://x.org/api/v3/chat/completions",
            ),
        ] {
            assert_eq!(address(base, path).unwrap().as_str(), expected);
        }
    }
}
