//! What crosses between the page and a worker: JSON text, because a transaction id may exceed what a number
//! of JavaScript holds, and beside a request the `File` handles it names. Beside a reply may stand a `Blob`.

use graphkeep_core::FileName;
use graphkeep_core::error::Error;
use graphkeep_core::plan::{Boundary, Plan, Point};
use graphkeep_core::repair::Repair;
use graphkeep_core::report::{Artifact, Details, Dump, Level, OtherFile, Reading};
use graphkeep_core::verify::Verification;
use graphkeep_core::wire::Field;
use serde::{Deserialize, Serialize};

use crate::commits::Listing;

/// What to do with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Say what it is.
    Read,
    /// Say everything: the header's bytes field by field, the script.
    Details,
    /// Read it to its end: contents and transactions.
    Verify,
    /// List its transactions round a point.
    Transactions(Point),
    /// Find where a plan stops whose last file it is.
    Locate(Box<Plan>),
    /// Try a repair out: verify what it would leave, and take the digests of both.
    Mend(Repair),
    /// Take one file out of it.
    Extract(String),
    /// Take these files out of it, as one tar.
    Bundle(Vec<String>),
}

/// Sent to a worker, which answers each with one [`Reply`], after any number of [`Reply::Progress`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub work: Work,
    /// The file to read, first, and those it may need: the parts of a split archive. Handles come in the same
    /// order.
    pub files: Vec<FileName>,
}

impl Request {
    /// The file that this is about.
    pub fn name(&self) -> &FileName {
        &self.files[0]
    }
}

/// A reading as it crosses: its kind stands before it. In reports it stands among the members, so that all of them have
/// to be held until it is found, by code for each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(remote = "Reading")]
enum Plain {
    Artifact(Box<Artifact>),
    Dump(Box<Dump>),
    Other(Box<OtherFile>),
}

/// A reading by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untagged(#[serde(with = "Plain")] pub Reading);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Details")]
struct PlainDetails {
    #[serde(with = "Plain")]
    reading: Reading,
    fields: Vec<Field>,
    script: Option<Result<String, Error>>,
}

/// A file that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    #[serde(with = "Plain")]
    pub reading: Reading,
    /// Absent where there is nothing to verify.
    pub found: Option<Verification>,
    /// What would mend it, where that is known.
    pub repair: Option<Repair>,
}

/// A repair that was tried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    pub repair: Repair,
    /// The level that the mended file holds to, or what is still wrong with it.
    pub outcome: Result<Level, String>,
    /// SHA-256 of each, in hexadecimal.
    pub original: String,
    pub new: String,
}

/// Sent by a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// It can take requests; what is sent to it earlier is lost.
    Ready {
        /// [`crate::BUILD`] of the worker.
        build: String,
    },
    Read(#[serde(with = "Plain")] Reading),
    /// It is a report; what each file in it was read as.
    Opened(Vec<Untagged>),
    Details(#[serde(with = "PlainDetails")] Details),
    /// Bytes of the file verified so far; the answer is still to come.
    Progress {
        done: u64,
    },
    Verified(Box<Proven>),
    Transactions(Listing),
    Mended(Box<Mended>),
    /// The plan, settled by the commits in its last file, and where it stops; absent where they do not tell.
    Located(Box<Plan>, Option<Boundary>),
    /// The path of the file that was taken out, with its bytes beside the text, or why it could not be read.
    Extracted(String, Result<(), String>),
    /// How many of the files are not in the tar beside the text, or why there is none.
    Bundled(Result<usize, String>),
    /// It met a defect of this program and ends; the text is for the person who reports it.
    Panicked(String),
}
