//! The first four bytes of a file, and what follows each of them. docs/format.md, "Magic".

use std::fmt;

use serde::{Deserialize, Serialize};

/// The containers that Neo4j writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Container {
    /// Backup: zstd over metadata V1 and tar.
    #[serde(rename = "BZV1")]
    Bzv1,
    /// Backup: metadata V1, then plain tar.
    #[serde(rename = "BTV1")]
    Btv1,
    /// Backup: zstd over metadata V2 and tar.
    #[serde(rename = "BZV2")]
    Bzv2,
    /// Backup: metadata V2, then plain tar.
    #[serde(rename = "BTV2")]
    Btv2,
    /// Backup: metadata V2, then zstd over tar.
    #[serde(rename = "BZV3")]
    Bzv3,
    /// Dump: zstd over tar.
    #[serde(rename = "DZV1")]
    Dzv1,
    /// Dump: gzip over tar.
    #[serde(rename = "DGV1")]
    Dgv1,
    /// Dump without a magic of its own, zstd.
    #[serde(rename = "legacy-zstd")]
    LegacyZstd,
    /// Dump without a magic of its own, gzip.
    #[serde(rename = "legacy-gzip")]
    LegacyGzip,
}

/// How the body of a container is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Plain tar.
    None,
    /// One zstd frame with a content checksum.
    Zstd,
    /// One gzip member.
    Gzip,
}

/// Where the metadata stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MetadataAt {
    /// A dump has none.
    Nowhere,
    /// In plain bytes after the magic.
    Plain,
    /// First in the zstd stream.
    InStream,
}

impl Container {
    pub const ALL: [Self; 9] = [
        Self::Bzv1,
        Self::Btv1,
        Self::Bzv2,
        Self::Btv2,
        Self::Bzv3,
        Self::Dzv1,
        Self::Dgv1,
        Self::LegacyZstd,
        Self::LegacyGzip,
    ];

    /// The container's name: its magic, or `legacy-zstd`, `legacy-gzip`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bzv1 => "BZV1",
            Self::Btv1 => "BTV1",
            Self::Bzv2 => "BZV2",
            Self::Btv2 => "BTV2",
            Self::Bzv3 => "BZV3",
            Self::Dzv1 => "DZV1",
            Self::Dgv1 => "DGV1",
            Self::LegacyZstd => "legacy-zstd",
            Self::LegacyGzip => "legacy-gzip",
        }
    }

    pub fn compression(self) -> Compression {
        match self {
            Self::Btv1 | Self::Btv2 => Compression::None,
            Self::Dgv1 | Self::LegacyGzip => Compression::Gzip,
            _ => Compression::Zstd,
        }
    }

    /// Whether this is a backup artifact, which has metadata, and not a dump.
    pub fn is_backup(self) -> bool {
        self.metadata_at() != MetadataAt::Nowhere
    }

    /// 1 or 2; absent for dumps.
    pub fn metadata_version(self) -> Option<u8> {
        match self {
            Self::Bzv1 | Self::Btv1 => Some(1),
            Self::Bzv2 | Self::Btv2 | Self::Bzv3 => Some(2),
            _ => None,
        }
    }

    pub(crate) fn metadata_at(self) -> MetadataAt {
        match self {
            Self::Bzv1 | Self::Bzv2 => MetadataAt::InStream,
            Self::Btv1 | Self::Btv2 | Self::Bzv3 => MetadataAt::Plain,
            _ => MetadataAt::Nowhere,
        }
    }

    /// Who writes it, in words.
    pub fn written_by(self) -> &'static str {
        match self {
            Self::Bzv1 | Self::Btv1 => "Neo4j 5.0 and later",
            Self::Bzv2 | Self::Btv2 => "later Neo4j 5 up to 2026.05",
            Self::Bzv3 => "a Neo4j after 2026.05 (in public sources only, not final)",
            Self::Dzv1 | Self::Dgv1 => "neo4j-admin database dump",
            Self::LegacyZstd | Self::LegacyGzip => "an old neo4j-admin dump",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the first four bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    /// A container with a magic of its own.
    Known(Container),
    /// `?MV1`: the manifest of a split archive.
    SplitManifest,
    /// `?DV1`: a part of a split archive.
    SplitPart,
    /// The shape of a magic, with letters or a version that this program does not know.
    Newer,
    /// 28 B5 2F FD: a zstd frame, so perhaps a legacy dump.
    Zstd,
    /// 1F 8B: a gzip member, so perhaps a legacy dump.
    Gzip,
    /// Nothing of Neo4j's.
    Other,
}

impl Magic {
    pub(crate) fn of(bytes: [u8; 4]) -> Self {
        let named = Container::ALL.into_iter().find(|container| container.name().as_bytes() == bytes);
        if let Some(container) = named {
            return Self::Known(container);
        }
        match bytes {
            [0x28, 0xb5, 0x2f, 0xfd] => Self::Zstd,
            [0x1f, 0x8b, ..] => Self::Gzip,
            [letter, b'M', b'V', b'1'] if letter.is_ascii_alphabetic() => Self::SplitManifest,
            [letter, b'D', b'V', b'1'] if letter.is_ascii_alphabetic() => Self::SplitPart,
            // Backups and dumps, today's compressions and others; manifests and parts of a later version.
            [b'B' | b'D', letter, b'V', b'1'..=b'9'] if letter.is_ascii_uppercase() => Self::Newer,
            [letter, b'M' | b'D', b'V', b'2'..=b'9'] if letter.is_ascii_uppercase() => Self::Newer,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_version_or_another_compression_is_newer_and_not_foreign() {
        for magic in [b"BZV9", b"BTV3", b"DZV2", b"BXV1", b"SMV2", b"SDV3"] {
            assert_eq!(Magic::of(*magic), Magic::Newer, "{}", magic.escape_ascii());
        }
        for magic in [b"BZVA", b"BZ10", b"PAR1", b"bzv1", b"%PDF"] {
            assert_eq!(Magic::of(*magic), Magic::Other, "{}", magic.escape_ascii());
        }
    }

    #[test]
    fn the_letter_of_a_split_archive_is_free() {
        assert_eq!(Magic::of(*b"SMV1"), Magic::SplitManifest);
        assert_eq!(Magic::of(*b"XDV1"), Magic::SplitPart);
    }
}
