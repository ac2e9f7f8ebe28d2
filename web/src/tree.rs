//! An archive's files as folders in folders, and the order and choice that its table shows.

use std::collections::BTreeMap;

use graphkeep_core::archive::{Entry, Role};

/// Folders in folders; what lies deeper keeps the rest of its path as its name.
const DEPTH: usize = 12;

/// A folder with everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    pub folders: BTreeMap<String, Folder>,
    /// Name and bytes of each file in it, biggest first.
    pub files: Vec<(String, u64)>,
    /// Files in it and below it, and their bytes.
    pub count: u64,
    pub bytes: u64,
}

impl Folder {
    /// The folders that an archive's entries lie in.
    pub fn of<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let mut root = Self::default();
        for entry in entries.filter(|entry| entry.role != Role::Folder) {
            let mut folder = &mut root;
            let mut steps = entry.path.splitn(DEPTH, '/').collect::<Vec<_>>();
            let name = steps.pop().unwrap_or_default();
            folder.add(entry.bytes);
            for step in steps {
                folder = folder.folders.entry(step.to_owned()).or_default();
                folder.add(entry.bytes);
            }
            folder.files.push((name.to_owned(), entry.bytes));
        }
        root.sort();
        root
    }

    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn sort(&mut self) {
        self.files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        self.folders.values_mut().for_each(Self::sort);
    }
}

/// What the table of files is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Size,
    Path,
    Kind,
    Changed,
}

impl Order {
    pub const ALL: [Self; 4] = [Self::Size, Self::Path, Self::Kind, Self::Changed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Path => "path",
            Self::Kind => "kind",
            Self::Changed => "changed",
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Size => "biggest first",
            Self::Path => "by path",
            Self::Kind => "by kind",
            Self::Changed => "last changed first",
        }
    }
}

/// The files whose path or kind holds `filter`, whatever its case, in that order.
pub fn listed<'e>(entries: &'e [Entry], filter: &str, order: Order) -> Vec<&'e Entry> {
    let filter = filter.trim().to_lowercase();
    let wanted = |entry: &&Entry| {
        entry.role != Role::Folder
            && (entry.path.to_lowercase().contains(&filter) || entry.role.as_str().contains(&filter))
    };
    let mut found: Vec<&Entry> = entries.iter().filter(wanted).collect();
    found.sort_by(|a, b| {
        let first = match order {
            Order::Size => b.bytes.cmp(&a.bytes),
            Order::Path => a.path.cmp(&b.path),
            Order::Kind => a.role.as_str().cmp(b.role.as_str()).then(b.bytes.cmp(&a.bytes)),
            Order::Changed => b.modified.cmp(&a.modified),
        };
        first.then_with(|| a.path.cmp(&b.path))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, bytes: u64) -> Entry {
        let role = if path.ends_with('/') { Role::Folder } else { Role::of(path) };
        Entry { path: path.into(), role, bytes, modified: Some(bytes.try_into().unwrap_or(0)), offset: 0 }
    }

    fn entries() -> Vec<Entry> {
        vec![
            entry("schema/", 0),
            entry("neostore", 10),
            entry("schema/index/range-1.0/1/index-1", 400),
            entry("schema/index/range-1.0/2/index-2", 500),
            entry("neostore.nodestore.db", 90),
            entry("neostore.transaction.db.0", 1000),
        ]
    }

    #[test]
    fn folders_count_everything_below_them() {
        let root = Folder::of(entries().iter());
        assert_eq!((root.count, root.bytes, root.files.len()), (5, 2000, 3));
        assert_eq!(root.files[0].0, "neostore.transaction.db.0");
        let index = &root.folders["schema"].folders["index"];
        assert_eq!((index.count, index.bytes, index.files.len()), (2, 900, 0));
    }

    #[test]
    fn no_path_is_deeper_than_a_stack_can_bear() {
        let path = "a/".repeat(2000) + "end";
        let mut folder = &Folder::of([entry(&path, 1)].iter());
        let mut depth = 0;
        while let Some(inner) = folder.folders.values().next() {
            folder = inner;
            depth += 1;
        }
        assert_eq!((depth, folder.count), (DEPTH - 1, 1));
        assert!(folder.files[0].0.ends_with("a/end"));
    }

    #[test]
    fn the_table_filters_by_path_and_kind_and_sorts_as_asked() {
        let entries = entries();
        let paths = |filter: &str, order| -> Vec<&str> {
            listed(&entries, filter, order).into_iter().map(|entry| entry.path.as_str()).collect()
        };
        assert_eq!(paths("INDEX-", Order::Size).len(), 2);
        assert_eq!(paths("transaction log", Order::Size), ["neostore.transaction.db.0"]);
        assert_eq!(
            paths("", Order::Size)[..2],
            ["neostore.transaction.db.0", "schema/index/range-1.0/2/index-2"]
        );
        assert_eq!(paths("", Order::Path)[0], "neostore");
        assert_eq!(paths("", Order::Kind)[0], "schema/index/range-1.0/2/index-2");
        assert_eq!(paths("", Order::Changed)[0], "neostore.transaction.db.0");
        assert!(paths("nothing like it", Order::Path).is_empty());
    }
}
