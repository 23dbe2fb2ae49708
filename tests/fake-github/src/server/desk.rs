//! The desk at which a request is answered, step by step as GitHub does.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Kept;
use super::ask::Ask;
use crate::api::{Answer, Call, Reply, Serve};
use crate::caller::{Caller, Via};
use crate::clock;
use crate::faults::{Behind, Fault};
use crate::limits::Figures;
use crate::log::{Conditional, Exchange, Kind, Logged};
use crate::refusal::Refusal;
use crate::routes::Route;
use crate::rules;
use crate::world::World;

/// The versions of the API.
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// A finished answer.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// What happens to it on its way.
    pub(super) fault: Option<Fault>,
}

/// Counts a request that begins; returns whom it is counted for.
pub(super) fn begin(kept: &mut Kept, ask: &Ask) -> String {
    let now = kept.clock.now();
    let caller = Caller::of(&kept.world, ask.authorization.as_deref(), now);
    let who = caller.map_or_else(|_| String::new(), |caller| caller.metered(&kept.world));
    kept.meter.begin(&who);
    who
}

/// What was found out about a request on its way.
struct Way {
    caller: Caller,
    who: String,
    counted: bool,
    conditional: Conditional,
    figures: Figures,
}

/// Answers a request.
pub(super) fn answer(kept: &mut Kept, ask: &Ask, fault: Option<Fault>) -> Done {
    let now = kept.clock.now();
    let stranger = Caller::stranger();
    let mut way = Way {
        who: String::new(),
        caller: stranger,
        counted: false,
        conditional: Conditional::None,
        figures: kept.meter.figures("", now),
    };
    let reply = match early(fault) {
        Some(refusal) => {
            // Whoever is refused by a planned limit is told of it by the headers too.
            if let Ok(caller) = Caller::of(&kept.world, ask.authorization.as_deref(), now) {
                way.who = caller.metered(&kept.world);
                way.caller = caller;
            }
            way.figures = kept.meter.figures(&way.who, now);
            Err(refusal)
        }
        None => handle(kept, ask, fault, now, &mut way),
    };
    if let Some(Fault::Primary { reset_in, .. }) = fault {
        way.figures.used = way.figures.limit;
        way.figures.reset = now + reset_in;
    }
    let reply = match fault {
        Some(Fault::DoneStatus(status)) => Err(Refusal::new(status, "Server Error")),
        _ => reply,
    };
    finish(kept, ask, fault, reply, way, now)
}

/// Returns the refusal of faults that keep a request from being done.
fn early(fault: Option<Fault>) -> Option<Refusal> {
    match fault? {
        Fault::Status(status) => Some(Refusal::new(status, "Server Error")),
        Fault::CutBefore => Some(Refusal::new(502, "cut")),
        Fault::Primary { status, .. } => Some(Refusal {
            status,
            ..Refusal::primary_limit("user")
        }),
        Fault::Secondary {
            status,
            retry_after,
        } => Some(Refusal::secondary_limit(status, retry_after)),
        _ => None,
    }
}

