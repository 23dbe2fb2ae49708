//! The order of the blocks of an answer, kept where it is not the plain one.
//!
//! The port's [`Answer`](trail_port::model::Answer) tells reasoning, text and calls apart, but a
//! provider that signs its reasoning wants it back between the very blocks it stood between. Where
//! an answer is not simply reasoning, then text, then calls, one more opaque reasoning item says how
//! the parts were interleaved, and the request is laid out by it.

use serde_json::{Value, json};
use trail_port::model::ToolCall;

/// The key of the item that holds the order.
const KEY: &str = "trail_order";

/// One block of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// The next reasoning item.
    Reasoning,
    /// The next so many bytes of the text.
    Text(usize),
    /// The next call.
    Call,
}

/// A part of an assistant message, in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Part<'a> {
    /// A reasoning item.
    Reasoning(&'a Value),
    /// A piece of text.
    Text(&'a str),
    /// A tool call.
    Call(&'a ToolCall),
}

/// Returns the item that says how `blocks` stood, or none if they stood in the plain order.
pub(crate) fn item(blocks: &[Block]) -> Option<Value> {
    let rank = |block: &Block| match block {
        Block::Reasoning => 0,
        Block::Text(_) => 1,
        Block::Call => 2,
    };
    if !blocks.contains(&Block::Reasoning) || blocks.is_sorted_by_key(rank) {
        return None;
    }
    let written: Vec<Value> = blocks
        .iter()
        .map(|block| match block {
            Block::Reasoning => json!("reasoning"),
            Block::Text(bytes) => json!(bytes),
            Block::Call => json!("call"),
        })
        .collect();
    Some(json!({ KEY: written }))
}

/// Returns the parts of an assistant message in the order they were answered in; in the plain order
/// if nothing says otherwise or the parts no longer fit what was said (text may have been redacted).
pub(crate) fn lay_out<'a>(
    text: &'a str,
    reasoning: &'a [Value],
    calls: &'a [ToolCall],
) -> Vec<Part<'a>> {
    let (orders, items): (Vec<&Value>, Vec<&Value>) =
        reasoning.iter().partition(|item| item.get(KEY).is_some());
    if let [order] = orders[..]
        && let Some(parts) = interleave(&order[KEY], text, &items, calls)
    {
        return parts;
    }
    let text = (!text.is_empty()).then_some(Part::Text(text));
    items
        .into_iter()
        .map(Part::Reasoning)
        .chain(text)
        .chain(calls.iter().map(Part::Call))
        .collect()
}

/// Returns the parts as `order` says, if it uses each of them exactly once.
fn interleave<'a>(
    order: &Value,
    text: &'a str,
    items: &[&'a Value],
    calls: &'a [ToolCall],
) -> Option<Vec<Part<'a>>> {
    let (mut text, mut items, mut calls) = (text, items.iter(), calls.iter());
    let mut parts = Vec::new();
    for block in order.as_array()? {
        parts.push(match block.as_str() {
            Some("reasoning") => Part::Reasoning(items.next()?),
            Some("call") => Part::Call(calls.next()?),
            Some(_) => return None,
            None => {
                let bytes = usize::try_from(block.as_u64()?).ok()?;
                let (piece, rest) = text.split_at_checked(bytes)?;
                text = rest;
                Part::Text(piece)
            }
        });
    }
    let used_up = text.is_empty() && items.next().is_none() && calls.next().is_none();
    used_up.then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.to_owned(),
            name: "read".to_owned(),
            arguments: json!({}),
        }
    }

    #[test]
    fn the_plain_order_needs_no_item() {
        let plain = [Block::Reasoning, Block::Text(3), Block::Call, Block::Call];
        assert_eq!(item(&plain), None);
        assert_eq!(
            item(&[Block::Call, Block::Text(2)]),
            None,
            "no reasoning, nothing to keep"
        );
    }

    #[test]
    fn interleaved_blocks_come_back_in_their_places() {
        let blocks = [
            Block::Reasoning,
            Block::Text(2),
            Block::Reasoning,
            Block::Call,
            Block::Text(1),
        ];
        let (one, two) = (json!({"n": 1}), json!({"n": 2}));
        let reasoning = [one.clone(), two.clone(), item(&blocks).unwrap()];
        let calls = [call("a")];
        assert_eq!(
            lay_out("üx", &reasoning, &calls),
            [
                Part::Reasoning(&one),
                Part::Text("ü"),
                Part::Reasoning(&two),
                Part::Call(&calls[0]),
                Part::Text("x"),
            ]
        );
    }

    #[test]
    fn an_order_that_no_longer_fits_gives_the_plain_one() {
        let order = item(&[Block::Text(2), Block::Reasoning, Block::Call]).unwrap();
        let thought = json!({"n": 1});
        let calls = [call("a")];
        let plain = |text| {
            vec![
                Part::Reasoning(&thought),
                Part::Text(text),
                Part::Call(&calls[0]),
            ]
        };
        let reasoning = [thought.clone(), order];
        for text in ["x", "xyz", "aü"] {
            assert_eq!(lay_out(text, &reasoning, &calls), plain(text), "{text}");
        }
        for order in [json!("all"), json!([-1]), json!(["what"]), json!([])] {
            let reasoning = [thought.clone(), json!({ KEY: order })];
            assert_eq!(lay_out("ab", &reasoning, &calls), plain("ab"));
        }
    }
}
