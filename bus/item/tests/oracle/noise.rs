//! What fits by chance only, or not at all.

use trail_item::{Action, Event, Order, State};
use trail_record::body::{GateName, GateOutcome};
use trail_record::{Digest, Fence, Moment, Persona, TreeId, UserId, WorkerId};

use crate::invent::{
    Dice, MINUTE, START, asked, claim, comment, made, order, outcome, proved, taken_up,
};

/// Any event, with what fits the moment by chance only.
pub(crate) fn anything(state: &State, dice: &mut Dice<'_>) -> Event {
    let fence = Fence(state.fence.0.saturating_sub(dice.below(2) as u64));
    let text = Digest::of(dice.of(&["text 0", "text 1", "text 2"]).as_bytes());
    let id = dice.of(&["f-0", "f-1", "f-2", "f-3"]).to_owned();
    match dice.below(21) {
        0 => {
            let start = dice.one_in(2).then(|| comment(dice));
            taken_up(text, start)
        }
        1 => Event::StartAsked {
            text,
            code: "AAAAA-AAAAA".to_owned(),
        },
        2 => Event::Unfit { text },
        3 => {
            let action = dice.of(&Action::ALL);
            claim(state, action)
        }
        4 => {
            let action = dice.of(&Action::ALL);
            outcome(state, action, fence, dice)
        }
        5 => {
            let tree = made(dice.below(3)).1;
            Event::Prepared {
                pull_request: Digest::of(b"pull request"),
                tree,
            }
        }
        6 => {
            let gate = dice.of(&["file_write", "pr_create", "plan", "exec", "legal"]);
            let (by, performer) = (dice.of(&Persona::ALL), dice.of(&Persona::ALL));
            asked(gate, by, performer, dice)
        }
        7 => Event::GateDecided {
            gate: GateName::new(dice.of(&["file_write", "pr_create", "legal"])),
            request: Digest::of(b"request 0"),
            outcome: GateOutcome::Approved,
            decision: Digest::of(b"decision"),
            approver: UserId::from("u-eve"),
            comment: dice.one_in(2).then(|| comment(dice)),
        },
        8 | 9 => {
            let command = dice.of(&[
                Order::Hold,
                Order::Hold,
                Order::Resume,
                Order::Retry,
                Order::Hold,
                Order::Resume,
                Order::Retry,
                Order::Cancel,
            ]);
            order(command, dice)
        }
        10 => Event::Answered {
            comment: comment(dice),
        },
        11 => Event::Drifted {
            text,
            code: "BBBBB-BBBBB".to_owned(),
        },
        12 => Event::Restored,
        13 => Event::Amended {
            spec: Digest::of(b"amended"),
            text,
            comment: comment(dice),
        },
        14 => {
            let given = state.gate.iter().flat_map(|gate| &gate.approvals);
            let comment = given.filter_map(|own| own.comment.clone()).next();
            Event::Found {
                kind: "edited-approval".to_owned(),
                id,
                code: "CCCCC-CCCCC".to_owned(),
                comment: comment.filter(|_| dice.one_in(2)),
                closes: true,
            }
        }
        15 => Event::Found {
            kind: dice.of(&["posing", "posing", "edited-entry"]).to_owned(),
            id,
            code: "CCCCC-CCCCC".to_owned(),
            comment: None,
            closes: false,
        },
        16 => {
            let name = GateName::new(dice.of(&["legal", "plan", "legal", "file_write"]));
            let (mut gates, mut gone) = (Vec::new(), Vec::new());
            match dice.below(3) {
                0 => gates.push(name),
                1 => gone.push(name),
                _ => {}
            }
            let changes = if dice.one_in(2) {
                vec![dice.of(&["1", "2", "3"]).to_owned()]
            } else {
                Vec::new()
            };
            Event::Captured {
                observation: Digest::of(b"seen"),
                gates,
                gone,
                changes,
            }
        }
        17 => Event::Lapsed {
            fence,
            observation: Digest::of(b"seen"),
        },
        18 => {
            let lease = dice.one_in(2).then_some(fence);
            proved(lease, dice)
        }
        19 => Event::Reported {
            report: Digest::of(b"report"),
        },
        _ => Event::Disposed {
            id,
            comment: comment(dice),
        },
    }
}

/// Puts something into an event that does not fit.
pub(crate) fn spoil(event: &mut Event, dice: &mut Dice<'_>) {
    match event {
        Event::Claimed {
            fence,
            holder,
            until,
            ..
        } => match dice.below(4) {
            0 => fence.0 += 1,
            1 => fence.0 = fence.0.saturating_sub(1),
            2 => *holder = WorkerId::from("somebody@else:0"),
            _ => *until = Moment::from_millis(START + 100_000 * MINUTE),
        },
        Event::Renewed { fence, .. }
        | Event::Released { fence }
        | Event::Spent { fence, .. }
        | Event::Planned { fence, .. }
        | Event::Proposed { fence, .. }
        | Event::Tested { fence, .. }
        | Event::Delivered { fence, .. }
        | Event::Refused { fence, .. }
        | Event::Lapsed { fence, .. }
        | Event::Failed { fence, .. } => fence.0 += 1,
        Event::Committed {
            fence,
            patchset,
            bytes,
            ..
        } => match dice.below(3) {
            0 => fence.0 += 1,
            1 => *patchset = Digest::of(b"swapped"),
            _ => *bytes = 1 << 50,
        },
        Event::Proved { fence, again, .. } => match fence {
            Some(fence) if dice.one_in(2) => fence.0 += 1,
            _ => *again = !*again,
        },
        Event::Prepared { tree, .. } => *tree = TreeId::from("another tree"),
        Event::GateAsked { code, contract, .. } => {
            if dice.one_in(2) {
                "00000-00000".clone_into(code);
            } else {
                *contract = None;
            }
        }
        Event::GateDecided { request, .. } => *request = Digest::of(b"another request"),
        Event::TakenUp { text, .. }
        | Event::StartAsked { text, .. }
        | Event::Unfit { text }
        | Event::Drifted { text, .. }
        | Event::Amended { text, .. } => *text = Digest::of(b"swapped"),
        Event::Obeyed { .. }
        | Event::Answered { .. }
        | Event::Restored
        | Event::Captured { .. }
        | Event::Reported { .. }
        | Event::RevertAsked { .. }
        | Event::Reverting { .. }
        | Event::Found { .. }
        | Event::Disposed { .. } => {}
    }
}
