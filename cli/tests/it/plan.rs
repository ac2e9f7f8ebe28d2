//! `plan`: the files for a point, and the commands.

use crate::harness::{run, say};

#[test]
fn the_newest_point_of_each_kind_of_history() {
    for folder in [
        "latest-as-parent",
        "prefer-diff-as-parent",
        "overlap-after-full",
        "manual-example",
        "new-containers",
    ] {
        insta::assert_snapshot!(format!("newest__{folder}"), run(["plan", &format!("scenarios/{folder}")]));
    }
}

#[test]
fn a_transaction_inside_a_differential_stops_before_the_next() {
    insta::assert_snapshot!(say("plan --at 15 scenarios/gap"));
    assert_eq!(run(["plan", "--at", "tx 15", "scenarios/gap"]), say("plan --at 15 scenarios/gap"));
}

#[test]
fn a_time_with_an_offset_is_the_same_moment() {
    let utc = run(["plan", "--at", "2025-05-01 11:00:00", "scenarios/gap"]);
    insta::assert_snapshot!(utc);
    assert_eq!(run(["plan", "--at", "2025-05-01T13:00:00+02:00", "scenarios/gap"]), utc);
    assert_eq!(run(["plan", "--at", "before 2025-05-01 11:00:00", "scenarios/gap"]), utc);
}

#[test]
fn a_point_out_of_reach_offers_the_nearest() {
    insta::assert_snapshot!(say("plan --at 35 scenarios/gap"));
    insta::assert_snapshot!(say("plan --at 5 scenarios/gap"));
    insta::assert_snapshot!(run(["plan", "--at", "2025-05-01 13:00:00", "scenarios/gap"]));
}

#[test]
fn powershell_has_its_own_quotes() {
    let ran = run(["plan", "--at", "2025-05-01 11:00:00", "--shell", "PowerShell", "scenarios/gap"]);
    assert!(ran.stdout.contains("'--restore-until=2025-05-01 11:00:00'"), "{ran}");
}

#[test]
fn one_of_several_databases_is_chosen_by_name_or_id() {
    let by_name = say("plan --database malmo scenarios/manual-example");
    assert_eq!(by_name, say("plan --database 62d1820c scenarios/manual-example"));
    insta::assert_snapshot!(by_name);
    insta::assert_snapshot!(say("plan --at 3 scenarios/manual-example"));
}

#[test]
fn json_says_the_same() {
    insta::assert_snapshot!(say("plan --format json --at 15 scenarios/gap"));
    insta::assert_snapshot!(say("plan --format json --at 35 scenarios/gap"));
}
