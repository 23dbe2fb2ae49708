//! Writes a value in canonical form.

use serde_json::Value;

use super::{MAX_DEPTH, safe, scan};

/// Appends the RFC 8785 form of `value`.
pub(super) fn value(
    value: &Value,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), serde_json::Error> {
    if depth > MAX_DEPTH {
        return Err(serde::ser::Error::custom(format_args!(
            "nested deeper than {MAX_DEPTH}"
        )));
    }
    match value {
        Value::Null | Value::Bool(_) => serde_json::to_writer(out, value),
        // serde_json escapes strings exactly as RFC 8785, section 3.2.2.2 asks.
        Value::String(text) => serde_json::to_writer(out, text),
        Value::Number(number) => {
            safe::<serde_json::Error>(number)?;
            if number.is_f64() {
                out.extend_from_slice(&serde_json_canonicalizer::to_vec(number)?);
                Ok(())
            } else {
                serde_json::to_writer(out, number)
            }
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                self::value(item, depth + 1, out)?;
            }
            out.push(b']');
            Ok(())
        }
        Value::Object(fields) => {
            // Sorted here whatever the map's own order is: another crate may switch on
            // serde_json's `preserve_order`.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|a, b| scan::order(a.0, b.0));
            out.push(b'{');
            for (index, (key, field)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                self::value(field, depth + 1, out)?;
            }
            out.push(b'}');
            Ok(())
        }
    }
}
