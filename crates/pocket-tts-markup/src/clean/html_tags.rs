//! What the elements of HTML mean for speech.

/// What an element means for speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing: its text belongs to the sentence around it.
    Inline,
    /// It is left out with its text.
    Skipped,
    /// It is left out with its text, and words are said in its place.
    CodeBlock,
    /// Its text is a paragraph.
    Block,
    /// Its text is a paragraph that ends as a sentence.
    Heading,
    /// Its text is a line that ends as a sentence.
    Line,
    List,
    Item,
    Row,
    Cell,
    Break,
    Rule,
    Image,
    Code,
}

/// What an element with this name in lower case means.
pub(super) fn meaning(name: &str) -> Meaning {
    match name {
        "script" | "style" | "title" | "template" | "noscript" | "svg" | "math" | "iframe" | "object"
        | "audio" | "video" | "canvas" | "select" | "textarea" | "datalist" | "noembed" | "noframes"
        | "rp" | "rt" => Meaning::Skipped,
        "pre" | "xmp" | "listing" | "plaintext" => Meaning::CodeBlock,
        "address" | "article" | "aside" | "blockquote" | "body" | "center" | "details" | "dialog" | "div"
        | "dl" | "fieldset" | "figure" | "footer" | "form" | "header" | "hgroup" | "main" | "nav" | "p"
        | "search" | "section" | "table" => Meaning::Block,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Meaning::Heading,
        "dt" | "dd" | "summary" | "caption" | "figcaption" | "legend" | "button" => Meaning::Line,
        "ul" | "ol" | "menu" | "dir" => Meaning::List,
        "li" => Meaning::Item,
        "tr" => Meaning::Row,
        "td" | "th" => Meaning::Cell,
        "br" => Meaning::Break,
        "hr" => Meaning::Rule,
        "img" => Meaning::Image,
        "code" | "kbd" | "samp" => Meaning::Code,
        _ => Meaning::Inline,
    }
}

/// Whether an element ends only with its end tag, so that what is left out has an end.
pub(super) fn has_certain_end(name: &str) -> bool {
    !matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "html"
            | "head"
            | "body"
            | "p"
            | "li"
            | "dt"
            | "dd"
            | "rb"
            | "rtc"
            | "optgroup"
            | "option"
            | "colgroup"
            | "caption"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
    )
}

/// Whether a class marks references, footnotes or links to edit, as on the pages of Wikipedia.
pub(super) fn is_note_class(classes: &str) -> bool {
    classes.split_ascii_whitespace().any(|class| {
        matches!(class, "reference" | "references" | "reflist" | "footnote" | "footnotes" | "footnote-ref")
            || class == "mw-editsection"
    })
}
