//! Whether attestations are signed as they should be, and say what the history shows.

use std::collections::BTreeSet;

use trail_record::{Envelope, KeyId, PublicKey};

use super::PAYLOAD_TYPE;
use crate::layout::ATTESTATIONS;
use crate::problem::{Problem, Word};

/// Checks the lines of attestations: each is signed by the checkpoint key that the manifest names, and
/// is one of `expected`, the statements that the history gives.
pub(crate) fn verify(
    lines: &[u8],
    keys: &[PublicKey],
    attested_by: Option<&KeyId>,
    expected: &[Vec<u8>],
) -> Vec<Problem> {
    let expected: BTreeSet<&[u8]> = expected.iter().map(Vec::as_slice).collect();
    let key = keys.iter().find(|own| Some(&own.id()) == attested_by);
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    lines
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter_map(|(index, line)| {
            let detail = judge(line, key, &expected).err()?;
            let detail = format!("line {}: {detail}", index + 1);
            Some(Problem::of(Word::Attestation, ATTESTATIONS, detail))
        })
        .collect()
}

fn judge(line: &[u8], key: Option<&PublicKey>, expected: &BTreeSet<&[u8]>) -> Result<(), String> {
    let envelope = Envelope::from_json(line).map_err(|error| error.to_string())?;
    let payload = envelope
        .payload(PAYLOAD_TYPE)
        .map_err(|error| error.to_string())?;
    let key = key.ok_or("the manifest names no checkpoint key of the trust documents")?;
    if envelope.signer(&payload, [key]).is_none() {
        return Err("it is not signed by the checkpoint key that the manifest names".to_owned());
    }
    if expected.contains(payload.as_slice()) {
        Ok(())
    } else {
        Err("it says what the history does not".to_owned())
    }
}
