//! Big-endian fields from any stream, and back. The reader counts the offset, names the field where the bytes
//! end or make no sense, and remembers each field that it read where it is asked to (so that the page can
//! colour the bytes).
//!
//! No input makes it panic, and it allocates nothing in proportion to a number that it read without
//! comparing that number with a ceiling and taking the bytes piece by piece.

use std::fmt::{Arguments, Write as _};
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::error::{Cause, Error, Place, Result, Stream};

/// One field as it stands in a file: the labels of a hex view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    /// What `offset` counts.
    pub stream: Stream,
    /// First byte of the field.
    pub offset: u64,
    /// Length in bytes.
    pub len: u64,
    /// The name in docs/format.md.
    pub name: String,
    /// The first bytes of the field in hexadecimal, at most [`Field::SHOWN`] of them; none of a script.
    pub hex: String,
    /// The value in words.
    pub value: String,
}

impl Field {
    /// Bytes of a field that `hex` shows at most.
    pub const SHOWN: usize = 64;
}

/// Reads fields and keeps count.
pub struct Reader<R> {
    inner: R,
    stream: Stream,
    offset: u64,
    /// The field that was read last: its offset, and its name in a buffer that is used over and over.
    last: Option<u64>,
    last_name: String,
    /// Absent where nobody wants them: putting every field into words takes longer than reading it.
    fields: Option<Vec<Field>>,
}

impl<R: Read> Reader<R> {
    /// A reader that remembers no fields.
    pub fn new(inner: R, stream: Stream) -> Self {
        Self { inner, stream, offset: 0, last: None, last_name: String::new(), fields: None }
    }

    /// A reader that remembers each field, for [`Reader::take_fields`].
    pub fn remembering(inner: R, stream: Stream) -> Self {
        Self { fields: Some(Vec::new()), ..Self::new(inner, stream) }
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What the offset counts.
    pub fn counts(&self) -> Stream {
        self.stream
    }

    /// The stream, where it stands now.
    pub fn into_inner(self) -> R {
        self.inner
    }

    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The fields remembered since the last call.
    pub fn take_fields(&mut self) -> Vec<Field> {
        self.fields.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// An error at the field that is about to be read.
    pub fn error(&self, field: &str, cause: Cause) -> Error {
        self.error_at(format_args!("{field}"), cause)
    }

    fn error_at(&self, field: Arguments, cause: Cause) -> Error {
        let place = Place { stream: self.stream, offset: self.offset, field: field.to_string() };
        Error { place: Some(place), cause }
    }

    /// What the stream itself said at the field that is about to be read.
    fn failed(&self, field: Arguments, error: &io::Error) -> Error {
        Error::inside(error).unwrap_or_else(|| {
            let message = error.to_string();
            self.error_at(field, Cause::Io { message })
        })
    }

    /// An error at the field that was just read.
    pub fn refuse(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        let cause = Cause::Unexpected { expected: expected.into(), found: found.into() };
        let place =
            self.last.map(|offset| Place { stream: self.stream, offset, field: self.last_name.clone() });
        Error { place, cause }
    }

    /// Fills `buffer`, or says how many bytes there were.
    fn fill(&mut self, field: Arguments, buffer: &mut [u8]) -> Result<()> {
        let mut found = 0;
        while found < buffer.len() {
            match self.inner.read(&mut buffer[found..]) {
                Ok(0) => {
                    let cause = Cause::Ended { expected: buffer.len() as u64, found: found as u64 };
                    return Err(self.error_at(field, cause));
                }
                Ok(count) => found += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(field, &error)),
            }
        }
        Ok(())
    }

    /// Goes on behind a field; `words` is its value, for those who want it.
    fn keep(&mut self, name: Arguments, bytes: &[u8], words: impl FnOnce() -> String) {
        let len = bytes.len() as u64;
        self.last = Some(self.offset);
        self.last_name.clear();
        let _ = self.last_name.write_fmt(name);
        if let Some(fields) = &mut self.fields {
            fields.push(Field {
                stream: self.stream,
                offset: self.offset,
                len,
                name: self.last_name.clone(),
                hex: hex(&bytes[..bytes.len().min(Field::SHOWN)]),
                value: words(),
            });
        }
        self.offset += len;
    }

    fn number<const N: usize, T: ToString>(
        &mut self,
        field: Arguments,
        value: fn([u8; N]) -> T,
    ) -> Result<T> {
        let mut bytes = [0; N];
        self.fill(field, &mut bytes)?;
        let value = value(bytes);
        self.keep(field, &bytes, || value.to_string());
        Ok(value)
    }

    /// # Errors
    /// [`Cause::Ended`] or [`Cause::Io`], as all of these.
    pub fn u8(&mut self, field: &str) -> Result<u8> {
        self.number(format_args!("{field}"), u8::from_be_bytes)
    }

    /// # Errors
    /// As [`Reader::u8`].
    pub fn i8(&mut self, field: &str) -> Result<i8> {
        self.number(format_args!("{field}"), i8::from_be_bytes)
    }

    /// # Errors
    /// As [`Reader::u8`].
    pub fn i32(&mut self, field: &str) -> Result<i32> {
        self.number(format_args!("{field}"), i32::from_be_bytes)
    }

    /// # Errors
    /// As [`Reader::u8`].
    pub fn i64(&mut self, field: &str) -> Result<i64> {
        self.number(format_args!("{field}"), i64::from_be_bytes)
    }

    /// A fixed number of bytes, shown as ASCII where they are that.
    ///
    /// # Errors
    /// As [`Reader::u8`].
    pub fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(format_args!("{field}"), &mut bytes)?;
        self.keep(format_args!("{field}"), &bytes, || ascii_or_hex(&bytes));
        Ok(bytes)
    }

