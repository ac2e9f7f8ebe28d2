//! Every exit code there is.
//!
//! Codes of the project's own commands tell a broken chain from a damaged file and from a failure to look.
//! Commands that carry neo4j-admin's names keep its numbers: 0, and 1 for whatever was not as it should be.
//! `verify --format nagios` answers in Nagios' numbers.

use std::collections::BTreeSet;
use std::process::ExitCode;

use graphkeep_core::error::Cause;
use graphkeep_core::report::{OtherFile, Reading, Reason, Report, State};

/// One outcome, in the order in which the worst is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Something could not be checked, or nothing matched.
    Incomplete,
    /// A chain is broken, or the wanted point cannot be reached.
    Broken,
    /// An artifact is damaged.
    Corrupt,
    /// It could not be done: a file or folder could not be read.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// The answer to Nagios, in Nagios' own numbers.
    NagiosWarning,
    NagiosUnknown,
    NagiosCritical,
    /// Ctrl-C.
    Cancelled,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Failed | Self::NagiosWarning => 1,
            Self::Usage | Self::NagiosCritical => 2,
            Self::NagiosUnknown => 3,
            Self::Broken => 10,
            Self::Corrupt => 11,
            Self::Incomplete => 12,
            Self::Cancelled => 130,
        }
    }

    /// What the code stands for, for readers of the JSON.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Failed => "something could not be read or done",
            Self::Usage => "the command line makes no sense",
            Self::Broken => "a chain is broken, or the wanted point cannot be reached",
            Self::Corrupt => "an artifact is damaged",
            Self::Incomplete => "something could not be checked, or nothing matched",
            Self::NagiosWarning => "WARNING",
            Self::NagiosUnknown => "UNKNOWN",
            Self::NagiosCritical => "CRITICAL",
            Self::Cancelled => "cancelled",
        }
    }
}

/// All that a run ended with. Nothing in it means that all that was asked for holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Exits(BTreeSet<Exit>);

impl Exits {
    /// What a whole report amounts to.
    pub(crate) fn of(report: &Report) -> Self {
        let mut exits = Self::default();
        for database in &report.databases {
            match database.state {
                State::Restorable | State::Unverified => {}
                State::Unknown => exits.add(Exit::Incomplete),
                State::RestorableUntil | State::Broken => exits.add(Exit::Broken),
                State::Corrupt => exits.add(Exit::Corrupt),
            }
        }
        if report.sharded_databases.iter().any(|database| !database.valid) {
            exits.add(Exit::Broken);
        }
        let damaged = report.artifacts.iter().any(|artifact| !artifact.is_usable())
            || report.dumps.iter().any(|dump| !dump.is_usable());
        if damaged {
            exits.add(Exit::Corrupt);
        }
        exits.0.extend(report.others.iter().filter_map(Self::of_other));
        let backups = report.artifacts.len() + report.dumps.len();
        if backups == 0 && exits.0.is_empty() {
            exits.add(Exit::Incomplete);
        }
        exits
    }

    /// What one file amounts to that was asked for by name.
    pub(crate) fn of_reading(reading: &Reading) -> Self {
        let exit = match reading {
            Reading::Artifact(artifact) => (!artifact.is_usable()).then_some(Exit::Corrupt),
            Reading::Dump(dump) => (!dump.is_usable()).then_some(Exit::Corrupt),
            Reading::Other(other) => Self::of_other(other).or(Some(Exit::Incomplete)),
        };
        Self(exit.into_iter().collect())
    }

    /// What a file amounts to that is no readable artifact; one that is something else altogether is none of
    /// our business.
    pub(crate) fn of_other(other: &OtherFile) -> Option<Exit> {
        match &other.reason {
            Reason::Stranger { .. } => None,
            Reason::NewerContainer { .. } | Reason::NewerMetadata { .. } => Some(Exit::Incomplete),
            Reason::Unreadable { error } if matches!(error.cause, Cause::Io { .. }) => Some(Exit::Failed),
            _ => Some(Exit::Corrupt),
        }
    }

    pub(crate) fn add(&mut self, exit: Exit) {
        self.0.insert(exit);
    }

    /// As neo4j-admin counts: 1 for anything but success.
    pub(crate) fn as_neo4j(&self) -> Self {
        match self.worst() {
            None | Some(Exit::Cancelled) => self.clone(),
            Some(_) => Exit::Failed.into(),
        }
    }

    /// The outcome that decides the exit code; absent for success.
    pub(crate) fn worst(&self) -> Option<Exit> {
        self.0.last().copied()
    }

    /// Every outcome, the worst first.
    pub(crate) fn all(&self) -> impl Iterator<Item = Exit> {
        self.0.iter().rev().copied()
    }
}

impl From<Exit> for Exits {
    fn from(exit: Exit) -> Self {
        Self(BTreeSet::from([exit]))
    }
}

impl From<Exits> for ExitCode {
    fn from(exits: Exits) -> Self {
        exits.worst().map_or(Self::SUCCESS, |exit| exit.code().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_outcome_decides_in_the_documented_order() {
        let mut exits = Exits::default();
        assert_eq!(exits.worst().map(Exit::code), None);
        for (added, code) in
            [(Exit::Incomplete, 12), (Exit::Broken, 10), (Exit::Corrupt, 11), (Exit::Failed, 1)]
        {
            exits.add(added);
            assert_eq!(exits.worst().map(Exit::code), Some(code));
        }
        let all: Vec<u8> = exits.all().map(Exit::code).collect();
        assert_eq!(all, [1, 11, 10, 12]);
    }

    #[test]
    fn neo4j_admin_knows_success_and_failure_alone() {
        assert_eq!(Exits::default().as_neo4j(), Exits::default());
        assert_eq!(Exits::from(Exit::Broken).as_neo4j(), Exit::Failed.into());
        assert_eq!(Exits::from(Exit::Incomplete).as_neo4j(), Exit::Failed.into());
    }
}