/// Takes a request from its recognition to its route.
fn handle(kept: &mut Kept, ask: &Ask, fault: Option<Fault>, now: i64, way: &mut Way) -> Reply {
    if ask.user_agent.as_ref().is_none_or(String::is_empty) {
        let why = "Request forbidden by administrative rules. Please make sure your request has a \
                   User-Agent header.";
        return Err(Refusal::forbidden(why));
    }
    if let Some(version) = &ask.version
        && !VERSIONS.contains(&version.as_str())
    {
        let why = format!("Unsupported API version: {version}");
        return Err(Refusal::new(400, why));
    }
    way.caller = Caller::of(&kept.world, ask.authorization.as_deref(), now)?;
    way.who = way.caller.metered(&kept.world);
    let Some((route, args)) = &ask.route else {
        return Err(Refusal::not_found());
    };
    let metered = route.kind != Kind::App && route.template != "/rate_limit";
    if metered {
        let writes = route.kind == Kind::Write;
        let admitted = kept.meter.admit(&way.who, writes, now);
        way.figures = kept.meter.figures(&way.who, now);
        way.counted = admitted.is_ok();
        admitted?;
    } else {
        way.figures = kept.meter.figures(&way.who, now);
    }
    let body = ask.body.as_ref();
    let body = body.ok_or_else(|| Refusal::new(400, "Problems parsing JSON"))?;
    let (repo, args) = enter(&kept.world, ask, route, args, &way.caller)?;
    let address = format!("{}{}", kept.world.base, ask.path);
    let caller = way.caller.clone();
    let call = Call {
        caller: &caller,
        repo,
        args,
        query: &ask.query,
        body,
        address: &address,
        now,
    };
    match route.serve {
        Serve::Read(read) => {
            let reply = read(&seen(kept, fault, now), &call)?;
            let reply = match route.template {
                "/rate_limit" => Answer::ok(figures(way.figures)),
                _ => reply,
            };
            Ok(condition(kept, ask, reply, way, now))
        }
        Serve::Write(write) => {
            if fault == Some(Fault::Twice) {
                kept.write(|world, _| drop(write(world, &call)));
            }
            kept.write(|world, _| write(world, &call))
        }
    }
}

/// Finds the repository of a route and checks that the caller may enter it; returns it with the
/// other parameters.
fn enter<'a>(
    world: &World,
    ask: &Ask,
    route: &Route,
    args: &'a [String],
    caller: &Caller,
) -> Result<(u64, &'a [String]), Refusal> {
    if !route.of_repository() {
        return Ok((0, args));
    }
    let found = world.repo_named(&args[0], &args[1]);
    let (id, now) = found.ok_or_else(Refusal::not_found)?;
    let repo = world.repo(id);
    // An App as itself sees where it is installed.
    if !matches!(caller.via, Via::Jwt(_)) {
        rules::see(repo, caller)?;
    }
    if !now {
        let rest = ask.whole.splitn(5, '/').nth(4);
        let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
        let to = format!("{}/repositories/{id}{rest}", world.base);
        // The method is kept by a redirection of anything but a read.
        let status = if ask.method == "GET" { 301 } else { 307 };
        return Err(Refusal::moved(status, to));
    }
    if let Some(need) = route.need {
        rules::token(Some(repo), caller, need)?;
    }
    Ok((id, &args[2..]))
}

/// Returns what a read sees: what there is, or what there was.
fn seen(kept: &Kept, fault: Option<Fault>, now: i64) -> Arc<World> {
    let past = match fault {
        Some(Fault::Lag(Behind::Writes(writes))) => {
            let at = kept.past.len().saturating_sub(writes);
            kept.past.get(at)
        }
        Some(Fault::Lag(Behind::Seconds(seconds))) => {
            kept.past.iter().find(|(at, _)| *at > now - seconds)
        }
        _ => None,
    };
    Arc::clone(past.map_or(&kept.world, |(_, world)| world))
}

/// Answers "not modified" if nothing has changed for this caller.
fn condition(kept: &mut Kept, ask: &Ask, mut reply: Answer, way: &mut Way, now: i64) -> Answer {
    if ask.method != "GET" || reply.status != 200 {
        return reply;
    }
    let mut hasher = Sha256::new();
    hasher.update(way.who.as_bytes());
    hasher.update(ask.whole.as_bytes());
    hasher.update(reply.body.to_string().as_bytes());
    let etag = format!("W/\"{}\"", hex::encode(hasher.finalize()));
    reply.headers.push(("etag", etag.clone()));
    let Some(known) = &ask.if_none_match else {
        return reply;
    };
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if known.split(',').any(|one| strong(one) == strong(&etag)) {
        way.conditional = Conditional::Hit;
        if std::mem::take(&mut way.counted) {
            kept.meter.give_back(&way.who, now);
            way.figures = kept.meter.figures(&way.who, now);
        }
        (reply.status, reply.body) = (304, Value::Null);
    } else {
        way.conditional = Conditional::Miss;
    }
    reply
}

