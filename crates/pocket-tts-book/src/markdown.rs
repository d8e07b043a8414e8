//! Markdown, rendered to HTML.

use pulldown_cmark::{Options, Parser};

/// GitHub's Markdown, with footnotes, front matter and attributes of headings.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS)
    .union(Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS)
    .union(Options::ENABLE_GFM);

/// The same text as HTML.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut html = String::with_capacity(markdown.len() + markdown.len() / 4);
    pulldown_cmark::html::push_html(&mut html, Parser::new_ext(markdown, OPTIONS));
    html
}

/// The value of a key in the front matter, such as `title: Moby-Dick`.
pub(crate) fn front_matter<'a>(markdown: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = markdown.lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    for line in lines.take_while(|line| !matches!(line.trim_end(), "---" | "...")) {
        if let Some((name, value)) = line.split_once(':')
            && name.trim_end().eq_ignore_ascii_case(key)
        {
            let value = value.trim().trim_matches(['"', '\'']);
            return (!value.is_empty()).then_some(value);
        }
    }
    None
}