    /// `len` bytes, of which the caller has made sure that they are few.
    fn taken(&mut self, field: &str, len: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.inner.by_ref().take(len).read_to_end(&mut bytes) {
            Ok(found) if found as u64 == len => Ok(bytes),
            Ok(found) => Err(self.error(field, Cause::Ended { expected: len, found: found as u64 })),
            Err(error) => Err(self.failed(format_args!("{field}"), &error)),
        }
    }

    /// One unsigned byte of length, then that many bytes.
    ///
    /// # Errors
    /// As [`Reader::u8`].
    pub fn bytes_u8(&mut self, field: &str) -> Result<Vec<u8>> {
        let len = self.number(format_args!("length of {field}"), u8::from_be_bytes)?;
        let bytes = self.taken(field, u64::from(len))?;
        self.keep(format_args!("{field}"), &bytes, || ascii_or_hex(&bytes));
        Ok(bytes)
    }

    /// One unsigned byte of length, then that many bytes of UTF-8.
    ///
    /// # Errors
    /// As [`Reader::u8`], and [`Cause::Unexpected`] for what is not UTF-8.
    pub fn text_u8(&mut self, field: &str) -> Result<String> {
        let bytes = self.bytes_u8(field)?;
        self.utf8(bytes)
    }

    /// A signed 32-bit length, then that many bytes.
    ///
    /// # Errors
    /// As [`Reader::u8`]; [`Cause::Limit`] when the length exceeds `limit`, [`Cause::Unexpected`] when it is
    /// negative.
    pub fn bytes_i32(&mut self, field: &str, limit: u64) -> Result<Vec<u8>> {
        let stated = self.number(format_args!("length of {field}"), i32::from_be_bytes)?;
        let len =
            u64::try_from(stated).map_err(|_| self.refuse("a length of 0 or more", stated.to_string()))?;
        if len > limit {
            return Err(self.error(field, Cause::Limit { found: len, limit, unit: "bytes".into() }));
        }
        let bytes = self.taken(field, len)?;
        self.keep(format_args!("{field}"), &bytes, || ascii_or_hex(&bytes));
        Ok(bytes)
    }

    /// As [`Reader::bytes_i32`] for what may hold secrets: the field that is kept says its length only.
    ///
    /// # Errors
    /// As [`Reader::bytes_i32`].
    pub fn secret_i32(&mut self, field: &str, limit: u64) -> Result<Vec<u8>> {
        let bytes = self.bytes_i32(field, limit)?;
        if let Some(kept) = self.fields.as_mut().and_then(|fields| fields.last_mut()) {
            kept.hex.clear();
            "hidden: it may hold password hashes".clone_into(&mut kept.value);
        }
        Ok(bytes)
    }

