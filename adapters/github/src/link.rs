//! Addresses that a server names: the next page, and where something has moved to.
//!
//! They are followed only on the API's own origin. The token goes nowhere else.

use http::{HeaderMap, Uri};

use crate::failure::Failure;

/// Returns path and query of the next page, as the `link` header tells (RFC 8288); none if this is
/// the last one.
pub(crate) fn next(headers: &HeaderMap, origin: &Uri) -> Result<Option<String>, Failure> {
    for value in headers.get_all("link") {
        let Ok(value) = value.to_str() else {
            continue;
        };
        if let Some(target) = target_of(value, "next") {
            return on_origin(target, origin).map(Some);
        }
    }
    Ok(None)
}

/// Finds the target of a relation among links.
fn target_of<'a>(links: &'a str, relation: &str) -> Option<&'a str> {
    let mut rest = links;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        // Parameters go up to the next link; its `<` cannot stand in them.
        let parameters = after.split('<').next().unwrap_or_default();
        let found = parameters.split([';', ',']).any(|parameter| {
            parameter
                .trim()
                .split_once('=')
                .is_some_and(|(name, value)| {
                    name.trim().eq_ignore_ascii_case("rel")
                        && value
                            .trim()
                            .trim_matches('"')
                            .split_ascii_whitespace()
                            .any(|own| own.eq_ignore_ascii_case(relation))
                })
        });
        if found {
            return Some(target);
        }
        rest = after;
    }
}

/// Returns path and query of an address, if it is on this origin.
pub(crate) fn on_origin(target: &str, origin: &Uri) -> Result<String, Failure> {
    let elsewhere = || {
        Failure::of(trail_port::tracker::Error::Refused(format!(
            "the server at {origin} sends us to {:?}, where the token is not sent to; if the API has \
             moved, change its address in the configuration",
            crate::failure::plain(target)
        )))
    };
    let uri: Uri = target.parse().map_err(|_| elsewhere())?;
    let same = match (uri.scheme_str(), uri.host()) {
        // `//host/path` is another host's, in the words of RFC 3986.
        (None, None) => target.starts_with('/') && !target.starts_with("//"),
        (Some(scheme), Some(host)) => {
            Some(scheme) == origin.scheme_str()
                && origin
                    .host()
                    .is_some_and(|own| own.eq_ignore_ascii_case(host))
                && port(&uri) == port(origin)
                && !uri
                    .authority()
                    .is_some_and(|own| own.as_str().contains('@'))
        }
        _ => false,
    };
    if !same {
        return Err(elsewhere());
    }
    Ok(uri
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string))
}

fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next_of(link: &str) -> Result<Option<String>, Failure> {
        let origin = Uri::from_static("https://api.github.com");
        let headers = [(http::header::LINK, link.parse().unwrap())]
            .into_iter()
            .collect();
        next(&headers, &origin)
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let own = "<https://api.github.com/repositories/1/issues?page=1>; rel=\"prev\", \
                   <https://api.github.com/repositories/1/issues?a=b,c&page=3>; rel=\"next\", \
                   <https://api.github.com/repositories/1/issues?page=9>; rel=\"last\"";
        assert_eq!(
            next_of(own).unwrap().as_deref(),
            Some("/repositories/1/issues?a=b,c&page=3")
        );
        assert_eq!(
            next_of("<https://API.github.com:443/x>; title=y; rel=next").unwrap(),
            Some("/x".to_owned())
        );
        for none in [
            "",
            "<https://api.github.com/x>; rel=\"last\"",
            "nonsense",
            "<",
            "<x>",
        ] {
            assert_eq!(next_of(none).unwrap(), None, "{none}");
        }
    }

    #[test]
    fn no_other_host_is_followed() {
        for target in [
            "https://evil.example/x",
            "http://api.github.com/x",
            "https://api.github.com:8443/x",
            "https://api.github.com@evil.example/x",
            "https://x@api.github.com/x",
            "https://api.github.com.evil.example/x",
            "//evil.example/x",
            "x",
        ] {
            let refused = next_of(&format!("<{target}>; rel=\"next\""));
            assert!(refused.is_err(), "{target}: {refused:?}");
        }
    }
}
