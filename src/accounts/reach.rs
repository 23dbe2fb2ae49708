//! Whether the server answers, and what time it has.

use std::time::Duration;

use crate::check::Checks;
use crate::config::TrackerKind;
use crate::setup::Setup;

/// How far clocks may be apart before it is said; a GitHub App's key is refused beyond a minute.
const SKEW: i64 = 30;
/// How long the server may take to say anything.
const PATIENCE: Duration = Duration::from_secs(15);

/// Looks at the server without any credential; returns whether it answers.
pub(super) async fn server(setup: &Setup, checks: &mut Checks) -> bool {
    let url = &setup.config.tracker.url;
    let asked = async {
        let client = reqwest::Client::builder()
            .user_agent("trail")
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        let answer = client.get(format!("{url}/")).send().await;
        anyhow::Ok((answer.map_err(reqwest::Error::without_url)?, client))
    };
    let help = "check tracker.url, the network, and proxies (HTTPS_PROXY)";
    let Some((answer, client)) = checks.take("tracker", asked.await, help) else {
        return false;
    };
    checks.ok("tracker", format!("{url} answers"));
    let date = answer.headers().get(reqwest::header::DATE);
    let date = date.and_then(|own| seconds(own.to_str().ok()?));
    match date {
        None => checks.note("clock", "the server does not say what time it has"),
        Some(theirs) => {
            let ours = chrono::Utc::now().timestamp();
            let apart = ours - theirs;
            if apart.abs() > SKEW {
                let way = if apart > 0 { "ahead of" } else { "behind" };
                checks.finding(
                    "clock",
                    format!("this machine is {} s {way} the server", apart.abs()),
                    "let the machine set its clock by the network (systemd-timesyncd, chrony)",
                );
            } else {
                checks.ok("clock", "agrees with the server's");
            }
        }
    }
    if setup.config.tracker.kind == TrackerKind::Github && setup.config.tracker.github.graphql {
        graphql(url, &client, checks).await;
    }
    true
}

/// Looks whether GitHub's GraphQL is there, which alone tells who edited what. Without a credential
/// it refuses, which is answer enough.
async fn graphql(url: &str, client: &reqwest::Client, checks: &mut Checks) {
    // GitHub Enterprise Server has its two APIs beside each other.
    let address = match url.strip_suffix("/v3") {
        Some(api) => format!("{api}/graphql"),
        None => format!("{url}/graphql"),
    };
    let asked = client.post(&address).body("{}").send().await;
    match asked.map(|answer| answer.status().as_u16()) {
        Ok(404) => checks.finding(
            "GraphQL",
            format!("there is none at {address}, so nothing proves who wrote an issue"),
            "check tracker.url; only for a stand-in set tracker.github.graphql = false",
        ),
        Ok(_) => checks.ok("GraphQL", format!("{address} answers")),
        Err(error) => checks.finding(
            "GraphQL",
            format!("{:#}", anyhow::Error::new(error.without_url())),
            "check tracker.url, the network, and proxies (HTTPS_PROXY)",
        ),
    }
}

/// Reads an HTTP date as seconds since 1970.
/// Source: RFC 9110, section 5.6.7.
fn seconds(date: &str) -> Option<i64> {
    let read = chrono::DateTime::parse_from_rfc2822(date).ok()?;
    Some(read.timestamp())
}

/// Returns what to do about a credential that does not work.
pub(super) fn token_help(setup: &Setup, place: &str) -> String {
    let own = &setup.config.tracker;
    match own.kind {
        TrackerKind::Embedded => "an admin makes a new token".to_owned(),
        TrackerKind::Github => format!(
            "make a fine-grained token for {}/{} with Issues: read and write (or install the App there), and put it into {place}",
            own.github.owner, own.github.repo
        ),
        TrackerKind::Plane => format!(
            "make an API key under an account that is a Member of project {} in workspace {}, and put it into {place}",
            own.plane.project, own.plane.workspace
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_date_is_read() {
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("yesterday"), None);
    }
}
