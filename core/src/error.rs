//! Why a file could not be read as what it claims to be: where, what was expected, what was found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::Code;

/// What an offset counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Bytes of the file itself.
    File,
    /// Bytes of a split archive's parts, joined in order.
    JoinedParts,
    /// Bytes that come out of the decompressor.
    Decompressed,
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "the file",
            Self::JoinedParts => "the joined parts",
            Self::Decompressed => "the decompressed stream",
        })
    }
}

/// The field at which reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// What `offset` counts.
    pub stream: Stream,
    /// Where the field begins, in bytes from the start of `stream`.
    pub offset: u64,
    /// The field, in the words of docs/format.md.
    pub field: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {} of {}, {}", self.offset, self.stream, self.field)
    }
}

/// What went wrong at a [`Place`]. Plain data, so that it crosses from a worker to the page as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "cause", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// The host could not open or read the file.
    Io {
        /// The host's own words.
        message: String,
    },
    /// The bytes end inside a field.
    Ended {
        /// Bytes that the field needs.
        expected: u64,
        /// Bytes that were there.
        found: u64,
    },
    /// A number in the file exceeds what this tool will hold.
    Limit {
        /// What the file states.
        found: u64,
        /// The ceiling, in the same unit.
        limit: u64,
        /// `bytes`, `entries`, `parts`.
        unit: String,
    },
    /// A field holds something else than the format allows.
    Unexpected {
        /// What the format says.
        expected: String,
        /// What is there.
        found: String,
    },
    /// The compressed stream cannot be decoded.
    Damaged {
        /// `zstd` or `gzip`.
        codec: String,
        /// The decoder's words.
        message: String,
    },
    /// A part of a split archive is not where it should be.
    PartMissing {
        /// The name it should have.
        name: String,
    },
}

/// A file that could not be read as what it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Error {
    /// Where; absent when the file could not be opened at all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<Place>,
    /// What.
    #[serde(flatten)]
    pub cause: Cause,
}

impl Error {
    /// The file could not be opened or its length is unknown.
    pub fn open(error: &std::io::Error) -> Self {
        Self::inside(error)
            .unwrap_or_else(|| Self { place: None, cause: Cause::Io { message: error.to_string() } })
    }

    /// The error of this crate that a stream of this crate's own passed on as an I/O error.
    pub(crate) fn inside(error: &std::io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().cloned()
    }

    /// The stable code of this kind of error.
    pub fn code(&self) -> Code {
        match self.cause {
            Cause::Io { .. } => Code::FileIo,
            Cause::Ended { .. } => Code::HeaderTruncated,
            Cause::Limit { .. } => Code::HeaderLimit,
            Cause::Unexpected { .. } => Code::HeaderUnexpected,
            Cause::Damaged { .. } => Code::HeaderDamaged,
            Cause::PartMissing { .. } => Code::SplitPartMissing,
        }
    }

    /// What to do about it, where there is something definite to do.
    pub fn hint(&self) -> Option<&'static str> {
        match self.cause {
            Cause::Io { .. } => None,
            Cause::Ended { .. } => {
                Some("the file is cut short; compare its size with the source and copy it again")
            }
            Cause::Limit { .. } => Some(
                "no Neo4j writes such a length; the file is damaged or was made by something else: copy it again from its source",
            ),
            Cause::Unexpected { .. } => Some(
                "the header is damaged or was written by an unknown version; copy the file again from its source, and compare checksums",
            ),
            Cause::Damaged { .. } => Some(
                "the compressed stream is damaged; copy the file again from its source, in binary mode, and compare checksums",
            ),
            Cause::PartMissing { .. } => {
                Some("put every part beside the file without a number; all of them are needed")
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { message } => f.write_str(message),
            Self::Ended { expected, found } => {
                write!(f, "expected {expected} {}, found {found} before the end", bytes(*expected))
            }
            Self::Limit { found, limit, unit } => {
                write!(f, "expected at most {limit} {unit}, found {found}")
            }
            Self::Unexpected { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Damaged { codec, message } => write!(f, "{codec} cannot be decoded: {message}"),
            Self::PartMissing { name } => write!(f, "expected the part `{name}`, found no such file"),
        }
    }
}

fn bytes(count: u64) -> &'static str {
    if count == 1 { "byte" } else { "bytes" }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        self.cause.fmt(f)
    }
}

impl std::error::Error for Error {}

/// For streams of this crate that stand behind [`Read`](std::io::Read): `Error::inside` takes it out again.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

pub type Result<T> = std::result::Result<T, Error>;
