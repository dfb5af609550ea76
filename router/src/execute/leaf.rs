//! Result coercion of leaves (GraphQL spec 3.5): a subgraph's value either is of its type or becomes null.

use super::{
    data::{Data, Value},
    shape::Leaf,
};

/// The value is not of its type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch;

/// Writes a non-null leaf.
pub(crate) fn write_leaf(data: &Data, value: Value, leaf: Leaf, out: &mut Vec<u8>) -> Result<(), Mismatch> {
    match (leaf, value) {
        (Leaf::Any, _)
        | (Leaf::Float, Value::Number(_))
        | (Leaf::String | Leaf::Id, Value::String(_))
        | (Leaf::Boolean, Value::Bool(_)) => data.write(value, out),
        (Leaf::Int, Value::Number(span)) => write_int(data.bytes(span), out)?,
        // An ID may come as an integer and always leaves as a string (spec 3.5.5).
        (Leaf::Id, Value::Number(span))
            if data.bytes(span).iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') =>
        {
            out.push(b'"');
            out.extend_from_slice(data.bytes(span));
            out.push(b'"');
        }
        _ => return Err(Mismatch),
    }
    Ok(())
}

/// Writes an enum value that clients may see.
pub(crate) fn write_enum(
    data: &Data,
    value: Value,
    values: &[impl AsRef<str>],
    out: &mut Vec<u8>,
) -> Result<(), Mismatch> {
    let name = data.string(value).ok_or(Mismatch)?;
    if values.iter().any(|known| known.as_ref().as_bytes() == name) {
        data.write(value, out);
        Ok(())
    } else {
        Err(Mismatch)
    }
}

/// 32 bits, signed; a float without a fraction counts (spec 3.5.1).
fn write_int(digits: &[u8], out: &mut Vec<u8>) -> Result<(), Mismatch> {
    let text = std::str::from_utf8(digits).map_err(|_| Mismatch)?;
    if text != "-0" && text.parse::<i32>().is_ok() {
        out.extend_from_slice(digits);
        return Ok(());
    }
    let float: f64 = text.parse().map_err(|_| Mismatch)?;
    let whole = float.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&float);
    if !whole {
        return Err(Mismatch);
    }
    out.extend_from_slice((float as i32).to_string().as_bytes());
    Ok(())
}
