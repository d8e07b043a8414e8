//! `read`: a book becomes an audiobook, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crate::support::epub::epub;
use crate::support::{Outcome, Sandbox, samples};
use pocket_tts_test_support::ChildGuard;

/// Titles and texts of chapters.
pub(crate) const CHAPTERS: [(&str, &str); 4] = [
    ("Morning", "<p>The sun rose slowly. “Good morning,” she said.</p><p>He was still asleep.</p>"),
    (
        "Noon",
        "<p>They ate bread and cheese<a epub:type='noteref' href='#n'>1</a>.</p><aside epub:type='footnote' id='n'>Old.</aside>",
    ),
    ("Evening", "<p>It rained for 2 hours.</p><table><tr><td>1</td><td>2</td></tr></table>"),
    ("Night", "<p>And so to bed.</p>"),
];

pub(crate) fn book(chapters: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("book.epub"), epub("The Day", chapters)).unwrap();
    sandbox
}

/// The names of the descriptions of spoken passages, which are written last, and when each was stored.
pub(crate) fn parts(folder: &Path) -> BTreeMap<String, SystemTime> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
    let complete = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "json"));
    let named = |entry: DirEntry| {
        (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().modified().unwrap())
    };
    complete.map(named).collect()
}

#[test]
fn a_book_becomes_an_audiobook_with_chapters() {
    let sandbox = book(&CHAPTERS);
    let outcome = sandbox.run(&["read", "book.epub", "--captions", "book.srt"]).succeeded();
    assert!(outcome.stdout.is_empty());
    for told in [
        "The Day by A. Writer: 4 chapters, model tiny, voice heart",
        "left out: 1 footnote, 1 table",
        "written to book.m4b",
        "the spoken passages stay in book.parts (",
    ] {
        assert!(outcome.stderr.contains(told), "{told}: {}", outcome.stderr);
    }
    assert_eq!(sandbox.files(), ["book.epub", "book.m4b", "book.parts", "book.srt"]);
    let found = sandbox.read("book.m4b");
    assert_eq!(&found[4..8], b"ftyp");
    for (title, _) in CHAPTERS {
        assert!(found.windows(title.len()).any(|part| part == title.as_bytes()), "{title}");
    }
    let captions = String::from_utf8(sandbox.read("book.srt")).unwrap().replace('\n', " ");
    for line in ["Morning", "“Good morning,” she said.", "It rained for 2 hours.", "Table."] {
        assert!(captions.contains(line), "{line}: {captions}");
    }
    assert!(!captions.contains("Old"), "{captions}");
    // Another format speaks nothing again, and leaves nothing if that is wanted.
    let outcome = sandbox.run(&["read", "book.epub", "-o", "book.mp3", "--remove-parts"]).succeeded();
    assert!(outcome.stderr.contains("(nothing new to speak), written to book.mp3"), "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["book.epub", "book.m4b", "book.mp3", "book.srt"]);
    sandbox
        .run(&["read", "book.epub", "-o", "chapters/", "--format", "flac", "--chapters", "2,4", "-q"])
        .succeeded();
    let mut files: Vec<String> = std::fs::read_dir(sandbox.path("chapters"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["02 - Noon.flac", "04 - Night.flac"]);
    // Some chapters don't replace the whole book, and share its passages.
    let before = sandbox.read("book.m4b");
    let outcome = sandbox.run(&["read", "book.epub", "--chapters", "2, 4"]).succeeded();
    assert!(
        outcome.stderr.contains("(nothing new to speak), written to book chapters 2,4.m4b"),
        "{}",
        outcome.stderr
    );
    assert!(sandbox.read("book.m4b") == before);
    assert_eq!(
        sandbox.files(),
        ["book chapters 2,4.m4b", "book.epub", "book.m4b", "book.mp3", "book.parts", "book.srt", "chapters"]
    );
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let whole = book(&CHAPTERS);
    whole.run(&["read", "book.epub", "--voices", "quotes=heart", "--temperature", "0.7"]).succeeded();
    let expected = (whole.read("book.m4b"), parts(&whole.path("book.parts")).into_keys().collect::<Vec<_>>());

    let sandbox = book(&CHAPTERS);
    let arguments = ["read", "book.epub", "--voices", "quotes=heart", "--temperature", "0.7"];
    for wanted in [1, 3] {
        let mut child = ChildGuard::spawn(&mut sandbox.command(&arguments));
        let started = Instant::now();
        while parts(&sandbox.path("book.parts")).len() < wanted {
            assert!(started.elapsed() < Duration::from_mins(2), "nothing is spoken");
            std::thread::sleep(Duration::from_millis(2));
        }
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let before = parts(&sandbox.path("book.parts"));
    let outcome = sandbox.run(&arguments).succeeded();
    assert!(outcome.stderr.contains("passages have been spoken before"), "{}", outcome.stderr);
    let after = parts(&sandbox.path("book.parts"));
    assert_eq!(after.keys().cloned().collect::<Vec<_>>(), expected.1);
    assert!(before.iter().all(|(name, stored)| after[name] == *stored), "a passage was spoken again");
    assert!(sandbox.read("book.m4b") == expected.0, "the audiobook differs from an uninterrupted one");
    assert_eq!(sandbox.files(), ["book.epub", "book.m4b", "book.parts"]);
}

#[test]
fn a_longer_edition_speaks_only_what_is_new() {
    let sandbox = book(&CHAPTERS[..2]);
    sandbox.run(&["read", "book.epub"]).succeeded();
    let before = parts(&sandbox.path("book.parts"));
    let longer = [&CHAPTERS[..1], &CHAPTERS[2..3], &CHAPTERS[1..2], &CHAPTERS[3..]].concat();
    std::fs::write(sandbox.path("book.epub"), epub("The Day, longer", &longer)).unwrap();
    sandbox.run(&["read", "book.epub"]).succeeded();
    let after = parts(&sandbox.path("book.parts"));
    assert!(before.iter().all(|(name, stored)| after[name] == *stored) && after.len() > before.len());
    let whole = book(&longer);
    std::fs::write(whole.path("book.epub"), epub("The Day, longer", &longer)).unwrap();
    whole.run(&["read", "book.epub"]).succeeded();
    assert!(sandbox.read("book.m4b") == whole.read("book.m4b"));
    // A damaged passage is spoken again.
    let name = after.keys().next().unwrap();
    std::fs::write(sandbox.path("book.parts").join(name).with_extension("flac"), "damaged").unwrap();
    let outcome = sandbox.run(&["read", "book.epub"]).succeeded();
    assert!(outcome.stderr.contains("(1 passage spoken in "), "{}", outcome.stderr);
    assert!(sandbox.read("book.m4b") == whole.read("book.m4b"));
    // Other options have other passages.
    let outcome = sandbox.run(&["read", "book.epub", "--chapters", "1", "--seed", "3"]).succeeded();
    assert!(!outcome.stderr.contains("spoken before"), "{}", outcome.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_says_how_to_go_on_and_two_runs_exclude_each_other() {
    let sandbox = book(&CHAPTERS);
    let mut command = sandbox.signalled_command(&["read", "book.epub"]);
    let child = ChildGuard::spawn(command.stderr(std::process::Stdio::piped()));
    let started = Instant::now();
    while parts(&sandbox.path("book.parts")).is_empty() {
        assert!(started.elapsed() < Duration::from_mins(2), "nothing is spoken");
        std::thread::sleep(Duration::from_millis(2));
    }
    let message =
        ["another run is using book.parts", "wait for its end, or give an output in another folder"];
    sandbox.run(&["read", "book.epub"]).failed(2, &message);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    let message = ["error: interrupted after ", " passages\nhelp: run the same command again to go on there"];
    outcome
        .code
        .filter(|code| *code == 130)
        .unwrap_or_else(|| panic!("{:?} {}", outcome.code, outcome.stderr));
    assert!(message.iter().all(|part| outcome.stderr.contains(part)), "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["book.epub", "book.parts"]);
}

#[test]
fn a_book_has_the_loudness_that_is_asked_for() {
    let sandbox = book(&CHAPTERS);
    let arguments = ["read", "book.epub", "-o", "chapters/", "--format", "wav", "--loudness", "-23"];
    sandbox.run(&arguments).succeeded();
    let mut meter = pocket_tts_audio::LoudnessMeter::new(24_000).unwrap();
    for entry in std::fs::read_dir(sandbox.path("chapters")).unwrap() {
        let wav = std::fs::read(entry.unwrap().path()).unwrap();
        let samples: Vec<f32> =
            samples(&wav, wav.len() - 44).iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        meter.push(&samples);
    }
    let found = meter.loudness_lufs().unwrap();
    assert!((found + 23.0).abs() < 0.5, "{found} LUFS");
}

#[test]
fn the_preview_lists_chapters_and_speaks_nothing() {
    let sandbox = book(&CHAPTERS);
    let outcome = sandbox.run(&["read", "book.epub", "--preview", "--chapters", "2-3"]).succeeded();
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.starts_with("The Day by A. Writer\n\n   2  Noon "), "{text}");
    assert!(text.contains(" 3  Evening ") && !text.contains("Night"), "{text}");
    assert!(text.ends_with("Left out in the whole book: 1 footnote, 1 table.\n"), "{text}");
    let outcome = sandbox.run(&["read", "book.epub", "--preview", "--json"]).succeeded();
    let json: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(json["chapters"][3]["title"], "Night");
    assert_eq!(
        (json["chapters"][3]["words"].as_u64(), json["left_out"]["tables"].as_u64()),
        (Some(5), Some(1))
    );
    assert_eq!(sandbox.files(), ["book.epub"]);
}

#[test]
fn other_kinds_of_books_are_read() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", "# One\n\nHello there.\n\n# Two\n\nGood night.\n");
    sandbox.write("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello there.\n");
    for name in ["a.md", "a.srt"] {
        sandbox.run(&["read", name, "-o", "a.opus", "--captions", "a.vtt"]).succeeded();
        assert!(sandbox.read("a.opus").starts_with(b"OggS"));
        let captions = String::from_utf8(sandbox.read("a.vtt")).unwrap();
        assert!(captions.starts_with("WEBVTT\n\n00:00:00."), "{captions}");
        assert!(captions.contains("\nHello there.\n"), "{captions}");
    }
}

#[test]
fn wrong_requests_are_refused_before_the_work() {
    let sandbox = book(&CHAPTERS);
    sandbox.write("a.txt", "Hello.");
    sandbox.write("a.xyz", "Hello.");
    sandbox.write("c.srt", "Hello.");
    std::fs::write(sandbox.path("b.txt"), b"caf\xe9").unwrap();
    for (arguments, parts) in [
        (&["missing.epub"][..], &["cannot read the text in missing.epub"][..]),
        (&["a.xyz"], &[".xyz is not a kind of book that can be read", "use .epub, .md"]),
        (&["c.srt"], &["the file of subtitles holds no text to speak", "; it must have lines such as"]),
        (&["b.txt"], &["the book is not UTF-8 (byte 3 is the first invalid one)", "iconv"]),
        (&["book.epub", "--chapters", "3-9"], &["there is no chapter 9", "of the book's 4 chapters"]),
        (&["book.epub", "-o", "a.wav"], &["its ending is not one of an audiobook", "use .m4b"]),
        (&["book.epub", "-o", "book.epub"], &["its ending is not one of an audiobook"]),
        (&["a.txt", "-o", "a.txt", "--format", "mp3"], &["the output a.txt is the book itself"]),
        (&["book.epub", "-o", "gone/a.m4b"], &["the folder gone does not exist"]),
        (&["book.epub", "--voices", "hero=heart"], &["`hero` is not a role", "narrator=alba,quotes=jean"]),
        (&["book.epub", "--format", "flac"], &["an audiobook in one file cannot be `flac`"]),
        (&["book.epub", "--captions", "a.doc"], &["name a file that ends with one of .srt, .vtt, .json"]),
        (&["book.epub", "-o", "x/", "--captions", "a.srt"], &["captions belong to a single file"]),
        (&["book.epub", "--cover", "a.txt"], &["the cover a.txt cannot be used"]),
    ] {
        let code =
            if arguments.contains(&"missing.epub") || arguments.contains(&"gone/a.m4b") { 4 } else { 2 };
        sandbox.run(&[&["read"], arguments].concat()).failed(code, parts);
    }
    let voices = ["read", "book.epub", "--voices", "quotes=nobody"];
    sandbox.run(&voices).failed(2, &["`nobody`"]);
    assert_eq!(sandbox.files(), ["a.txt", "a.xyz", "b.txt", "book.epub", "c.srt"]);
}

#[test]
fn a_page_that_the_file_lacks_is_told() {
    let sandbox = Sandbox::new();
    let whole = epub("The Day", &CHAPTERS);
    // The name of the page in the archive and in its directory.
    let lacking = b"2.xhtml";
    let mut bytes = whole.clone();
    for at in 0..whole.len() - lacking.len() {
        let is_name = whole[at..].starts_with(lacking);
        let is_entry =
            |header: &[u8], length: usize| at >= length && whole[at - length..].starts_with(header);
        if is_name && (is_entry(b"PK\x03\x04", 30) || is_entry(b"PK\x01\x02", 46)) {
            bytes[at] = b'x';
        }
    }
    std::fs::write(sandbox.path("book.epub"), bytes).unwrap();
    let outcome = sandbox.run(&["read", "book.epub", "--preview"]).succeeded();
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(text.ends_with("Left out: 1 table, 1 page that the file lacks (2.xhtml).\n"), "{text}");
    let warning = "warning: the book is incomplete: 1 page that the file lacks (2.xhtml); the rest is read";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
}
