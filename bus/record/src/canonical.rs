//! Canonical JSON: RFC 8785 bytes out, strict parsing in.
//!
//! Canonical bytes are what digests and signatures are over. RFC 8785 writes numbers as IEEE 754
//! doubles, so an integer above 2^53 would silently change; such integers are refused on both ways
//! (write them as strings). Duplicate object keys, which most parsers resolve silently, are refused
//! as well, and so is anything after the value.

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::{Map, Number, Value};

/// The largest integer that RFC 8785 keeps exactly: 2^53 - 1 (RFC 7493, section 2.2).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// How deep a value may nest; deeper input is refused before it can exhaust the stack.
pub const MAX_DEPTH: usize = 64;

/// Why a value has no canonical form, or bytes are not canonical JSON.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not strict JSON: bad syntax, a duplicate key, an unsafe integer, too deep.
    #[error("not strict JSON: {0}")]
    Syntax(#[source] serde_json::Error),
    /// The bytes are JSON, but not in the one form RFC 8785 gives it.
    #[error("JSON is not in canonical form (RFC 8785)")]
    NotCanonical,
    /// The value has the wrong shape for the type asked for.
    #[error("unexpected shape: {0}")]
    Shape(#[source] serde_json::Error),
    /// The value cannot be written canonically.
    #[error("cannot be written as canonical JSON: {0}")]
    Unwritable(#[source] serde_json::Error),
}

/// Returns the RFC 8785 bytes of `value`.
///
/// # Errors
/// If the value holds an integer above [`MAX_SAFE_INTEGER`], a non-finite number or a map whose
/// keys are no strings.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let value = serde_json::to_value(value).map_err(Error::Unwritable)?;
    check_integers(&value).map_err(Error::Unwritable)?;
    serde_json_canonicalizer::to_vec(&value).map_err(Error::Unwritable)
}

/// Parses strict JSON, in any form, into a value.
///
/// # Errors
/// [`Error::Syntax`] for bad syntax, duplicate keys, unsafe integers, nesting deeper than
/// [`MAX_DEPTH`], and anything after the value.
pub fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut deserializer).map_err(Error::Syntax)?;
    deserializer.end().map_err(Error::Syntax)?;
    Ok(value)
}

/// Parses bytes that must be the canonical form of a `T`.
///
/// # Errors
/// As [`parse`], and [`Error::NotCanonical`] if the bytes are not the RFC 8785 form of what they
/// say, and [`Error::Shape`] if that is no `T`.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let value = parse(bytes)?;
    if serde_json_canonicalizer::to_vec(&value).map_err(Error::Unwritable)? != bytes {
        return Err(Error::NotCanonical);
    }
    serde_json::from_value(value).map_err(Error::Shape)
}

fn check_integers(value: &Value) -> Result<(), serde_json::Error> {
    match value {
        Value::Number(number) => safe(number),
        Value::Array(items) => items.iter().try_for_each(check_integers),
        Value::Object(fields) => fields.values().try_for_each(check_integers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn safe<E: serde::de::Error>(number: &Number) -> Result<(), E> {
    let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    match magnitude {
        Some(integer) if integer > MAX_SAFE_INTEGER => Err(E::custom(format_args!(
            "integer {number} is beyond 2^53 and would change; write it as a string"
        ))),
        _ => Ok(()),
    }
}

/// Reads one value and refuses what serde_json would accept silently.
struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom(format_args!("nested deeper than {MAX_DEPTH}")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        let number = Number::from(value);
        safe::<E>(&number)?;
        Ok(Value::Number(number))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        let number = Number::from(value);
        safe::<E>(&number)?;
        Ok(Value::Number(number))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(Self { depth: self.depth + 1 })? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(Self { depth: self.depth + 1 })?;
            if out.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate key {key:?}")));
            }
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn duplicate_keys_unsafe_integers_depth_and_trailing_text_are_refused() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"x":{"a":1,"\u0061":2}}"#,
            "9007199254740993",
            "-9007199254740992",
            "[1] x",
            "",
            deep.as_str(),
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"9007199254740991").is_ok());
        assert!(to_bytes(&u64::MAX).is_err());
    }

    #[test]
    fn only_the_canonical_form_of_a_value_is_accepted() {
        assert!(from_bytes::<Value>(br#"{"a":1,"b":2}"#).is_ok());
        for text in [r#"{"b":2,"a":1}"#, r#"{ "a":1}"#, r#"{"a":1.0}"#, r#"{"a":"\u0041"}"#] {
            assert!(
                matches!(from_bytes::<Value>(text.as_bytes()), Err(Error::NotCanonical)),
                "{text}"
            );
        }
    }

    #[test]
    fn the_rfc_8785_example_comes_out_as_printed() {
        // RFC 8785, section 3.2.2 and 3.2.3.
        let value: Value = serde_json::from_str(
            r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#,
        )
        .unwrap();
        let text = String::from_utf8(to_bytes(&value).unwrap()).unwrap();
        assert_eq!(
            text,
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from),
            any::<f64>()
                .prop_filter("finite and not an unsafe integer", |x| x.is_finite()
                    && (x.fract() != 0.0 || x.abs() < 9e15))
                .prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn canonical_bytes_are_a_fixed_point(value in any_value()) {
            let bytes = to_bytes(&value).unwrap();
            let again: Value = from_bytes(&bytes).unwrap();
            prop_assert_eq!(to_bytes(&again).unwrap(), bytes);
        }
    }
}
