//! What is asked of GitHub itself.

use serde_json::Value;

use super::{Answer, Call, Reply};
use crate::world::World;

/// The figures are put in by the server, which keeps them.
pub(crate) fn rate_limit(_: &World, _: &Call<'_>) -> Reply {
    Ok(Answer::ok(Value::Null))
}

pub(crate) fn graphql(world: &World, call: &Call<'_>) -> Reply {
    call.caller.somebody()?;
    Ok(Answer::ok(crate::graphql::answer(
        world,
        call.caller,
        call.body,
    )))
}
