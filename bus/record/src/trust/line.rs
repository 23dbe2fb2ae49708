//! The line of trust documents, and who signed an entry by it.

use super::{Error, Head, PAYLOAD_TYPE, Trust};
use crate::FORMAT;
use crate::canonical;
use crate::digest::{Digest, Policy};
use crate::entry::Entry;
use crate::envelope::Envelope;
use crate::finding::{Finding, FindingKind, Place};
use crate::id::{ItemId, UserId};
use crate::key::PublicKey;

/// Checks that no key lets one holder pass for two personas, or for the operator.
fn check_keys(trust: &Trust, operator: &PublicKey) -> Result<(), Error> {
    let serial = trust.serial;
    let mut taken: Vec<PublicKey> = trust.checkpoint_keys.clone();
    taken.push(*operator);
    for (index, trusted) in trust.personas.iter().enumerate() {
        if trust.personas[..index]
            .iter()
            .any(|other| other.persona == trusted.persona)
        {
            return Err(Error::SamePersona {
                serial,
                persona: trusted.persona,
            });
        }
        for own in &trusted.keys {
            if taken.contains(&own.key) {
                return Err(Error::SharedKey {
                    serial,
                    key: own.key.id().to_string(),
                });
            }
            taken.push(own.key);
        }
    }
    Ok(())
}

/// Checks that every key of the document before is still listed with its persona, and that what
/// was revoked stays revoked: an entry that names an older document must find its key's fate here.
fn check_memory(trust: &Trust, last: &Trust) -> Result<(), Error> {
    for trusted in &last.personas {
        let now = trust
            .persona(trusted.persona)
            .map_or(&[][..], |now| &now.keys);
        for before in &trusted.keys {
            let kept = now.iter().any(|own| {
                own.key == before.key && (before.revoked.is_none() || own.revoked.is_some())
            });
            if !kept {
                return Err(Error::Forgotten {
                    serial: trust.serial,
                    persona: trusted.persona,
                    key: before.key.id().to_string(),
                });
            }
        }
    }
    Ok(())
}

/// All versions of the trust document, verified to form one line signed by one operator.
#[derive(Debug, Clone)]
pub struct TrustSet {
    documents: Vec<(Digest<Trust>, Trust)>,
}

