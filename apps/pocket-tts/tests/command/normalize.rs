//! The output of `normalize`.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use pocket_tts_test_support::ChildGuard;
use serde_json::Value;

use crate::support::Sandbox;

/// What comes out of standard output for this standard input.
#[track_caller]
fn lines(input: &str, more: &[&str]) -> String {
    let outcome = Sandbox::new().run_on(input.as_bytes(), &[&["normalize"], more].concat()).succeeded();
    assert_eq!(outcome.stderr, "", "{input:?}");
    String::from_utf8(outcome.stdout).unwrap()
}

#[test]
fn a_text_is_put_into_words() {
    let sandbox = Sandbox::new();
    let expected = "It costs five dollars.\n";
    for arguments in [
        &["normalize", "It costs $5."][..],
        &["normalize", "It", "costs", "$5."],
        &["normalize", "--text", "It costs $5."],
        &["normalize", "-t", "It costs $5.", "--language", "en"],
    ] {
        let outcome = sandbox.run(arguments).succeeded();
        assert_eq!(
            (String::from_utf8(outcome.stdout).unwrap().as_str(), outcome.stderr.as_str()),
            (expected, "")
        );
    }
    for arguments in [&[][..], &["--text", "-"], &["-"]] {
        assert_eq!(lines("It costs $5.\n", arguments), expected);
    }
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn each_line_becomes_one_line() {
    for (input, output) in [
        ("", ""),
        ("\n", "\n"),
        ("It's 5.", "It's five.\n"),
        ("It's 5.\n", "It's five.\n"),
        ("It's 5.\n\n \nIt's 6.\n", "It's five.\n\n \nIt's six.\n"),
        ("It's 5.\r\n\r\nIt's 6.\r\n", "It's five.\n\nIt's six.\n"),
        ("It's 5.\n\n", "It's five.\n\n"),
        ("\u{1f600} Nothing to do.", "\u{1f600} Nothing to do.\n"),
        ("\u{feff}It's 5.\n", "It's five.\n"),
    ] {
        assert_eq!(lines(input, &[]), output, "{input:?}");
    }
    let many = "Room 12, $5.\n".repeat(3_000);
    assert_eq!(lines(&many, &[]), "Room twelve, five dollars.\n".repeat(3_000));
    let texts = Sandbox::new().run(&["normalize", "--text", "It's 5.\n\nIt's 6."]).succeeded();
    assert_eq!(texts.stdout, b"It's five.\n\nIt's six.\n");
}

#[test]
fn a_line_is_answered_before_the_next_is_written() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["normalize"]);
    let mut child = ChildGuard::spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let mut writer = child.stdin.take().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    for (line, said) in [("It's 5.\n", "It's five.\n"), ("\n", "\n"), ("It's 6.\n", "It's six.\n")] {
        writer.write_all(line.as_bytes()).unwrap();
        let mut heard = String::new();
        reader.read_line(&mut heard).unwrap();
        assert_eq!(heard, said);
    }
    drop(writer);
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn languages_and_rules_are_chosen() {
    for (language, said) in
        [("french", "douze\n"), ("de", "zwölf\n"), ("pt-PT", "doze\n"), ("french_24l", "douze\n")]
    {
        assert_eq!(lines("12\n", &["--language", language]), said, "{language}");
    }
    let text = "Dr. Hill paid $5 for 12 m.\n";
    assert_eq!(lines(text, &[]), "Doctor Hill paid five dollars for twelve meters.\n");
    assert_eq!(
        lines(text, &["--without", "abbreviation"]),
        "Dr. Hill paid five dollars for twelve meters.\n"
    );
    let without = [
        "--without",
        "abbreviation",
        "--without=measure",
        "--without=money",
        "--without=number",
        "--without=symbol",
    ];
    assert_eq!(lines(text, &without), text);
}

#[test]
fn json_tells_the_rules_and_the_places() {
    let text = "\u{1f600} é: $5, \u{1f600} Dr. Hill's 3rd.";
    let printed = lines(&format!("{text}\n\nFine.\n"), &["--json"]);
    let objects: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 3);
    assert_eq!(objects[1], serde_json::json!({ "text": "", "changes": [] }));
    assert_eq!(objects[2], serde_json::json!({ "text": "Fine.", "changes": [] }));
    let said = objects[0]["text"].as_str().unwrap();
    let rules: Vec<&str> =
        changes(&objects[0]).iter().map(|change| change["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["money", "abbreviation", "ordinal"]);
    for change in changes(&objects[0]) {
        for (place, whole, part) in [("source", text, "written"), ("output", said, "said")] {
            let end = |key: &str, end: &str| change[key][end].as_u64().unwrap() as usize;
            let part = change[part].as_str().unwrap();
            assert_eq!(&whole[end(place, "start")..end(place, "end")], part);
            let units: Vec<u16> = whole.encode_utf16().collect();
            let utf16 = format!("{place}_utf16");
            assert_eq!(String::from_utf16(&units[end(&utf16, "start")..end(&utf16, "end")]).unwrap(), part);
        }
    }
    let first = &changes(&objects[0])[0];
    assert_eq!((&first["written"], &first["said"]), (&Value::from("$5"), &Value::from("five dollars")));
    // An emoji has four bytes and two units.
    assert_eq!(first["source"], serde_json::json!({ "start": 9, "end": 11 }));
    assert_eq!(first["source_utf16"], serde_json::json!({ "start": 6, "end": 8 }));
    let given = Sandbox::new().run(&["normalize", "--json", "It's 5."]).succeeded();
    assert!(serde_json::from_slice::<Value>(&given.stdout).unwrap()["changes"].is_array());
}

fn changes(object: &Value) -> &Vec<Value> {
    object["changes"].as_array().unwrap()
}

#[test]
fn what_cannot_be_normalized_is_refused() {
    let sandbox = Sandbox::new();
    let language = ["the language `klingon` cannot be normalized", "use one of english, french"];
    sandbox.run(&["normalize", "12", "--language", "klingon"]).failed(2, &language);
    sandbox
        .run(&["normalize", "12", "--without", "spelling"])
        .failed(2, &["'spelling'", "--without", "money"]);
    sandbox.run(&["normalize", "12", "-t", "13"]).failed(2, &["cannot be used with '--text <TEXT>'"]);
    sandbox.run_on(b"caf\xe9\n", &["normalize"]).failed(2, &["line 1 is not UTF-8", "iconv -t UTF-8"]);
    let outcome = sandbox.run_on(b"It's 5.\n\nA caf\xe9.\n", &["normalize"]);
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (Some(2), b"It's five.\n\n".as_slice()));
    assert!(outcome.stderr.starts_with("error: line 3 is not UTF-8\nhelp: "), "{}", outcome.stderr);
    let long = vec![b'a'; (16 << 20) + 1];
    sandbox.run_on(&long, &["normalize"]).failed(2, &["line 1 is longer than 16777216 bytes", "break it"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_pipe_ends_it_silently() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["normalize"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = ChildGuard::spawn(command);
    let mut writer = child.stdin.take().unwrap();
    writer.write_all(b"It's 5.\n").unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    // The next line finds nobody; the one after it may find that the program has ended.
    writer.write_all(b"It's 6.\n").unwrap();
    drop(writer);
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success());
}
