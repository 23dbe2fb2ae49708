//! Which answer comes next.

use std::collections::HashMap;

use trail_record::digest::{Blob, Digest};

use super::hear::Heard;
use crate::fault::excerpt;
use crate::scripted::{Action, Script, Turn};

/// What the peer plays and how far it is.
#[derive(Debug)]
pub(super) struct Play {
    model: String,
    actions: Vec<Action>,
    /// How many turns of each action were played.
    played: Vec<usize>,
    /// Whether turns go by the conversation; canned ones come in their order whatever is asked.
    follows: bool,
    /// What was answered to which request.
    answered: HashMap<Digest<Blob>, Cue>,
}

/// A turn of a play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cue {
    action: usize,
    turn: usize,
}

/// An answer to give.
#[derive(Debug)]
pub(super) struct Line {
    /// The model's name.
    pub(super) model: String,
    /// What the ids of the answer are made of.
    pub(super) stem: String,
    /// The answer.
    pub(super) turn: Turn,
}

impl Play {
    pub(super) fn of_script(script: Script) -> Self {
        let played = vec![0; script.actions.len()];
        let (model, actions) = (script.name, script.actions);
        Self {
            model,
            actions,
            played,
            follows: true,
            answered: HashMap::new(),
        }
    }

    pub(super) fn of_turns(turns: Vec<Turn>) -> Self {
        Self {
            model: "scripted-canned".to_owned(),
            actions: vec![Action {
                action: "canned".to_owned(),
                round: 1,
                turns,
            }],
            played: vec![0],
            follows: false,
            answered: HashMap::new(),
        }
    }

    /// Finds the turn that answers a request, without playing it yet.
    pub(super) fn find(&self, heard: &Heard, request: Digest<Blob>) -> Result<Cue, String> {
        if self.follows
            && let Some(cue) = self.answered.get(&request)
        {
            return Ok(*cue);
        }
        let fits = |action: usize, turn: usize| {
            let turn = self.actions[action].turns.get(turn);
            turn.is_some_and(|turn| match &turn.expect {
                Some(expected) => heard.newest.contains(expected),
                None => true,
            })
        };
        self.played
            .iter()
            .enumerate()
            .find(|(action, played)| {
                (!self.follows || **played == heard.answers) && fits(*action, **played)
            })
            .map(|(action, turn)| Cue {
                action,
                turn: *turn,
            })
            .ok_or_else(|| {
                format!(
                    "no scripted turn fits: the conversation holds {} answers, played so far are \
                     {:?}, and the newest message is {:?}",
                    heard.answers,
                    self.played,
                    excerpt(&heard.newest, 200)
                )
            })
    }

    /// Returns what the turn says.
    pub(super) fn line(&self, cue: Cue) -> Line {
        let action = &self.actions[cue.action];
        Line {
            model: self.model.clone(),
            stem: format!("{}-{}-{}", action.action, action.round, cue.turn + 1),
            turn: action.turns[cue.turn].clone(),
        }
    }

    /// Notes that the turn was played; one that ran into trouble was not.
    pub(super) fn done(&mut self, cue: Cue, request: Digest<Blob>) {
        if self.answered.insert(request, cue) != Some(cue) || !self.follows {
            self.played[cue.action] = cue.turn + 1;
        }
    }
}
