//! What the tool says about itself.

use crate::harness::{run, say};

#[test]
fn every_command_explains_itself() {
    for line in [
        "",
        "inspect",
        "show",
        "plan",
        "backup",
        "backup inspect",
        "backup validate",
        "database",
        "database backup",
        "completions",
        "man",
    ] {
        let name = if line.is_empty() { "graphkeep".to_owned() } else { line.replace(' ', "_") };
        let ran = run(line.split_whitespace().chain(["--help"]));
        assert_eq!(ran.code, Some(0), "{line}");
        insta::assert_snapshot!(format!("help__{name}"), ran.stdout);
    }
}

#[test]
fn every_shell_gets_completions() {
    for (shell, sign) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef graphkeep"),
        ("fish", "complete -c graphkeep"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let ran = run(["completions", shell]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        assert!(ran.stdout.contains(sign) && ran.stdout.contains("latest-chain"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let page = say("man");
    assert!(page.stdout.contains(".TH graphkeep 1") && page.stdout.contains("Exit codes"), "{page}");
    let page = say("man backup inspect");
    assert!(page.stdout.contains("latest") && page.stdout.contains("graphkeep"), "{page}");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let ran = run(["man".as_ref(), "--folder".as_ref(), folder.path().as_os_str()]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for name in ["graphkeep", "graphkeep-inspect", "graphkeep-backup-inspect", "graphkeep-database-backup"] {
        assert!(folder.path().join(format!("{name}.1")).is_file(), "{name}");
    }
}
