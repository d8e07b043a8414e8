//! Reads the wire format of protocol buffers, as far as SentencePiece models use it.
//!
//! Must not know what the fields of a message mean.

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue<'a> {
    /// An integer, a boolean or an enumeration.
    Varint(u64),
    /// Four bytes, little-endian: a `float`.
    Fixed32([u8; 4]),
    /// Eight bytes, which no field of interest has.
    Fixed64,
    /// A string, bytes or a message.
    Bytes(&'a [u8]),
}

/// Calls `visit` with the number and the value of every field of a message, in order.
///
/// # Errors
/// If the message is damaged, and the first error of `visit`.
pub(crate) fn for_each_field<'a>(
    message: &'a [u8],
    mut visit: impl FnMut(u32, FieldValue<'a>) -> Result<(), String>,
) -> Result<(), String> {
    let truncated = || "it ends in the middle of a field".to_owned();
    let mut rest = message;
    while !rest.is_empty() {
        let tag = u32::try_from(take_varint(&mut rest)?).unwrap_or_default();
        let field = tag >> 3;
        if field == 0 {
            return Err("a field has no valid number".to_owned());
        }
        let value = match tag & 7 {
            0 => FieldValue::Varint(take_varint(&mut rest)?),
            1 => {
                rest.split_off(..8).ok_or_else(truncated)?;
                FieldValue::Fixed64
            }
            2 => {
                let length = usize::try_from(take_varint(&mut rest)?).map_err(|_| truncated())?;
                FieldValue::Bytes(rest.split_off(..length).ok_or_else(truncated)?)
            }
            5 => {
                let (bytes, after) = rest.split_first_chunk::<4>().ok_or_else(truncated)?;
                rest = after;
                FieldValue::Fixed32(*bytes)
            }
            _ => return Err("a field has an unknown wire type".to_owned()),
        };
        visit(field, value)?;
    }
    Ok(())
}

/// Calls `visit` with the number and the content of every length-delimited field of a message.
///
/// # Errors
/// As [`for_each_field`].
pub(crate) fn for_each_bytes_field<'a>(
    message: &'a [u8],
    mut visit: impl FnMut(u32, &'a [u8]) -> Result<(), String>,
) -> Result<(), String> {
    for_each_field(message, |field, value| match value {
        FieldValue::Bytes(bytes) => visit(field, bytes),
        _ => Ok(()),
    })
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = *rest.split_off_first().ok_or("it ends in the middle of a number")?;
        value |= u64::from(byte & 0x7f).unbounded_shl(shift);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(message: &[u8]) -> Result<Vec<(u32, FieldValue<'_>)>, String> {
        let mut fields = Vec::new();
        for_each_field(message, |field, value| {
            fields.push((field, value));
            Ok(())
        })?;
        Ok(fields)
    }

    #[test]
    fn every_wire_type_is_read() {
        let message = [8, 0xac, 2, 0x15, 1, 2, 3, 4, 0x1a, 2, b'h', b'i', 0x21, 0, 0, 0, 0, 0, 0, 0, 0];
        let expected = [
            (1, FieldValue::Varint(300)),
            (2, FieldValue::Fixed32([1, 2, 3, 4])),
            (3, FieldValue::Bytes(b"hi")),
            (4, FieldValue::Fixed64),
        ];
        assert_eq!(fields(&message).unwrap(), expected);
    }

    #[test]
    fn numbers_have_up_to_ten_bytes() {
        let mut message = vec![8];
        message.extend([0xff; 9]);
        message.push(1);
        assert_eq!(fields(&message).unwrap(), [(1, FieldValue::Varint(u64::MAX))]);
        message[10] = 0x81;
        message.push(0);
        assert_eq!(fields(&message).unwrap_err(), "a number is too long");
    }

    #[test]
    fn damaged_messages_are_refused() {
        for (message, reason) in [
            (&[8, 0x80][..], "in the middle of a number"),
            (&[0x15, 1, 2, 3], "in the middle of a field"),
            (&[0x21, 1, 2, 3], "in the middle of a field"),
            (&[0x1a, 3, 1, 2], "in the middle of a field"),
            (&[0x0b], "unknown wire type"),
            (&[0x02, 0], "no valid number"),
            (&[0x82, 0x80, 0x80, 0x80, 0x10, 0], "no valid number"),
        ] {
            let error = fields(message).unwrap_err();
            assert!(error.contains(reason), "{message:?}: {error}");
        }
    }
}