fn figures(of: Figures) -> Value {
    let shown = json!({
        "limit": of.limit, "used": of.used, "remaining": of.remaining(), "reset": of.reset,
    });
    json!({
        "resources": {"core": shown, "search": shown, "graphql": shown},
        "rate": shown,
    })
}

/// Writes the answer down, and makes of it what is sent.
fn finish(
    kept: &mut Kept,
    ask: &Ask,
    fault: Option<Fault>,
    reply: Reply,
    way: Way,
    now: i64,
) -> Done {
    let route = ask.route.as_ref().map(|(route, _)| *route);
    let mut answer = reply.unwrap_or_else(|refusal| Answer {
        status: refusal.status,
        body: refusal.body(),
        headers: refusal.headers,
    });
    answer.headers.extend(headers(ask, route, &way, now));
    let cut = matches!(
        fault,
        Some(Fault::CutBefore | Fault::CutAfter | Fault::CutMidway)
    );
    let template = route.map_or_else(|| ask.path.clone(), |route| route.template.to_owned());
    let user = way.caller.user;
    kept.log.push(Logged {
        method: ask.method.clone(),
        route: template.clone(),
        path: ask.whole.clone(),
        status: (!cut).then_some(answer.status),
        account: user.map(|user| kept.world.login_of(user).to_owned()),
        conditional: way.conditional,
        kind: route.map_or(Kind::Read, |route| route.kind),
        at: now,
        counted: way.counted,
        faulty: fault.is_some(),
    });
    if let (Some(exchanges), true) = (&mut kept.exchanges, fault.is_none()) {
        let asked = ask.body.clone();
        exchanges.push(Exchange {
            method: ask.method.clone(),
            route: template,
            status: answer.status,
            asked: asked.unwrap_or_default(),
            body: answer.body.clone(),
        });
    }
    let mut body = match (answer.status, &answer.body) {
        (204 | 304, _) => Vec::new(),
        (_, body) => body.to_string().into_bytes(),
    };
    match fault {
        Some(Fault::Malformed) => {
            body = b"<!DOCTYPE html><html><body>Unicorn!</body></html>".to_vec();
        }
        Some(Fault::Truncated) => body.truncate(body.len() / 2),
        _ => {}
    }
    Done {
        status: answer.status,
        headers: answer.headers,
        body,
        fault,
    }
}

/// Returns the headers that every answer has.
fn headers(ask: &Ask, route: Option<&Route>, way: &Way, now: i64) -> Vec<(&'static str, String)> {
    let graphql = route.is_some_and(|route| route.kind == Kind::Graphql);
    let resource = if graphql { "graphql" } else { "core" };
    let version = ask.version.as_deref().unwrap_or(VERSIONS[0]);
    let mut headers = vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        (
            "cache-control",
            "private, max-age=60, s-maxage=60".to_owned(),
        ),
        (
            "vary",
            "Accept, Authorization, Cookie, X-GitHub-OTP".to_owned(),
        ),
        ("date", clock::http_date(now)),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
        ("x-github-api-version-selected", version.to_owned()),
        ("x-ratelimit-limit", way.figures.limit.to_string()),
        ("x-ratelimit-remaining", way.figures.remaining().to_string()),
        ("x-ratelimit-used", way.figures.used.to_string()),
        ("x-ratelimit-reset", way.figures.reset.to_string()),
        ("x-ratelimit-resource", resource.to_owned()),
    ];
    let need = route.and_then(|route| route.need);
    match &way.caller.via {
        Via::Classic(scopes) => {
            headers.push(("x-oauth-scopes", scopes.join(", ")));
            headers.push(("x-accepted-oauth-scopes", String::new()));
        }
        Via::FineGrained(_) | Via::Installation { .. } => {
            let need = need.map(rules::Need::header);
            headers.extend(need.map(|need| ("x-accepted-github-permissions", need)));
        }
        Via::Nothing | Via::Web | Via::Jwt(_) => {}
    }
    headers
}
