//! The rules on invented files. What a rule forbids is put together here, never written out.

use std::fs;

use super::*;

#[test]
fn a_file_may_have_as_many_lines_as_allowed_and_no_more() {
    assert_eq!(check("a.rs", &"\n".repeat(MAXIMUM_LINES)), [""; 0]);
    let findings = check("a.rs", &"\n".repeat(MAXIMUM_LINES + 1));
    assert_eq!(findings, ["a.rs: 501 lines, 500 allowed: split it by what it holds"]);
    assert_eq!(check("a.md", &"\n".repeat(MAXIMUM_LINES + 1)), [""; 0]);
}

#[test]
fn each_leftover_is_found_with_its_line() {
    for leftover in LEFTOVERS {
        let findings = check("src/a.rs", &format!("fn f() {{\n    {leftover})\n}}\n"));
        assert_eq!(findings, [format!("src/a.rs:2: `{leftover}…)` is unfinished work")]);
    }
}

#[test]
fn home_folders_are_found_in_every_kind_of_file() {
    for home in HOMES {
        for line in [format!("{home}ann/x"), format!("path = \"{home}ann\""), format!("a\nsee ({home}ann)")] {
            assert_eq!(check("a.toml", &line).len(), 1, "{line}");
            assert_eq!(check("a.rs", &line).len(), 1, "{line}");
        }
    }
}

#[test]
fn addresses_and_relative_paths_are_no_home_folders() {
    for home in HOMES {
        for line in [format!("https://example.org{home}x"), format!("..{home}x"), format!("${{base}}{home}x")]
        {
            assert_eq!(check("a.md", &line), [""; 0], "{line}");
        }
    }
}

#[test]
fn the_home_folder_of_the_invented_user_is_for_examples() {
    for home in HOMES {
        assert_eq!(check("a.rs", &format!("\"{home}me/.cache\" \"{home}me\"")), [""; 0]);
        assert_eq!(check("a.rs", &format!("\"{home}me\" \"{home}mel\"")).len(), 1);
    }
}

#[test]
fn an_exception_needs_a_reason() {
    for inner in ["", "!"] {
        for level in ["allow", "expect"] {
            let open = format!("\n#{inner}[{level}(dead_code");
            assert_eq!(
                check("a.rs", &format!("{open})]")),
                ["a.rs:2: an exception needs a `reason = \"…\"`"]
            );
            assert_eq!(check("a.rs", &format!("{open}, reason = \"[it] is used by a macro\")]")), [""; 0]);
        }
    }
}

#[test]
fn a_conditional_exception_needs_a_reason_and_other_attributes_do_not() {
    assert_eq!(check("a.rs", &format!("#{}(unix, allow(dead_code))]", "[cfg_attr")).len(), 1);
    assert_eq!(check("a.rs", "#[derive(Debug)]\n#[should_panic(expected = \"x\")]\nfn allow() {}"), [""; 0]);
}

#[test]
fn build_output_and_hidden_folders_of_tools_are_left_alone() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["src", "target", ".git", ".ci"] {
        fs::create_dir(root.path().join(folder)).unwrap();
        fs::write(root.path().join(folder).join("file"), "x").unwrap();
    }
    fs::write(root.path().join(".gitignore"), "x").unwrap();
    let found = files_below(root.path()).unwrap();
    let names: Vec<&Path> = found.iter().map(|file| file.strip_prefix(root.path()).unwrap()).collect();
    assert_eq!(names, [Path::new(".ci/file"), Path::new(".gitignore"), Path::new("src/file")]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let root = tempfile::tempdir().unwrap();
    let error = files_below(&root.path().join("gone")).unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
}

#[test]
fn phrases_of_the_list_are_found_as_whole_words_in_texts_of_every_kind() {
    let phrases: Vec<&str> = PHRASES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert!(phrases.len() > 10, "{phrases:?}");
    for phrase in phrases {
        for name in ["a.rs", "a.md", "b/page.html"] {
            let findings = check(name, &format!("one\ntwo {} three", phrase.to_uppercase()));
            assert!(findings[0].starts_with(&format!("{name}:2: `{phrase}`: write ")), "{findings:?}");
        }
        for line in [format!("x{phrase}"), format!("{phrase}ed"), format!("_{phrase}")] {
            assert!(
                check("a.rs", &line).iter().all(|finding| !finding.contains(&format!("`{phrase}`"))),
                "{line}"
            );
        }
        assert_eq!(check("a.txt", phrase), [""; 0]);
    }
}
