//! Apps: what they ask as themselves, by a token that they signed.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Answer, Call, Reply};
use crate::caller::Via;
use crate::refusal::Refusal;
use crate::seed::{Level, Permissions};
use crate::show::user;
use crate::world::{Installed, Token, World};

/// How long an installation's token lives, in seconds.
const LIFE: i64 = 3_600;

fn myself<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Installed, Refusal> {
    let Via::Jwt(app) = call.caller.via else {
        let why = "A JSON web token could not be decoded";
        return Err(Refusal::new(401, why));
    };
    world.apps.get(&app).ok_or_else(Refusal::bad_credentials)
}

pub(crate) fn me(world: &World, call: &Call<'_>) -> Reply {
    Ok(Answer::ok(user::app(world, myself(world, call)?)))
}

pub(crate) fn installations(world: &World, call: &Call<'_>) -> Reply {
    let shown = user::installation(world, myself(world, call)?);
    Ok(Answer::ok(json!([shown])))
}

pub(crate) fn installation(world: &World, call: &Call<'_>) -> Reply {
    let own = myself(world, call)?;
    if own.app.installation != call.number(0)? {
        return Err(Refusal::not_found());
    }
    Ok(Answer::ok(user::installation(world, own)))
}

/// Shows the installation in a repository.
pub(crate) fn of_repository(world: &World, call: &Call<'_>) -> Reply {
    Ok(Answer::ok(user::installation(world, myself(world, call)?)))
}

/// Makes a token for an installation, with its permissions or fewer.
pub(crate) fn token(world: &mut World, call: &Call<'_>) -> Reply {
    let own = myself(world, call)?;
    let (app, has) = (own.app.id, own.app.permissions.clone());
    if own.app.installation != call.number(0)? {
        return Err(Refusal::not_found());
    }
    if own.suspended {
        return Err(Refusal::forbidden("This installation has been suspended"));
    }
    let permissions = match &call.body["permissions"] {
        Value::Null => has,
        Value::Object(asked) => fewer(&has, asked)?,
        _ => return Err(Refusal::new(422, "Invalid request.")),
    };
    let expires = call.now + LIFE;
    // Unlike anything of GitHub's, it is the same in every run.
    let id = world.id();
    let token = format!(
        "ghs_{}",
        &hex::encode(Sha256::digest(id.to_be_bytes()))[..36]
    );
    let shown = user::token(&token, expires, &permissions);
    let made = Token::Installation {
        app,
        permissions,
        expires,
    };
    world.tokens.insert(token, made);
    Ok(Answer::new(201, shown))
}

fn fewer(
    has: &Permissions,
    asked: &serde_json::Map<String, Value>,
) -> Result<Permissions, Refusal> {
    let mut granted = Permissions::new();
    for (name, level) in asked {
        let level = if level == "write" {
            Level::Write
        } else {
            Level::Read
        };
        if has.get(name).is_none_or(|held| *held < level) {
            let why = "The permissions requested are not granted to this installation.";
            return Err(Refusal::new(422, why));
        }
        granted.insert(name.clone(), level);
    }
    Ok(granted)
}