    /// A signed 32-bit length, then that many bytes of UTF-8.
    ///
    /// # Errors
    /// As [`Reader::bytes_i32`], and [`Cause::Unexpected`] for what is not UTF-8.
    pub fn text_i32(&mut self, field: &str, limit: u64) -> Result<String> {
        let bytes = self.bytes_i32(field, limit)?;
        self.utf8(bytes)
    }

    fn utf8(&self, bytes: Vec<u8>) -> Result<String> {
        String::from_utf8(bytes).map_err(|error| {
            let bytes = error.as_bytes();
            let shown = hex(&bytes[..bytes.len().min(16)]);
            self.refuse(format!("{} bytes of UTF-8", bytes.len()), shown)
        })
    }
}

/// Lower-case hexadecimal, two digits a byte, without separators.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Text if every byte is printable ASCII, else hexadecimal; cut after 64 bytes either way.
pub fn ascii_or_hex(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(Field::SHOWN)];
    let rest = if shown.len() < bytes.len() { "…" } else { "" };
    if !shown.is_empty() && shown.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return shown.iter().map(|byte| char::from(*byte)).collect::<String>() + rest;
    }
    hex(shown) + rest
}

/// Appends big-endian fields to a buffer: the mirror of [`Reader`].
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

/// A text or map that is longer than its length field can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} has {len} bytes or entries, more than its length field can hold")]
pub struct TooLong {
    /// The field.
    pub field: &'static str,
    /// Its length.
    pub len: usize,
}

impl Writer {
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn u8(&mut self, value: u8) {
        self.raw(&[value]);
    }

    pub fn i8(&mut self, value: i8) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i32(&mut self, value: i32) {
        self.raw(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.raw(&value.to_be_bytes());
    }

    /// # Errors
    /// [`TooLong`] above 255 bytes.
    pub fn bytes_u8(&mut self, field: &'static str, bytes: &[u8]) -> std::result::Result<(), TooLong> {
        let len = u8::try_from(bytes.len()).map_err(|_| TooLong { field, len: bytes.len() })?;
        self.u8(len);
        self.raw(bytes);
        Ok(())
    }

    /// # Errors
    /// [`TooLong`] above 2^31 - 1 bytes.
    pub fn bytes_i32(&mut self, field: &'static str, bytes: &[u8]) -> std::result::Result<(), TooLong> {
        self.count_i32(field, bytes.len())?;
        self.raw(bytes);
        Ok(())
    }

    /// # Errors
    /// [`TooLong`] above 2^31 - 1.
    pub fn count_i32(&mut self, field: &'static str, len: usize) -> std::result::Result<(), TooLong> {
        self.i32(i32::try_from(len).map_err(|_| TooLong { field, len })?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(bytes: &[u8]) -> Reader<&[u8]> {
        Reader::new(bytes, Stream::File)
    }

    #[test]
    fn a_field_that_ends_early_is_named_with_its_offset() {
        let mut reader = reader(&[0, 0, 0, 9, 5, b'a', b'b']);
        assert_eq!(reader.i32("part count"), Ok(9));
        assert_eq!(
            reader.text_u8("database name").unwrap_err().to_string(),
            "at byte 5 of the file, database name: expected 5 bytes, found 2 before the end"
        );
    }

    #[test]
    fn a_length_is_compared_before_anything_is_taken() {
        let error = reader(&[0x7f, 0xff, 0xff, 0xff]).bytes_i32("value", 1024).unwrap_err();
        assert_eq!(
            error.to_string(),
            "at byte 4 of the file, value: expected at most 1024 bytes, found 2147483647"
        );
        let error = reader(&[0xff, 0xff, 0xff, 0xff]).bytes_i32("value", 1024).unwrap_err();
        assert_eq!(
            error.to_string(),
            "at byte 0 of the file, length of value: expected a length of 0 or more, found -1"
        );
    }

    #[test]
    fn what_is_not_utf8_is_shown_in_hexadecimal() {
        let error = reader(&[2, 0xc3, 0x28]).text_u8("name").unwrap_err();
        assert_eq!(error.to_string(), "at byte 1 of the file, name: expected 2 bytes of UTF-8, found c328");
    }
}
