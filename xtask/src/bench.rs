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
        cargo("run --release --package graphkeep-tests --features browser --bin measure -- all");
    measure
        .arg(&result)
        .env("GRAPHKEEP", shell::target().join("release/graphkeep"))
        .env("GRAPHKEEP_SITE", &site);
    tools::browser()?.tell(&mut measure);
    match neo4j::ready() {
        Ok(releases) => {
            let home = releases.join(NEO4J);
            measure.env("NEO4J_JARS", home.join("lib")).env("NEO4J_JAVA", home.join("java"));
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
    Ok(rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_that_is_missing_is_no_zero() {
        assert!(table(&json!({ "listings": [{ "of": "fulls", "inspect_ms": 1.0 }] })).is_err());
    }
}
