//! Each scenario's verdict, as its README words it: what stands in the row of its database.

use graphkeep_tests::fixtures;
use graphkeep_tests::page::{Page, visit};

/// Of each scenario and database: the verdict's word, and the newest point by time and transaction.
const READINGS: [(&str, &[(&str, &str, &str)]); 13] = [
    ("duplicate-copies", &[("neo4j", "unverified", "2025-05-01 11:30:00 (tx 20)")]),
    ("gap", &[("neo4j", "restorable until", "2025-05-01 11:30:00 (tx 20)")]),
    ("latest-as-parent", &[("neo4j", "unverified", "2025-05-01 15:30:00 (tx 50)")]),
    (
        "manual-example",
        &[
            ("london", "unverified", "2024-10-07 16:04:05 (tx 6)"),
            ("malmo", "unverified", "2024-10-07 16:01:24 (tx 8)"),
            ("neo4j", "unverified", "2024-10-07 16:05:37 (tx 3)"),
        ],
    ),
    ("new-containers", &[("neo4j", "unverified", "2026-07-01 12:00:00 (tx 22)")]),
    ("only-empty", &[("neo4j", "broken", "only empty backups")]),
    ("orphan-diffs", &[("neo4j", "broken", "no full backup")]),
    ("overlap-after-full", &[("neo4j", "unverified", "2025-05-01 12:30:00 (tx 60)")]),
    ("overlap-between-diffs", &[("neo4j", "restorable until", "2025-05-01 11:30:00 (tx 20)")]),
    ("prefer-diff-as-parent", &[("neo4j", "unverified", "2025-05-01 15:30:00 (tx 50)")]),
    (
        "recreated-database",
        &[
            ("neo4j", "unverified", "2025-05-01 11:30:00 (tx 20)"),
            ("neo4j", "unverified", "2025-05-02 11:30:00 (tx 9)"),
        ],
    ),
    (
        "shards-ok",
        &[
            ("foo-g000", "unverified", "2025-06-11 22:04:42 (tx 36)"),
            ("foo-p000", "unverified", "2025-06-11 21:04:37 (tx 13)"),
            ("foo-p001", "unverified", "2025-06-11 21:04:40 (tx 30)"),
        ],
    ),
    ("store-replaced", &[("neo4j", "restorable until", "2025-05-01 10:30:00 (tx 10)")]),
];

#[test]
fn each_scenario_dropped_as_a_folder_shows_its_verdict() {
    let mut known: Vec<&str> =
        READINGS.iter().map(|(name, _)| *name).chain(["shards-behind-and-ahead"]).collect();
    known.sort_unstable();
    let there = fixtures::scenarios().unwrap();
    let there: Vec<&str> = there.iter().filter_map(|folder| folder.file_name()?.to_str()).collect();
    assert_eq!(known, there, "every scenario has its reading here");

    visit(async |page: Page| {
        for (scenario, expected) in READINGS {
            page.give(&[fixtures::folder().join("scenarios").join(scenario)]).await?;
            let rows = page.databases().await?;
            assert_eq!(rows.len(), expected.len(), "{scenario}: {rows:#?}");
            for (row, (name, state, words)) in rows.iter().zip(expected) {
                let (verdict, database) = (&row[0], &row[1]);
                assert!(database.starts_with(&format!("{name} / ")), "{scenario}: {database}");
                assert!(verdict.starts_with(state), "{scenario}: {verdict}");
                assert!(verdict.contains(words), "{scenario}: {verdict}");
            }
            page.clear().await?;
        }
        Ok(())
    });
}

#[test]
fn shards_that_do_not_fit_say_so_in_neo4js_words() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/shards-behind-and-ahead")]).await?;
        let text = page.text("#main").await?;
        for words in [
            "Backup is behind (3 < 5) the graph shard backup chain",
            "Backup is ahead (12 > 8) of the graph shard backup chain",
        ] {
            assert!(text.contains(words), "{text}");
        }
        Ok(())
    });
}

#[test]
fn a_broken_chain_says_what_is_missing_between_what_and_what_would_close_it() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/gap")]).await?;
        page.open_database("neo4j").await?;
        let gap = page.text("#gaps").await?;
        for words in [
            "Transactions 21 to 30 are missing",
            "neo4j-2025-05-01T11-30-00.backup",
            "neo4j-2025-05-01T13-30-00.backup",
            "2 files (604 B) after it cannot be used",
            "a differential 21..30",
            "or a full whose highest is 30",
        ] {
            assert!(gap.contains(words), "{words} is not in:\n{gap}");
        }
        let restore = page.text("#restore").await?;
        assert!(restore.contains("neo4j-admin database restore"), "{restore}");
        let rows = page.text("#artifacts").await?;
        assert_eq!(rows.matches("unusable").count(), 2, "{rows}");
        Ok(())
    });
}

#[test]
fn one_database_name_with_two_ids_is_two_databases_with_a_warning() {
    visit(async |page: Page| {
        page.give(&[fixtures::folder().join("scenarios/recreated-database")]).await?;
        let text = page.text("#main").await?;
        assert!(
            text.contains("2 databases are called neo4j") || text.contains("2 databases are called `neo4j`"),
            "{text}"
        );
        Ok(())
    });
}