impl TrustSet {
    /// Verifies the documents, oldest first, against the operator's public key.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn open(documents: &[Envelope], operator: &PublicKey) -> Result<Self, Error> {
        let mut line: Vec<(Digest<Trust>, Trust)> = Vec::new();
        for envelope in documents {
            let payload = envelope.payload(PAYLOAD_TYPE)?;
            let value = canonical::parse(&payload)?;
            let format = value["format"].as_u64().unwrap_or(0);
            if format > u64::from(FORMAT) {
                return Err(Error::Format(format));
            }
            let trust: Trust = canonical::from_bytes(&payload)?;
            if envelope.signer(&payload, [operator]).is_none() {
                return Err(Error::NotSigned {
                    serial: trust.serial,
                    operator: operator.id().to_string(),
                });
            }
            let (expected, prev) = match line.last() {
                None => (1, None),
                Some((digest, last)) => (last.serial + 1, Some(*digest)),
            };
            let same_project = line
                .last()
                .is_none_or(|(_, last)| last.project == trust.project);
            if trust.serial != expected || trust.prev != prev || !same_project {
                return Err(Error::NotInLine {
                    serial: trust.serial,
                    expected,
                });
            }
            check_keys(&trust, operator)?;
            if let Some((_, last)) = line.last() {
                check_memory(&trust, last)?;
            }
            line.push((Digest::of(&payload), trust));
        }
        if line.is_empty() {
            Err(Error::Empty)
        } else {
            Ok(Self { documents: line })
        }
    }

    /// Returns the newest document and its digest.
    #[must_use]
    pub fn latest(&self) -> (Digest<Trust>, &Trust) {
        let (digest, trust) = self.documents.last().expect("a trust set is never empty");
        (*digest, trust)
    }

    /// Returns the document with this digest.
    #[must_use]
    pub fn get(&self, digest: &Digest<Trust>) -> Option<&Trust> {
        self.documents
            .iter()
            .find(|(own, _)| own == digest)
            .map(|(_, trust)| trust)
    }

    /// Returns the policies that the documents put in force, oldest first.
    pub fn policies(&self) -> impl Iterator<Item = Digest<Policy>> {
        self.documents.iter().map(|(_, trust)| trust.policy)
    }

    /// Judges who signed an entry: its persona must be given the signing key by the document the
    /// entry names, and the newest document must not have revoked the key before this place.
    ///
    /// # Errors
    /// The finding that tells why the entry is not accepted.
    pub fn signer(
        &self,
        entry: &Entry,
        digest: Digest<Entry>,
        payload: &[u8],
        envelope: &Envelope,
    ) -> Result<PublicKey, Finding> {
        let finding = |kind, detail: String| {
            let place = Place {
                item: Some(entry.key.clone()),
                seq: Some(entry.seq),
                comment: None,
                digest: Some(digest.to_string()),
            };
            Finding::new(kind, place, detail)
        };
        let Some(named) = self.get(&entry.trust) else {
            let detail = format!(
                "names trust document {}, which is not known here",
                entry.trust
            );
            return Err(finding(FindingKind::Trust, detail));
        };
        if named.project != entry.project {
            let detail = format!("names a trust document of project {}", named.project);
            return Err(finding(FindingKind::Trust, detail));
        }
        let given = named
            .persona(entry.persona)
            .map_or(&[][..], |trusted| &trusted.keys);
        let usable = given.iter().map(|trusted| &trusted.key);
        let Some(key) = envelope.signer(payload, usable).copied() else {
            let detail = format!("not signed by a key of the {}", entry.persona);
            return Err(finding(FindingKind::ForeignKey, detail));
        };
        // A document forgets no key, so the newest one knows this one's fate.
        let revoked_now = self.latest().1.persona(entry.persona).and_then(|trusted| {
            trusted
                .keys
                .iter()
                .find(|own| own.key == key)?
                .revoked
                .as_ref()
        });
        let counts = match revoked_now {
            None => true,
            Some(revocation) => revocation.heads.get(&entry.item).is_some_and(|head| {
                entry.seq < head.seq || (entry.seq == head.seq && digest == head.digest)
            }),
        };
        if counts {
            Ok(key)
        } else {
            let detail = format!(
                "signed by key {}, which was revoked before this entry",
                key.id()
            );
            Err(finding(FindingKind::RevokedKey, detail))
        }
    }

    /// Tells whether a key that the documents give a persona has signed this as an entry's envelope,
    /// whatever it holds. The newest document knows all keys: none is ever forgotten.
    #[must_use]
    pub fn has_signed(&self, json: &[u8]) -> bool {
        let Ok(envelope) = Envelope::from_json(json) else {
            return false;
        };
        let Ok(payload) = envelope.payload(crate::entry::PAYLOAD_TYPE) else {
            return false;
        };
        let personas = &self.latest().1.personas;
        let keys = personas.iter().flat_map(|own| &own.keys);
        envelope
            .signer(&payload, keys.map(|own| &own.key))
            .is_some()
    }

    /// Tells whether an account serves a persona by any of the documents.
    #[must_use]
    pub fn ever_served(&self, account: &UserId) -> bool {
        self.documents
            .iter()
            .any(|(_, trust)| trust.serves(account).is_some())
    }

    /// Returns the places of `item`'s chain that revocations in the newest document name: the
    /// operator saw these entries, so no history may lack them.
    pub fn revocation_heads(&self, item: &ItemId) -> impl Iterator<Item = &Head> {
        let keys = self
            .latest()
            .1
            .personas
            .iter()
            .flat_map(|trusted| &trusted.keys);
        keys.filter_map(move |own| own.revoked.as_ref()?.heads.get(item))
    }

    /// Returns the serial of a document, for telling older from newer.
    #[must_use]
    pub fn serial(&self, digest: &Digest<Trust>) -> Option<u64> {
        self.get(digest).map(|trust| trust.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Persona, ProjectId, UserId};
    use crate::key::Keypair;
    use crate::moment::Moment;
    use crate::trust::{Approver, KeyTrust, PersonaTrust, Revocation};
    use std::collections::BTreeMap;

    fn document(serial: u64, prev: Option<Digest<Trust>>) -> Trust {
        Trust {
            format: FORMAT,
            project: ProjectId::from("p"),
            serial,
            prev,
            at: Moment::from_millis(0),
            personas: Vec::new(),
            approvers: vec![Approver {
                id: UserId::from("u1"),
                name: "Klara".to_owned(),
                simulated: false,
            }],
            policy: Digest::of(b"policy"),
            checkpoint_keys: Vec::new(),
            endpoints: Vec::new(),
        }
    }

    #[test]
    fn documents_must_form_one_line_signed_by_the_operator() {
        let (operator, stranger) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
        let (first, first_envelope) = document(1, None).seal(&operator).unwrap();
        let (_, second) = document(2, Some(first)).seal(&operator).unwrap();
        let (_, forged) = document(2, Some(first)).seal(&stranger).unwrap();
        let (_, loose) = document(2, None).seal(&operator).unwrap();
        let open = |line: &[&Envelope]| {
            let line: Vec<_> = line.iter().map(|envelope| (*envelope).clone()).collect();
            TrustSet::open(&line, &operator.public())
        };
        assert_eq!(
            open(&[&first_envelope, &second]).unwrap().latest().1.serial,
            2
        );
        assert!(matches!(
            open(&[&first_envelope, &forged]),
            Err(Error::NotSigned { .. })
        ));
        assert!(matches!(
            open(&[&first_envelope, &loose]),
            Err(Error::NotInLine { .. })
        ));
        assert!(matches!(open(&[&second]), Err(Error::NotInLine { .. })));
        assert!(matches!(open(&[]), Err(Error::Empty)));
    }

    fn persona(persona: Persona, seeds: &[u8]) -> PersonaTrust {
        PersonaTrust {
            persona,
            account: UserId::new(persona.as_str()),
            keys: seeds
                .iter()
                .map(|seed| KeyTrust {
                    key: Keypair::from_seed(&[*seed; 32]).public(),
                    revoked: None,
                })
                .collect(),
        }
    }

    fn line(documents: &[Trust], operator: &Keypair) -> Result<TrustSet, Error> {
        let mut prev = None;
        let mut sealed = Vec::new();
        for document in documents {
            let (digest, envelope) = Trust {
                prev,
                ..document.clone()
            }
            .seal(operator)
            .expect("has a canonical form");
            prev = Some(digest);
            sealed.push(envelope);
        }
        TrustSet::open(&sealed, &operator.public())
    }

    #[test]
    fn no_key_serves_two_personas_the_operator_or_checkpoints() {
        let operator = Keypair::from_seed(&[1; 32]);
        let with = |personas: Vec<PersonaTrust>, checkpoint: u8| Trust {
            personas,
            checkpoint_keys: vec![Keypair::from_seed(&[checkpoint; 32]).public()],
            ..document(1, None)
        };
        let (planner, coder) = (Persona::Planner, Persona::Coder);
        let good = with(vec![persona(planner, &[2, 3]), persona(coder, &[4])], 1);
        assert!(line(&[good], &operator).is_ok());
        for (personas, checkpoint) in [
            (vec![persona(planner, &[2]), persona(coder, &[2])], 9),
            (vec![persona(planner, &[2, 2])], 9),
            (vec![persona(planner, &[1])], 9),
            (vec![persona(planner, &[9])], 9),
        ] {
            let opened = line(&[with(personas, checkpoint)], &operator);
            assert!(matches!(opened, Err(Error::SharedKey { .. })), "{opened:?}");
        }
        let twice = with(vec![persona(planner, &[2]), persona(planner, &[3])], 9);
        assert!(matches!(
            line(&[twice], &operator),
            Err(Error::SamePersona { .. })
        ));
    }

    #[test]
    fn a_later_document_forgets_no_key_and_no_revocation() {
        let operator = Keypair::from_seed(&[1; 32]);
        let with = |serial, keys: &[(u8, bool)]| {
            let mut own = persona(Persona::Coder, &[]);
            for (seed, revoked) in keys {
                own.keys.push(KeyTrust {
                    key: Keypair::from_seed(&[*seed; 32]).public(),
                    revoked: revoked.then(|| Revocation {
                        why: "lost".to_owned(),
                        heads: BTreeMap::new(),
                    }),
                });
            }
            Trust {
                personas: vec![own],
                ..document(serial, None)
            }
        };
        let first = with(1, &[(2, true), (3, false)]);
        assert!(
            line(
                &[first.clone(), with(2, &[(2, true), (3, true), (4, false)])],
                &operator
            )
            .is_ok()
        );
        for keys in [
            &[(2, true)][..],
            &[(3, false)],
            &[(2, false), (3, false)],
            &[],
        ] {
            let opened = line(&[first.clone(), with(2, keys)], &operator);
            assert!(
                matches!(opened, Err(Error::Forgotten { .. })),
                "{keys:?}: {opened:?}"
            );
        }
    }
}
