//! Work: what came of an action.

use trail_record::body::GateName;
use trail_record::{CommitId, Digest, Fence, Persona, Record, TreeId};

use super::leases::{complete, finish};
use super::reverting;
use super::{Actor, Effect, Illegal, illegal, only};
use crate::action::Action;
use crate::state::{MAX_FAILURES, MAX_FIXES, Stage, State};

pub(super) fn planned(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
) -> Result<Vec<Effect>, Illegal> {
    complete_as(state, actor, fence, Action::Plan)?;
    state.stage = Stage::Planned;
    Ok(Vec::new())
}

pub(super) fn proposed(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    patchset: Digest<Record>,
) -> Result<Vec<Effect>, Illegal> {
    let action = finish(
        state,
        actor,
        fence,
        &[Action::Implement, Action::Fix, Action::WriteTests],
    )?;
    complete(state, action);
    // A gate passed before belongs to the patchset before.
    state.gate = None;
    state.stage = Stage::Proposed {
        patchset,
        of: action,
    };
    Ok(Vec::new())
}

pub(super) fn committed(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    patchset: Digest<Record>,
    bytes: u64,
    commit: &CommitId,
    tree: &TreeId,
) -> Result<Vec<Effect>, Illegal> {
    let action = finish(
        state,
        actor,
        fence,
        &[Action::Apply, Action::WriteTests, Action::Fix],
    )?;
    let mut of = action;
    match action {
        Action::Apply => {
            match state.stage {
                Stage::Proposed {
                    patchset: approved,
                    of: made,
                } if approved == patchset => {
                    of = made;
                }
                _ => return illegal("another patchset was approved"),
            }
            if !used(state, GateName::FILE_WRITE) {
                return illegal("nobody approved this patchset");
            }
        }
        Action::WriteTests | Action::Fix => {
            let Some(own) = &mut state.contract else {
                return illegal("there is no contract to pass under");
            };
            own.patchsets += 1;
            own.bytes = own.bytes.saturating_add(bytes);
            if own.patchsets > own.contract.max_patchsets || own.bytes > own.contract.max_bytes {
                return illegal("the contract is used up");
            }
        }
        Action::Plan | Action::Implement | Action::RunTests | Action::Deliver => {
            return illegal(format!("{action} commits nothing"));
        }
    }
    complete(state, action);
    state.commit = Some((commit.clone(), tree.clone()));
    state.passing = None;
    if of == Action::Fix {
        state.fixes += 1;
    }
    state.stage = if of == Action::Implement && state.reverts().is_none() {
        Stage::Written
    } else {
        Stage::Testable
    };
    Ok(Vec::new())
}

pub(super) fn tested(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    green: bool,
) -> Result<Vec<Effect>, Illegal> {
    complete_as(state, actor, fence, Action::RunTests)?;
    if green {
        state.fixes = 0;
    }
    // What takes deliveries back was computed, so there is nothing an agent could mend, and with the
    // work its own tests are gone: a human judges the run at `pr_create`.
    let proposable = green || state.reverts().is_some();
    if proposable {
        state.passing = state.commit.as_ref().map(|(_, tree)| tree.clone());
    }
    state.stage = if proposable {
        // The pull request follows in the same entry; without it the tests are run again.
        Stage::Testable
    } else if state.fixes >= MAX_FIXES {
        Stage::Stuck {
            back: Box::new(Stage::Red),
        }
    } else {
        Stage::Red
    };
    Ok(Vec::new())
}

pub(super) fn prepared(
    state: &mut State,
    actor: &Actor,
    pull_request: Digest<Record>,
    tree: &TreeId,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Tester, "the pull request's text")?;
    if state.stage != Stage::Testable || state.passing.is_none() || state.lease.is_some() {
        return illegal("a pull request is prepared when the tests have passed");
    }
    if state.passing.as_ref() != Some(tree) {
        return illegal("the pull request is not of the tree that was tested");
    }
    state.stage = Stage::Green {
        pull_request,
        tree: tree.clone(),
    };
    Ok(Vec::new())
}

pub(super) fn delivered(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    receipt: Digest<Record>,
) -> Result<Vec<Effect>, Illegal> {
    complete_as(state, actor, fence, Action::Deliver)?;
    if !used(state, GateName::PR_CREATE) {
        return illegal("nobody approved this pull request");
    }
    state.stage = Stage::Delivered { receipt };
    Ok(vec![Effect::CleanUp])
}

pub(super) fn refused(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
) -> Result<Vec<Effect>, Illegal> {
    complete_as(state, actor, fence, Action::Deliver)?;
    state.gate = None;
    if let Some(effects) = reverting::given_up(state) {
        return Ok(effects);
    }
    state.stage = Stage::Red;
    Ok(Vec::new())
}

pub(super) fn failed(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    retryable: bool,
) -> Result<Vec<Effect>, Illegal> {
    finish(state, actor, fence, &Action::ALL)?;
    state.failures += 1;
    if !retryable || state.failures >= MAX_FAILURES {
        let back = std::mem::take(&mut state.stage);
        state.stage = Stage::Stuck {
            back: Box::new(back),
        };
    }
    Ok(Vec::new())
}

/// Uses up the gate with this name; tells whether it was open.
fn used(state: &mut State, name: &str) -> bool {
    let gate = state.gate.take();
    gate.is_some_and(|gate| gate.is_open() && gate.name.as_str() == name)
}

fn complete_as(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    action: Action,
) -> Result<(), Illegal> {
    finish(state, actor, fence, &[action])?;
    complete(state, action);
    Ok(())
}

#[cfg(test)]
mod tests;
