//! Writers that commit without pause and remember what was acknowledged, and what of it a database holds.
//!
//! Commit `seq` of a writer, in one transaction: a new `Commit` node with text and vector, tied to the one
//! before; the writer's own node moved on; the scratch node of the commit before deleted and a new one made.
//! So a database that holds exactly the commits up to `n` of a writer has `n` `Commit` nodes, a `Writer` that
//! says `n`, and one `Scratch` node that says `n`; anything between two commits has something else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::{self, JoinHandle};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use super::Server;

const SCHEMA: [&str; 5] = [
    "CREATE CONSTRAINT commits IF NOT EXISTS FOR (c:Commit) REQUIRE c.id IS UNIQUE",
    "CREATE INDEX sequence IF NOT EXISTS FOR (c:Commit) ON (c.seq)",
    "CREATE FULLTEXT INDEX texts IF NOT EXISTS FOR (c:Commit) ON EACH [c.text]",
    "CREATE VECTOR INDEX vectors IF NOT EXISTS FOR (c:Commit) ON (c.vector) \
     OPTIONS {indexConfig: {`vector.dimensions`: 3, `vector.similarity_function`: 'cosine'}}",
    "CALL db.awaitIndexes(120)",
];

const COMMIT: &str = "\
MERGE (w:Writer {id: $writer}) SET w.last = $seq
CREATE (c:Commit {id: $id, writer: $writer, seq: $seq, text: $text, vector: $vector})
CREATE (w)-[:MADE]->(c)
CREATE (:Scratch {writer: $writer, seq: $seq})
WITH w OPTIONAL MATCH (old:Scratch {writer: $writer}) WHERE old.seq < $seq
DETACH DELETE old";

/// What each writer knows to be committed: commits 1 to this number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged(pub Vec<i64>);

impl Acknowledged {
    pub fn sum(&self) -> i64 {
        self.0.iter().sum()
    }
}

/// Threads that commit until they are told to stop.
#[derive(Debug)]
pub struct Writers {
    acknowledged: Vec<Arc<AtomicI64>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<()>>>,
}

