//! Canonical JSON: RFC 8785 bytes out, strict parsing in.
//!
//! Canonical bytes are what digests and signatures are over. RFC 8785 writes numbers as IEEE 754
//! doubles, so an integer above 2^53 would silently change; such integers are refused on both ways
//! (write them as strings). Duplicate object keys, which most parsers resolve silently, are refused
//! as well, and so is anything after the value.

mod exact;
mod scan;
mod write;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::{Map, Number, Value};

use exact::Exact;

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
/// keys are no strings, or nests deeper than [`MAX_DEPTH`].
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let value = serde_json::to_value(value).map_err(Error::Unwritable)?;
    let mut out = Vec::with_capacity(256);
    write::value(&value, 0, &mut out).map_err(Error::Unwritable)?;
    Ok(out)
}

/// Parses strict JSON, in any form, into a value.
///
/// # Errors
/// [`Error::Syntax`] for bad syntax, duplicate keys, unsafe integers, nesting deeper than
/// [`MAX_DEPTH`], and anything after the value.
pub fn parse(bytes: &[u8]) -> Result<Value, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .map_err(Error::Syntax)?;
    deserializer.end().map_err(Error::Syntax)?;
    Ok(value)
}

/// Tells whether `bytes` are one JSON value in canonical form, within the limits of the format.
#[must_use]
pub fn is_canonical(bytes: &[u8]) -> bool {
    scan::is_canonical(bytes)
}

/// Parses bytes that must be the canonical form of a `T`.
///
/// A `T` has one shape: where `T` is made of structs, each is an object with every field, and what
/// is unknown is `null`.
///
/// # Errors
/// As [`parse`], and [`Error::NotCanonical`] if the bytes are not the RFC 8785 form of what they
/// say, and [`Error::Shape`] if that is no `T`.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if !scan::is_canonical(bytes) {
        // Parsed again to name what is wrong; what parses is strict JSON in another form.
        parse(bytes)?;
        return Err(Error::NotCanonical);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    T::deserialize(Exact(&mut deserializer)).map_err(Error::Shape)
}

/// Reads a value as a `T` in exactly the shape a `T` is written in.
///
/// # Errors
/// [`Error::Shape`] if it is no `T`, or leaves a field out.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    T::deserialize(Exact(value)).map_err(Error::Shape)
}

/// Parses strict JSON, in any form, that must be a `T` in exactly its shape.
///
/// Only for what was scanned before, or types made of structs, lists and texts: there a repeated or
/// unknown key has no place, and no number can change.
///
/// # Errors
/// [`Error::Shape`] if it is no `T`, [`Error::Syntax`] if anything follows it.
pub(crate) fn from_any_form<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = T::deserialize(Exact(&mut deserializer)).map_err(Error::Shape)?;
    deserializer.end().map_err(Error::Syntax)?;
    Ok(value)
}

/// Refuses a number that RFC 8785 would write as an integer it cannot keep exactly.
fn safe<E: serde::de::Error>(number: &Number) -> Result<(), E> {
    let integer = number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs));
    let unsafe_integer = match (integer, number.as_f64()) {
        (Some(integer), _) => integer > MAX_SAFE_INTEGER,
        // From 1e21 on, ECMAScript writes an exponent, and no reader takes that for an integer.
        (None, Some(float)) => float.fract() == 0.0 && float.abs() < 1e21 && float.abs() >= SAFE,
        (None, None) => false,
    };
    if unsafe_integer {
        return Err(E::custom(format_args!(
            "integer {number} is beyond 2^53 and would change; write it as a string"
        )));
    }
    Ok(())
}

/// 2^53, the first integer that is not safe, as a double.
const SAFE: f64 = 9_007_199_254_740_992.0;

/// Reads one value and refuses what serde_json would accept silently.
struct Strict {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom(format_args!(
                "nested deeper than {MAX_DEPTH}"
            )));
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
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number is not finite"))?;
        safe::<E>(&number)?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(Self {
            depth: self.depth + 1,
        })? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(Self {
                depth: self.depth + 1,
            })?;
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
            "100000000000000000000",
            "9007199254740993.0",
            "1e400",
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
        for text in [
            r#"{"b":2,"a":1}"#,
            r#"{ "a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":"\u0041"}"#,
        ] {
            assert!(
                matches!(
                    from_bytes::<Value>(text.as_bytes()),
                    Err(Error::NotCanonical)
                ),
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

    #[test]
    fn structs_are_whole_objects() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            a: Option<u32>,
            b: Vec<Self>,
        }
        let leaf = || Pair {
            a: None,
            b: Vec::new(),
        };
        assert_eq!(from_bytes::<Pair>(br#"{"a":null,"b":[]}"#).unwrap(), leaf());
        let nested = Pair {
            a: Some(1),
            b: vec![leaf()],
        };
        assert_eq!(
            from_bytes::<Pair>(br#"{"a":1,"b":[{"a":null,"b":[]}]}"#).unwrap(),
            nested
        );
        for text in [
            "[null,[]]",
            r#"{"b":[]}"#,
            r#"{"a":1,"b":[[null,[]]]}"#,
            r#"{"a":1,"b":[{"b":[]}]}"#,
            r#"{"a":1,"b":[],"c":0}"#,
            r#"{"a":-1,"b":[]}"#,
        ] {
            let read = from_bytes::<Pair>(text.as_bytes());
            assert!(matches!(read, Err(Error::Shape(_))), "{text}: {read:?}");
            assert!(from_any_form::<Pair>(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(
            from_any_form::<Pair>(br#" {"b":[], "a":null}"#).unwrap(),
            leaf()
        );
    }

    #[test]
    fn keys_are_ordered_by_their_utf_16_units() {
        // U+1F600 is above U+FB33 and comes before it: RFC 8785, section 3.2.3.
        let value: Value =
            serde_json::from_str("{\"\u{fb33}\":1,\"\u{1f600}\":2,\"\u{80}\":3,\"\\r\":4,\"1\":5}")
                .unwrap();
        let bytes = to_bytes(&value).unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            "{\"\\r\":4,\"1\":5,\"\u{80}\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
        assert_eq!(from_bytes::<Value>(&bytes).unwrap(), value);
        let swapped = "{\"\u{fb33}\":1,\"\u{1f600}\":2}";
        assert!(matches!(
            from_bytes::<Value>(swapped.as_bytes()),
            Err(Error::NotCanonical)
        ));
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
            // Another implementation of RFC 8785 is the oracle of what is written.
            prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&value).unwrap());
            let again: Value = from_bytes(&bytes).unwrap();
            prop_assert_eq!(to_bytes(&again).unwrap(), bytes);
        }

        #[test]
        fn the_scan_accepts_what_parsing_and_writing_again_gives_back(
            value in any_value(),
            place in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut bytes = to_bytes(&value).unwrap();
            let place = place.index(bytes.len());
            bytes[place] = byte;
            let slow = parse(&bytes)
                .is_ok_and(|value| serde_json_canonicalizer::to_vec(&value).unwrap() == bytes);
            prop_assert_eq!(scan::is_canonical(&bytes), slow, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
