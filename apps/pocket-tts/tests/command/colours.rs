//! Colours: on terminals, and where they are asked for.

use crate::support::Sandbox;

const RED_ERROR: &str = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m ";

/// What a wrong command prints on standard error.
fn error(variables: &[(&str, &str)]) -> String {
    let outcome = Sandbox::new().run_with(variables, &["generate", "--voice", "nobody"]);
    assert_eq!(outcome.code, Some(2));
    outcome.stderr
}

#[test]
fn pipes_have_colours_only_if_they_are_forced() {
    assert!(!error(&[]).contains('\u{1b}'));
    assert!(!error(&[("TERM", "xterm-256color"), ("CLICOLOR", "1")]).contains('\u{1b}'));
    let forced = error(&[("CLICOLOR_FORCE", "1")]);
    assert!(forced.starts_with(RED_ERROR) && forced.contains("\u{1b}[36mhelp:"), "{forced:?}");
    assert!(!error(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn results_and_help_have_colours_likewise() {
    let sandbox = Sandbox::new();
    let forced = [("CLICOLOR_FORCE", "1")];
    let doctor = sandbox.run_with(&forced, &["doctor", "--offline"]).succeeded();
    assert!(String::from_utf8(doctor.stdout).unwrap().starts_with("\u{1b}[1m\u{1b}[32mok "));
    let json = sandbox.run_with(&forced, &["doctor", "--offline", "--json"]).succeeded();
    assert!(!json.stdout.contains(&0x1b));
    let help = |variables: &[(&str, &str)]| sandbox.run_with(variables, &["--help"]).succeeded().stdout;
    assert!(help(&forced).contains(&0x1b) && !help(&[]).contains(&0x1b));
    assert!(!help(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains(&0x1b));
}

/// What the command prints on a terminal, which `script` provides.
#[cfg(target_os = "linux")]
fn on_a_terminal(variables: &[(&str, &str)]) -> String {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_pocket-tts");
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &format!("'{program}' generate --voice nobody"), "/dev/null"]);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", sandbox.path(""));
    command.envs(variables.iter().copied()).current_dir(sandbox.path("")).stdin(std::process::Stdio::null());
    let output = command.output().unwrap_or_else(|error| {
        panic!("script can't be started ({error}); install it: apt-get install bsdutils")
    });
    String::from_utf8(output.stdout).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn terminals_have_colours_unless_they_are_unwanted() {
    let colours = on_a_terminal(&[("TERM", "xterm-256color")]);
    assert!(colours.contains(RED_ERROR), "{colours:?}");
    for unwanted in [("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        let plain = on_a_terminal(&[("TERM", "xterm-256color"), unwanted]);
        assert!(plain.contains("error: there is no voice") && !plain.contains("[31m"), "{plain:?}");
    }
    assert!(!on_a_terminal(&[("TERM", "dumb")]).contains("[31m"));
}
