//! What the product costs, as ratios that one run measures: against plain reads of the same files, against
//! Neo4j's own tool on the same artifact, small files against large ones. `graphkeep-tests` measures; here it
//! is set up, and its numbers are printed.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::shell::{self, cargo, complain, run, say};
use crate::{neo4j, page, tools};

/// The release that is measured against, of those that the tests use.
const NEO4J: &str = "2026.05.0";

pub(crate) fn bench() -> Result<()> {
    let folder = shell::target().join("bench");
    fs::create_dir_all(&folder)?;
    let site = page::build()?;
    run(&mut cargo("build --release --package graphkeep"))?;
    let result = folder.join("bench.json");

    let mut measure =
        cargo("run --release --package graphkeep-tests --features browser,interop --bin measure -- all");
    measure
        .arg(&result)
        .env("GRAPHKEEP", shell::target().join("release/graphkeep"))
        .env("GRAPHKEEP_SITE", &site);
    tools::browser()?.tell(&mut measure);
    match neo4j::ready() {
        Ok(releases) => {
            let home = releases.join(NEO4J);
            measure.env("NEO4J_JARS", home.join("lib")).env("NEO4J_JAVA", home.join("java"));
            measure.env("GRAPHKEEP_NEO4J", &releases).env("NEO4J_RELEASE", NEO4J);
        }
        Err(error) => complain(&format!("without neo4j-admin: {error:#}")),
    }
    run(&mut measure)?;

    let mut found: Value = serde_json::from_slice(&fs::read(&result)?)?;
    let weights = page::weigh(&site)?;
    let files = weights
        .iter()
        .map(|weight| json!({ "name": weight.name, "bytes": weight.bytes, "gzip": weight.gzip }));
    found["page"] = files.collect();
    fs::write(&result, serde_json::to_vec_pretty(&found)?)?;
    say(&format!("\n{}\n{}\n\n{}", table(&found)?, page::table(&weights), result.display()));
    Ok(())
}

fn table(found: &Value) -> Result<String> {
    let mut rows = Vec::new();
    let mut row = |what: &str, value: String| rows.push(format!("{what:<58} {value}"));
    let number = |value: &Value| value.as_f64().context("a measurement is missing");

    for listing in found["listings"].as_array().context("no listings measured")? {
        let of = listing["of"].as_str().context("a listing of nothing")?;
        row(
            &format!("`inspect` of 1,000 {of}, whole process"),
            format!("{:.1} ms", number(&listing["inspect_ms"])?),
        );
        row(
            "opening each and reading its first 4 KiB",
            format!("{:.1} ms", number(&listing["plain_reads_ms"])?),
        );
        row("  ratio (goal: at most 2)", format!("{:.2}", number(&listing["ratio"])?));
        row(
            "  bytes read, of all / of the one that took most",
            format!(
                "{} of {} / {}",
                listing["bytes_read"], listing["bytes_of_files"], listing["most_bytes_read"]
            ),
        );
    }
    for size in found["bytes_read"].as_array().context("no sizes measured")? {
        let what = format!(
            "bytes read of a {} of {} bytes",
            size["container"].as_str().unwrap_or("?"),
            size["size"]
        );
        row(&what, size["bytes_read"].to_string());
    }
    let one = &found["one_artifact"];
    let what = "`database load --info` of one artifact, whole process";
    row(what, format!("{:.1} ms", number(&one["graphkeep_ms"])?));
    if let Some(admin) = one["neo4j_admin_ms"].as_f64() {
        row(&format!("the same by neo4j-admin of {NEO4J}, which says the same"), format!("{admin:.0} ms"));
        row("  ratio", format!("{:.0}", number(&one["ratio"])?));
    }
    let browser = &found["browser"];
    row(
        "the page: 1,000 dropped artifacts to their verdicts",
        format!("{:.0} ms", number(&browser["page_ms"])?),
    );
    row(
        "a bare page: walking the drop, first 4 KiB of each",
        format!("{:.0} ms", number(&browser["plain_ms"])?),
    );
    row("  ratio", format!("{:.2}", number(&browser["ratio"])?));
    if found["live"].is_object() {
        live(&found["live"], &mut row)?;
    }
    Ok(rows.join("\n"))
}

