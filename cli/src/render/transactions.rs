//! Transactions, a line each, written while they are read.

use std::fmt::Write as _;
use std::io;

use graphkeep_core::report::{Reading, SCHEMA_VERSION};
use serde::Serialize;

use super::{Look, jsonl};
use crate::args::TransactionsFormat;
use crate::printer::Printer;
use crate::words::{milliseconds, printable};

/// Text that is gathered before it is written.
const GATHERED: usize = 64 << 10;

/// The database that logs belong to. Two stores of one database number their transactions apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Owner {
    /// By the file's name, for a dump.
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    store_id_hash: Option<i32>,
    /// A dump says nothing of its store: it is one of its own.
    #[serde(skip)]
    dump: Option<String>,
}

impl Owner {
    pub(crate) fn of(reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Artifact(artifact) => Some(Self {
                database: Some(artifact.database.clone()),
                database_id: Some(artifact.database_id.to_string()),
                store_id_hash: Some(artifact.store_id_hash),
                dump: None,
            }),
            Reading::Dump(dump) => Some(Self {
                database: dump.database_by_name.clone(),
                database_id: None,
                store_id_hash: None,
                dump: Some(dump.path.0.clone()),
            }),
            Reading::Other(_) => None,
        }
    }

    fn name(&self) -> &str {
        self.database.as_deref().unwrap_or("-")
    }
}

/// A commit.
#[derive(Debug)]
pub(crate) struct Transaction<'t> {
    pub(crate) tx: i64,
    pub(crate) append_index: i64,
    /// 0 where unknown.
    pub(crate) time_ms: i64,
    /// Bytes in the log; absent where it goes on in another log.
    pub(crate) bytes: Option<u64>,
    /// N of `neostore.transaction.db.N`.
    pub(crate) log: u64,
    pub(crate) file: &'t str,
    pub(crate) owner: &'t Owner,
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub(crate) struct Record<'t> {
    tx: i64,
    append_index: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    log: u64,
    file: &'t str,
    #[serde(flatten)]
    owner: &'t Owner,
}

impl<'t> Record<'t> {
    fn of(transaction: &Transaction<'t>) -> Self {
        let Transaction { tx, append_index, time_ms, bytes, log, file, owner } = *transaction;
        let time_ms = (time_ms != 0).then_some(time_ms);
        Self { tx, append_index, time: time_ms.map(milliseconds), time_ms, bytes, log, file, owner }
    }
}

/// Where the lines go.
pub(crate) struct Sheet<'p> {
    format: TransactionsFormat,
    printer: &'p Printer,
    /// Columns of the database's name; 0 where there is only one database.
    database: usize,
    text: String,
    rows: u64,
}

impl<'p> Sheet<'p> {
    pub(crate) fn new<'o>(
        format: TransactionsFormat,
        printer: &'p Printer,
        owners: impl Iterator<Item = &'o Owner> + Clone,
    ) -> Self {
        let mut others = owners.clone();
        let first = others.next();
        let several = others.any(|owner| {
            Some((&owner.database, &owner.database_id))
                != first.map(|first| (&first.database, &first.database_id))
        });
        let width = owners.map(|owner| printable(owner.name()).chars().count()).max().unwrap_or(0);
        let database = if several { width.max("DATABASE".len()) } else { 0 };
        Self { format, printer, database, text: String::new(), rows: 0 }
    }

    pub(crate) fn begin(&mut self) -> io::Result<()> {
        match self.format {
            TransactionsFormat::Text => {
                let heads =
                    ["TX", "APPEND INDEX", "COMMITTED (UTC)", "BYTES", "LOG", "FILE"].map(str::to_owned);
                self.columns("DATABASE", &heads);
            }
            TransactionsFormat::Json => {
                let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
                let _ = write!(
                    self.text,
                    "{{\n  \"schema_version\": \"{SCHEMA_VERSION}\",\n  \"tool\": {{ \"name\": \"{name}\", \"version\": \"{version}\" }},\n  \"transactions\": ["
                );
            }
            TransactionsFormat::Jsonl => {}
            TransactionsFormat::Csv => {
                self.csv(&["tx", "append_index", "time", "bytes", "log", "file", "database", "database_id"])?;
            }
        }
        Ok(())
    }

    pub(crate) fn row(&mut self, transaction: &Transaction) -> io::Result<()> {
        match self.format {
            TransactionsFormat::Text => self.text_row(transaction, &self.printer.look.clone()),
            TransactionsFormat::Json => {
                let comma = if self.rows == 0 { "\n    " } else { ",\n    " };
                self.text.push_str(comma);
                self.text.push_str(super::json::line(&Record::of(transaction)).trim_end());
            }
            TransactionsFormat::Jsonl => {
                let record = Record::of(transaction);
                self.text.push_str(&jsonl::line(&jsonl::Message::Transaction(&record)));
            }
            TransactionsFormat::Csv => {
                let Record { tx, append_index, time, bytes, log, file, owner, .. } = Record::of(transaction);
                self.csv(&[
                    &tx.to_string(),
                    &append_index.to_string(),
                    &time.unwrap_or_default(),
                    &bytes.map(|bytes| bytes.to_string()).unwrap_or_default(),
                    &log.to_string(),
                    &printable(file),
                    &printable(owner.database.as_deref().unwrap_or_default()),
                    owner.database_id.as_deref().unwrap_or_default(),
                ])?;
            }
        }
        self.rows += 1;
        if self.text.len() >= GATHERED { self.flush() } else { Ok(()) }
    }

    /// Gives the number of rows.
    pub(crate) fn end(&mut self) -> io::Result<u64> {
        if self.format == TransactionsFormat::Json {
            self.text.push_str(if self.rows == 0 { "]\n}\n" } else { "\n  ]\n}\n" });
        }
        self.flush()?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.printer.out(&std::mem::take(&mut self.text))
    }

    fn text_row(&mut self, transaction: &Transaction, look: &Look) {
        let time = match transaction.time_ms {
            0 => "unknown".to_owned(),
            time if look.now.is_some() => milliseconds(time).replace('T', " ").replace('Z', ""),
            time => milliseconds(time),
        };
        let cells = [
            transaction.tx.to_string(),
            transaction.append_index.to_string(),
            time,
            transaction.bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string()),
            transaction.log.to_string(),
            printable(transaction.file).into_owned(),
        ];
        self.columns(transaction.owner.name(), &cells);
    }

    /// Widths do not depend on what will follow: lines leave while files are read.
    fn columns(&mut self, database: &str, [tx, index, time, bytes, log, file]: &[String; 6]) {
        if self.database > 0 {
            let width = self.database;
            let _ = write!(self.text, "{:<width$}  ", printable(database));
        }
        let _ = writeln!(self.text, "{tx:>10}  {index:>12}  {time:<24}  {bytes:>10}  {log:>4}  {file}");
    }

    fn csv(&mut self, cells: &[&str]) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells)?;
        let line = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.text.push_str(&String::from_utf8_lossy(&line));
        Ok(())
    }
}
