//! Taking a bundle apart and putting it together in ways that no writer would; written from the
//! format's description, and not with the writer's code.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A member as it stands in the file.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// What the header says the size is, where it lies.
    pub(crate) size: Option<u64>,
    /// The kind of member: `0` for a plain file.
    pub(crate) kind: u8,
    pub(crate) mode: &'static str,
    /// What stands in the gap after it.
    pub(crate) gap: u8,
}

/// A bundle in parts.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) list: Vec<Part>,
    pub(crate) end: Vec<u8>,
}

impl Part {
    pub(crate) fn file(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            size: None,
            kind: b'0',
            mode: "0000644",
            gap: 0,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut block = [0_u8; 512];
        block[..self.name.len()].copy_from_slice(self.name.as_bytes());
        let mut put = |at: usize, text: &str| {
            block[at..at + text.len()].copy_from_slice(text.as_bytes());
        };
        put(100, self.mode);
        put(108, "0000000");
        put(116, "0000000");
        let size = self.size.unwrap_or(self.bytes.len() as u64);
        put(124, &format!("{size:011o}"));
        put(136, "00000000000");
        put(148, "        ");
        put(257, "ustar");
        put(263, "00");
        block[156] = self.kind;
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&block);
        out.extend_from_slice(&self.bytes);
        out.resize(out.len().next_multiple_of(512), self.gap);
    }
}

impl Parts {
    /// Takes a good bundle apart.
    pub(crate) fn of(bundle: &[u8]) -> Self {
        let (mut list, mut at) = (Vec::new(), 0);
        while bundle[at] != 0 {
            let field = &bundle[at..at + 100];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(100);
            let name = std::str::from_utf8(&field[..end]).unwrap();
            let size = std::str::from_utf8(&bundle[at + 124..at + 135]).unwrap();
            let size = usize::from_str_radix(size, 8).unwrap();
            list.push(Part::file(name, &bundle[at + 512..at + 512 + size]));
            at += 512 + size.next_multiple_of(512);
        }
        Self {
            list,
            end: bundle[at..].to_vec(),
        }
    }

    pub(crate) fn part(&mut self, name: &str) -> &mut Part {
        let found = self.list.iter_mut().find(|own| own.name == name);
        found.unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Returns the name of the first member that begins so.
    pub(crate) fn first(&self, start: &str) -> String {
        let found = self.list.iter().find(|own| own.name.starts_with(start));
        found
            .unwrap_or_else(|| panic!("there is no {start}"))
            .name
            .clone()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.list.retain(|own| own.name != name);
    }

    /// Adds a member where its name puts it.
    pub(crate) fn add(&mut self, part: Part) {
        let at = self.list[1..].partition_point(|own| own.name < part.name);
        self.list.insert(at + 1, part);
    }

    pub(crate) fn manifest(&self) -> Value {
        serde_json::from_slice(&self.list[0].bytes).unwrap()
    }

    pub(crate) fn set_manifest(&mut self, manifest: &Value) {
        self.list[0].bytes = trail_record::canonical::to_bytes(manifest).unwrap();
    }

    /// Changes a part of the manifest.
    pub(crate) fn tell(&mut self, change: impl FnOnce(&mut Value)) {
        let mut manifest = self.manifest();
        change(&mut manifest);
        self.set_manifest(&manifest);
    }

    /// Lists in the manifest what is there now.
    pub(crate) fn list_again(&mut self) {
        let members: Vec<Value> = self.list[1..]
            .iter()
            .map(|own| {
                let digest: String = Sha256::digest(&own.bytes)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                let size = own.size.unwrap_or(own.bytes.len() as u64);
                json!({ "name": own.name, "size": size, "sha256": format!("sha256:{digest}") })
            })
            .collect();
        self.tell(|manifest| manifest["members"] = json!(members));
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.list {
            part.write(&mut out);
        }
        out.extend_from_slice(&self.end);
        out
    }
}