/// What was measured on a large store of a real Neo4j.
fn live(found: &Value, row: &mut impl FnMut(&str, String)) -> Result<()> {
    let number = |value: &Value| value.as_f64().context("a measurement is missing");
    let seconds = |value: &Value| Ok::<_, anyhow::Error>(format!("{:.2} s", number(value)?));
    let ratio = |a: &Value, b: &Value| Ok::<_, anyhow::Error>(format!("{:.2}", number(a)? / number(b)?));
    let backups = &found["backups"];
    row(&format!("backup of {} bytes, plain", backups["bytes"]), seconds(&backups["plain_s"])?);
    row("`cp -r` of the same files / and made durable, as ours is", {
        format!("{} / {}", seconds(&backups["cp_s"])?, seconds(&backups["cp_durable_s"])?)
    });
    row("  ratio (goal: at least 0.8)", {
        let (cp, durable) = (&backups["cp_s"], &backups["cp_durable_s"]);
        format!("{} / {}", ratio(cp, &backups["plain_s"])?, ratio(durable, &backups["plain_s"])?)
    });
    row("backup, compressed", seconds(&backups["zstd_s"])?);
    row("`tar | zstd -1` of the same files / and made durable", {
        format!("{} / {}", seconds(&backups["tar_zstd_s"])?, seconds(&backups["tar_zstd_durable_s"])?)
    });
    row("  ratio (goal: at least 1) / of sizes (goal: at most 1)", {
        let (tar, durable) = (&backups["tar_zstd_s"], &backups["tar_zstd_durable_s"]);
        let sizes = ratio(&backups["zstd_bytes"], &backups["tar_zstd_bytes"])?;
        format!("{} / {} / {sizes}", ratio(tar, &backups["zstd_s"])?, ratio(durable, &backups["zstd_s"])?)
    });
    for one in found["verification"].as_array().context("no verification measured")? {
        let what =
            format!("`verify` of {}, {} bytes: L2 / L3", one["of"].as_str().unwrap_or("?"), one["bytes"]);
        row(&what, format!("{} / {}", seconds(&one["l2_s"])?, seconds(&one["l3_s"])?));
        row("`zstd -t` of the same", seconds(&one["zstd_t_s"])?);
        let (l2, l3) = (ratio(&one["zstd_t_s"], &one["l2_s"])?, ratio(&one["zstd_t_s"], &one["l3_s"])?);
        row("  ratio (goal: at least 0.8, above 1 for several)", format!("{l2} / {l3}"));
    }
    let proof = &found["proof"];
    row(&format!("`verify` to L3 of a backup of {} bytes", proof["bytes"]), seconds(&proof["native_s"])?);
    row("the page, from the press of the button to its word", seconds(&proof["page_s"])?);
    row("  ratio (goal: at least 0.5)", ratio(&proof["native_s"], &proof["page_s"])?);
    for one in found["memory"].as_array().context("no memory measured")? {
        let what = format!("memory, store of {} bytes: backup, zstd, verify, restore", one["store_bytes"]);
        let kib = ["plain_kib", "zstd_kib", "verify_kib", "restore_kib"].map(|what| one[what].to_string());
        row(&what, format!("{} KiB", kib.join(", ")));
    }
    let writers = &found["writers"];
    row("commits a second of four writers, alone / under backups", {
        format!("{:.0} / {:.0}", number(&writers["alone"])?, number(&writers["during"])?)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_store_is_told_in_ratios() {
        let found = json!({
            "backups": {
                "bytes": 400, "plain_s": 0.5, "cp_s": 0.4, "cp_durable_s": 0.6, "zstd_s": 2.0, "tar_zstd_s": 2.0,
                "tar_zstd_durable_s": 2.2, "zstd_bytes": 104, "tar_zstd_bytes": 100,
            },
            "verification": [{ "of": "a backup", "bytes": 104, "l2_s": 1.0, "l3_s": 1.25, "zstd_t_s": 0.8 }],
            "proof": { "bytes": 104, "native_s": 1.2, "page_s": 2.0 },
            "memory": [{ "store_bytes": 100, "plain_kib": 9, "zstd_kib": 15, "verify_kib": 9, "restore_kib": 10 }],
            "writers": { "alone": 400.0, "during": 380.0, "backups": 9 },
        });
        let mut rows = Vec::new();
        live(&found, &mut |what, value| rows.push(format!("{what}: {value}"))).expect("all is there");
        let told = rows.join("\n");
        for expected in [
            "0.8): 0.80 / 1.20",
            "at most 1): 1.00 / 1.10 / 1.04",
            "for several): 0.80 / 0.64",
            "0.5): 0.60",
            "400 / 380",
        ] {
            assert!(told.contains(expected), "{expected} in {told}");
        }
        assert!(live(&json!({ "backups": {} }), &mut |_, _| {}).is_err());
    }

    #[test]
    fn a_measurement_that_is_missing_is_no_zero() {
        assert!(table(&json!({ "listings": [{ "of": "fulls", "inspect_ms": 1.0 }] })).is_err());
    }
}
