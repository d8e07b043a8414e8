//! Texts as programs and people write them.

use pocket_tts_markup::{Cleaning, CleaningWords, InputFormat, MappedText, clean};

use crate::checks::check_places;

fn cleaned(text: &str, format: InputFormat) -> String {
    let cleaned = clean(text, format, &Cleaning::default());
    check_places(text, &cleaned);
    cleaned.text().to_owned()
}

const README: &str = r#"<!-- markdownlint-disable -->
<p align="center">
  <img src="https://example.com/logo.svg" alt="Fastlog logo" width="200">
</p>

<h1 align="center">Fastlog 🚀</h1>

[![Build](https://example.com/badge.svg)](https://example.com/ci) [![License: MIT](https://example.com/mit.svg)](LICENSE)

**Fastlog** reads *logs* at 2 GB/s. See the [documentation](https://example.com/docs "Docs")
for more, or ask in <https://example.com/chat>.

## ✨ Features

- 🔥 **Fast**: reads `access.log` in one pass
- Small & simple
  - no dependencies
- [x] Works on Windows™

## Install

1. Get it:

   ```sh
   cargo install fastlog
   ```
2. Run `fastlog --help`

| Format | Speed |
|--------|------:|
| JSON   | 1 GB/s |
| Text   | 2 GB/s |

> [!NOTE]
> Needs Rust 1.80[^1].

[^1]: Or later.

<details>
<summary>How it works</summary>

It maps the file.

</details>

---

© 2024 The authors
"#;

#[test]
fn a_readme_is_spoken() {
    let expected = "Fastlog logo\n\n\
        Fastlog.\n\n\
        Build License: MIT\n\n\
        Fastlog reads logs at 2 GB/s. See the documentation for more, or ask in https://example.com/chat.\n\n\
        Features.\n\n\
        Fast: reads access.log in one pass.\n\
        Small & simple.\n\
        no dependencies.\n\
        Works on Windows™.\n\n\
        Install.\n\n\
        1: Get it:\n\n\
        Code block.\n\n\
        2: Run fastlog --help.\n\n\
        Format, Speed.\n\
        JSON, 1 GB/s.\n\
        Text, 2 GB/s.\n\n\
        Needs Rust 1.80.\n\n\
        How it works.\n\n\
        It maps the file.\n\n\
        © 2024 The authors";
    assert_eq!(cleaned(README, InputFormat::of_file_name("README.md")), expected);
}

#[test]
fn words_of_a_readme_know_their_place() {
    let cleaned = clean(README, InputFormat::Markdown, &Cleaning::default());
    for words in ["documentation", "access.log", "2 GB/s. See", "How it works", "© 2024 The authors"] {
        let at = cleaned.text().find(words).unwrap();
        assert_eq!(&README[cleaned.source_of(at..at + words.len())], words);
    }
    let at = cleaned.text().find("Code block.").unwrap();
    assert!(README[cleaned.source_of(at..at + 11)].contains("cargo install"));
}

#[test]
fn a_chat_answer_is_spoken() {
    let answer = "Sure! 😊 Here's how to **reverse a list** in Python:\n\n\
        ```python\nitems[::-1]\n```\n\n\
        A few notes:\n\
        * `items[::-1]` makes a *copy* 📋\n\
        * `items.reverse()` changes the list **in place**, and returns `None`!\n\n\
        ### Which one?\n\
        ✅ Use the first for strings\n\
        ❌ Avoid it for 10,000,000 items (memory) 👩‍💻\n\n\
        Hope this helps! 🎉🎉";
    let expected = "Sure! Here's how to reverse a list in Python:\n\n\
        Code block.\n\n\
        A few notes:\n\n\
        items[::-1] makes a copy.\n\
        items.reverse() changes the list in place, and returns None!\n\n\
        Which one?\n\n\
        Use the first for strings.\n\
        Avoid it for 10,000,000 items (memory)\n\n\
        Hope this helps!";
    assert_eq!(cleaned(answer, InputFormat::Auto), expected);
    let german = Cleaning { words: CleaningWords::of_language("german"), ..Cleaning::default() };
    assert!(clean(answer, InputFormat::Auto, &german).text().contains("\n\nCodeblock.\n\n"));
}

#[test]
fn a_page_is_spoken() {
    let page = r##"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Tower</title>
<style>.x > p { color: red }</style><script>if (1 < 2) document.write("<p>no</p>");</script></head>
<body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/about">About us</a></li></ul></nav>
<main><article>
<h1>The Tower<span class="mw-editsection">[edit]</span></h1>
<p>The tower is 330&nbsp;m tall,<sup id="r1" class="reference"><a href="#n1">[1]</a></sup> about
as tall as an 81-storey building &mdash; and <b>the tallest</b> in <i>Paris</i>.</p>
<figure><img src="a.jpg" alt="The tower at night"><figcaption>At night</figcaption></figure>
<table><caption>Visitors</caption><tr><th>Year</th><th>Million</th></tr><tr><td>2022</td><td>5.9</td></tr></table>
<p>Opened<br>31 March 1889</p><pre><code>x = 1</code></pre>
<ol class="references"><li>A source</li></ol>
</article></main>
</body></html>"##;
    let expected = "Home.\nAbout us.\n\n\
        The Tower.\n\n\
        The tower is 330\u{a0}m tall, about as tall as an 81-storey building — and the tallest in Paris.\n\n\
        The tower at night\nAt night.\n\n\
        Visitors.\nYear, Million.\n2022, 5.9.\n\n\
        Opened\n31 March 1889\n\n\
        Code block.";
    assert_eq!(cleaned(page, InputFormat::Auto), expected);
    assert_eq!(cleaned(page, InputFormat::of_file_name("/srv/Tower.HTM")), expected);
}

#[test]
fn plain_text_keeps_everything_but_emoji() {
    let text = "Dear all 👋,\n\n  * 2 * 3 = 6 #maths\n<b>© me™</b> & 50 % `x` [pause]\n";
    assert_eq!(cleaned(text, InputFormat::Text), text.replace(" 👋", ""));
    assert_eq!(cleaned(text, InputFormat::Auto), text.replace(" 👋", ""));
    let kept = Cleaning { keeps_emoji: true, ..Cleaning::default() };
    assert_eq!(clean(text, InputFormat::Text, &kept), MappedText::new(text));
}

#[test]
fn ssml_is_never_cleaned() {
    let text = "<speak>One <break time=\"1s\"/> *two*</speak>";
    for format in [InputFormat::Html, InputFormat::Markdown, InputFormat::Auto] {
        assert_eq!(cleaned(text, format), text);
    }
}

#[test]
fn formats_have_names_and_endings() {
    for name in InputFormat::NAMES {
        assert!(InputFormat::from_name(&name.to_uppercase()).is_some(), "{name}");
    }
    for (name, format) in [
        ("a.md", InputFormat::Markdown),
        ("b.xhtml", InputFormat::Html),
        ("c.txt", InputFormat::Text),
        ("md", InputFormat::Text),
    ] {
        assert_eq!(InputFormat::of_file_name(name), format, "{name}");
    }
    assert_eq!(InputFormat::from_name("pdf"), None);
}
