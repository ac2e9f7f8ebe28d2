//! The same on a terminal: a real one, of a stated size.

use std::io::Read;
use std::process::Stdio;

use crate::harness::fixtures;

/// Runs a line on a terminal of that many columns and gives all that appears on it.
fn on_terminal(columns: u16, environment: &[(&str, &str)], line: &str) -> String {
    let (mut terminal, end) = pty_process::blocking::open().expect("there is a terminal");
    terminal.resize(pty_process::Size::new(50, columns)).expect("it can be resized");
    let mut command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_graphkeep"))
        .current_dir(fixtures())
        .args(line.split_whitespace())
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null());
    for (name, value) in environment {
        command = command.env(name, value);
    }
    let mut child = command.spawn(end).expect("the binary runs");
    let mut shown = Vec::new();
    // A terminal whose last user is gone answers with an error, after all there was to read.
    let _ = terminal.read_to_end(&mut shown);
    child.wait().expect("it ends");
    String::from_utf8(shown).expect("it prints UTF-8").replace("\r\n", "\n")
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Ages depend on the day.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b\d+ y( \d+ d)?\b", "[age]");
    settings
}

#[test]
fn a_person_sees_colours_signs_and_ages() {
    let shown = on_terminal(80, &[], "inspect scenarios/gap");
    assert!(shown.contains("\x1b[1m\x1b[31m✗\x1b[0m"), "{shown}");
    settings().bind(|| insta::assert_snapshot!(plain(&shown)));
    let wide = on_terminal(140, &[], "inspect scenarios/manual-example");
    settings().bind(|| insta::assert_snapshot!(plain(&wide)));
}

#[test]
fn no_color_and_a_plain_locale_are_respected() {
    let shown = on_terminal(80, &[("NO_COLOR", "1")], "inspect scenarios/gap");
    assert!(!shown.contains('\x1b') && shown.contains('✗'), "{shown}");
    let shown = on_terminal(80, &[("NO_COLOR", "1")], "--color always inspect scenarios/gap");
    assert!(shown.contains('\x1b'), "{shown}");
    let shown = on_terminal(80, &[("LANG", "C"), ("TERM", "dumb")], "inspect scenarios/gap");
    assert!(shown.is_ascii() && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn width_overrides_the_terminals() {
    let shown = on_terminal(200, &[], "inspect --width 60 scenarios/gap");
    let too_wide = plain(&shown)
        .lines()
        .find(|line| line.chars().count() > 60 && line.contains("missing"))
        .map(str::to_owned);
    assert_eq!(too_wide, None);
}

#[test]
fn a_script_on_a_terminal_is_harmless() {
    use graphkeep_core::metadata::{Entry, SCRIPT};
    use graphkeep_tests::artifact::{Backup, Origin};

    let mut backup = Backup::full(&Origin::new("orders", 1), crate::harness::hour(2), 10);
    backup.metadata.map =
        Some(vec![Entry { key: SCRIPT.into(), value: b"CREATE USER a;\x1b[2J\n".to_vec() }]);
    let folder = crate::harness::folder_of(&[backup]);
    let file = folder.path().join("orders-2026-09-12T02-00-00.backup");
    let shown = on_terminal(80, &[], &format!("show --script {}", file.display()));
    assert_eq!(shown, "CREATE USER a;\\u{1b}[2J\n");
    let piped = crate::harness::run(["show".as_ref(), "--script".as_ref(), file.as_os_str()]);
    assert_eq!(piped.stdout, "CREATE USER a;\x1b[2J\n");
}
