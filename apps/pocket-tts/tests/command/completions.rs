//! Completions and manual pages.

use std::process::Command;

use crate::support::{Sandbox, text};

/// What bash offers after the words of `line`, the last of which may be empty.
fn completed(script: &str, words: &[&str]) -> Vec<String> {
    let list: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let last = words.len() - 1;
    let program = format!(
        "source '{script}'\nCOMP_WORDS=({})\nCOMP_CWORD={last}\nCOMP_LINE='{}'\nCOMP_POINT=${{#COMP_LINE}}\n\
         function=$(complete -p pocket-tts | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
         \"$function\" pocket-tts '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        list.join(" "),
        words.join(" "),
        words[last],
        words[last - 1],
    );
    let output = Command::new("bash").args(["--norc", "-c", &program]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_subcommands_options_and_values() {
    let sandbox = Sandbox::new();
    let script = sandbox.run(&["completions", "bash"]).succeeded();
    assert_eq!(script.stderr, "");
    let path = sandbox.write("pocket-tts.bash", &String::from_utf8(script.stdout).unwrap());
    let completed = |words: &[&str]| completed(text(&path), words);
    assert_eq!(completed(&["pocket-tts", "gen"]), ["generate"]);
    assert_eq!(completed(&["pocket-tts", "cache", "pr"]), ["prune"]);
    assert_eq!(completed(&["pocket-tts", "batch", "--fail"]), ["--fail-fast"]);
    let formats = completed(&["pocket-tts", "generate", "--format", ""]);
    assert!(["wav", "flac"].iter().all(|format| formats.iter().any(|found| found == format)), "{formats:?}");
    let shells = completed(&["pocket-tts", "completions", ""]);
    assert!(shells.iter().any(|shell| shell == "zsh"), "{shells:?}");
}

#[test]
fn each_shell_has_a_script_and_others_are_refused() {
    let sandbox = Sandbox::new();
    for (shell, beginning) in [
        ("bash", "_pocket__tts() {"),
        ("zsh", "#compdef pocket-tts"),
        ("fish", "# Print an optspec"),
        ("elvish", "\nuse builtin;"),
        ("powershell", "\nusing namespace System.Management.Automation"),
    ] {
        let outcome = sandbox.run(&["completions", shell]).succeeded();
        let script = String::from_utf8(outcome.stdout).unwrap();
        assert!(script.starts_with(beginning), "{shell}: {}", &script[..200]);
        assert!(script.contains("doctor") && script.contains("fail-fast"), "{shell}");
    }
    sandbox.run(&["completions", "tcsh"]).failed(2, &["invalid value 'tcsh'", "bash, elvish, fish"]);
}

#[test]
fn the_manual_has_a_page_for_each_subcommand() {
    let sandbox = Sandbox::new();
    let page = String::from_utf8(sandbox.run(&["man"]).succeeded().stdout).unwrap();
    assert!(page.contains(".TH pocket-tts 1 \"\" \"pocket-tts ") && page.contains("Exit codes"), "{page}");
    let outcome = sandbox.run(&["man", "--out", "share/man1"]).succeeded();
    assert!(outcome.stdout.is_empty() && outcome.stderr.is_empty());
    let pages = std::fs::read_dir(sandbox.path("share/man1")).unwrap();
    let mut names: Vec<String> = pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in ["pocket-tts.1", "pocket-tts-generate.1", "pocket-tts-batch.1", "pocket-tts-cache-prune.1"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    assert!(names.iter().all(|name| !name.contains("help")), "{names:?}");
    let generate = String::from_utf8(sandbox.read("share/man1/pocket-tts-generate.1")).unwrap();
    assert!(generate.contains("\\-\\-keep\\-partial") && generate.contains("POCKET_TTS_VOICE"), "{generate}");
    sandbox.write("file", "");
    sandbox.run(&["man", "--out", "file"]).failed(4, &["cannot create the folder file"]);
}