impl Writers {
    /// Makes the indexes and starts `count` writers.
    ///
    /// # Errors
    /// The server's.
    pub fn start(server: &Server, count: usize) -> Result<Self> {
        for statement in SCHEMA {
            server.query(statement)?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged: Vec<Arc<AtomicI64>> = (0..count).map(|_| Arc::default()).collect();
        let threads = acknowledged.iter().enumerate().map(|(writer, acknowledged)| {
            let (client, acknowledged, stop) = (server.client(), Arc::clone(acknowledged), Arc::clone(&stop));
            thread::spawn(move || {
                let mut seq = 0;
                while !stop.load(Ordering::Relaxed) {
                    seq += 1;
                    match client.query(COMMIT, &parameters(writer, seq)) {
                        Ok(_) => acknowledged.store(seq, Ordering::Release),
                        // Nobody knows whether this one was committed: the server was killed in it.
                        Err(_) if stop.load(Ordering::Relaxed) => break,
                        Err(error) => return Err(error.context(format!("writer {writer}, commit {seq}"))),
                    }
                }
                Ok(())
            })
        });
        let threads = threads.collect();
        Ok(Self { acknowledged, stop, threads })
    }

    /// What is acknowledged by now.
    pub fn acknowledged(&self) -> Acknowledged {
        Acknowledged(self.acknowledged.iter().map(|seq| seq.load(Ordering::Acquire)).collect())
    }

    /// Waits until `count` more commits are acknowledged in all, and every writer has some.
    ///
    /// # Errors
    /// When a writer has ended.
    pub fn wait_for(&self, count: i64) -> Result<()> {
        let wanted = self.acknowledged().sum() + count;
        loop {
            let acknowledged = self.acknowledged();
            if acknowledged.sum() >= wanted && acknowledged.0.iter().all(|seq| *seq > 0) {
                return Ok(());
            }
            if self.threads.iter().any(JoinHandle::is_finished) {
                bail!("a writer has ended");
            }
            thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// From here on a failure is the server's death, which is wanted.
    pub fn expect_the_end(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Stops them after the commit at hand.
    ///
    /// # Errors
    /// When one had failed.
    pub fn stop(self) -> Result<Acknowledged> {
        self.expect_the_end();
        let acknowledged = self.acknowledged.clone();
        for thread in self.threads {
            thread.join().map_err(|_| anyhow::anyhow!("a writer panicked"))??;
        }
        Ok(Acknowledged(acknowledged.iter().map(|seq| seq.load(Ordering::Acquire)).collect()))
    }
}

fn parameters(writer: usize, seq: i64) -> Value {
    // Long and short ones, so that logs rotate and properties chain.
    let words = usize::try_from(seq * 37 % 97).unwrap_or_default() + 1;
    let text = format!("commit number{seq} {}", "of many words ".repeat(words));
    let angle = seq as f64 / 10.0;
    json!({
        "writer": writer, "seq": seq, "id": format!("{writer}-{seq}"), "text": text,
        "vector": [angle.cos(), angle.sin(), 1.0],
    })
}

/// What a database holds of the writers' work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(pub Vec<i64>);

impl Held {
    /// Asks a server, and proves that what it holds is a state between two commits of every writer, that no
    /// commit below the highest is missing, and that every index answers for all of it.
    ///
    /// # Errors
    /// Where any of that is not so.
    pub fn by(server: &Server) -> Result<Self> {
        let rows = server.query(
            "MATCH (w:Writer) OPTIONAL MATCH (w)-[:MADE]->(c:Commit)
             WITH w, count(c) AS made, min(c.seq) AS lowest, max(c.seq) AS highest
             OPTIONAL MATCH (s:Scratch {writer: w.id})
             RETURN w.id, w.last, made, lowest, highest, count(s), max(s.seq) ORDER BY w.id",
        )?;
        let mut held = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let numbers: Vec<i64> = row.iter().map(|value| value.as_i64().unwrap_or(-1)).collect();
            let last = numbers[1];
            let expected = [i64::try_from(index)?, last, last, 1, last, 1, last];
            ensure!(numbers == expected, "writer {index}: expected {expected:?}, found {numbers:?}");
            held.push(last);
        }
        let held = Self(held);
        held.prove_indexes(server)?;
        Ok(held)
    }

    pub fn sum(&self) -> i64 {
        self.0.iter().sum()
    }

    fn prove_indexes(&self, server: &Server) -> Result<()> {
        let offline = server.query(
            "SHOW INDEXES YIELD name, state, populationPercent WHERE state <> 'ONLINE' RETURN name, state",
        )?;
        ensure!(offline.is_empty(), "indexes are not online: {offline:?}");
        let sum = self.sum();
        for (what, statement) in [
            ("range index", "MATCH (c:Commit) USING INDEX c:Commit(seq) WHERE c.seq > 0 RETURN count(c)"),
            (
                "unique index",
                "MATCH (c:Commit) USING INDEX c:Commit(id) WHERE c.id STARTS WITH '' RETURN count(c)",
            ),
            (
                "full-text index",
                "CALL db.index.fulltext.queryNodes('texts', 'commit') YIELD node RETURN count(node)",
            ),
        ] {
            let found = server.number(statement)?;
            ensure!(found == sum, "the {what} answers for {found} of {sum} commits");
        }
        let near = server.number(
            "CALL db.index.vector.queryNodes('vectors', 5, [1.0, 0.0, 1.0]) YIELD node RETURN count(node)",
        )?;
        ensure!(near == sum.min(5), "the vector index gives {near} neighbours");
        Ok(())
    }

    /// Proves that everything that was acknowledged is held.
    ///
    /// # Errors
    /// Naming the writer whose commit is lost.
    pub fn covers(&self, acknowledged: &Acknowledged) -> Result<()> {
        for (writer, seq) in acknowledged.0.iter().enumerate() {
            let held = self.0.get(writer).copied().unwrap_or_default();
            ensure!(
                held >= *seq,
                "writer {writer}: commit {seq} was acknowledged, and the database ends at {held}"
            );
        }
        Ok(())
    }

    /// Proves that this is no more than another state.
    ///
    /// # Errors
    /// Naming the writer that has more.
    pub fn within(&self, later: &Self) -> Result<()> {
        let longer = self.0.iter().zip(&later.0).position(|(held, later)| held > later);
        ensure!(longer.is_none(), "writer {longer:?} has more in {self:?} than in {later:?}");
        Ok(())
    }
}
