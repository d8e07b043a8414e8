//! What the elements of HTML mean for speech.

/// What an element means for speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HtmlMeaning {
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
    /// A list.
    List,
    /// An item of a list.
    Item,
    /// A row of a table.
    Row,
    /// A cell of a table.
    Cell,
    /// The end of a line.
    Break,
    /// A line between paragraphs.
    Rule,
    /// A picture.
    Image,
    /// Code within a sentence.
    Code,
}

/// What an element with this name in lower case means.
pub fn html_meaning(name: &str) -> HtmlMeaning {
    match name {
        "script" | "style" | "title" | "template" | "noscript" | "svg" | "math" | "iframe" | "object"
        | "audio" | "video" | "canvas" | "select" | "textarea" | "datalist" | "noembed" | "noframes"
        | "rp" | "rt" => HtmlMeaning::Skipped,
        "pre" | "xmp" | "listing" | "plaintext" => HtmlMeaning::CodeBlock,
        "address" | "article" | "aside" | "blockquote" | "body" | "center" | "details" | "dialog" | "div"
        | "dl" | "fieldset" | "figure" | "footer" | "form" | "header" | "hgroup" | "main" | "nav" | "p"
        | "search" | "section" | "table" => HtmlMeaning::Block,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => HtmlMeaning::Heading,
        "dt" | "dd" | "summary" | "caption" | "figcaption" | "legend" | "button" => HtmlMeaning::Line,
        "ul" | "ol" | "menu" | "dir" => HtmlMeaning::List,
        "li" => HtmlMeaning::Item,
        "tr" => HtmlMeaning::Row,
        "td" | "th" => HtmlMeaning::Cell,
        "br" => HtmlMeaning::Break,
        "hr" => HtmlMeaning::Rule,
        "img" => HtmlMeaning::Image,
        "code" | "kbd" | "samp" => HtmlMeaning::Code,
        _ => HtmlMeaning::Inline,
    }
}

/// Whether an element with this name in lower case has no content and no end tag.
pub fn is_void_element(name: &str) -> bool {
    matches!(
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
    )
}

/// Whether an element ends only with its end tag, so that what is left out has an end.
pub(super) fn has_certain_end(name: &str) -> bool {
    let may_have_none = matches!(
        name,
        "html"
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
    );
    !is_void_element(name) && !may_have_none
}

/// Whether a class marks references, footnotes or links to edit, as on the pages of Wikipedia.
pub(super) fn is_note_class(classes: &str) -> bool {
    classes.split_ascii_whitespace().any(|class| {
        matches!(class, "reference" | "references" | "reflist" | "footnote" | "footnotes" | "footnote-ref")
            || class == "mw-editsection"
    })
}
