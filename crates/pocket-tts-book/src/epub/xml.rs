//! Reads the XML files of an EPUB leniently: what is broken in them is passed over, and nothing is expanded.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// Something in an XML file. Names are in lower case and without their prefixes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    Start(&'a Element),
    End(&'a str),
    Text(&'a str),
}

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute by its name in lower case; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether an attribute has this word among others.
    pub(super) fn has_word(&self, name: &str, word: &str) -> bool {
        self.get(name).split_ascii_whitespace().any(|found| found == word)
    }
}

/// Calls `handle` with everything in the file, in order. An element that closes itself has an end.
pub(super) fn read(xml: &str, mut handle: impl FnMut(Event<'_>)) {
    let mut element = Element::default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<usize>| -> Option<()> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                element = Element { name: local_name(name), attributes: Vec::new() };
            }
            CallbackEvent::AttributeName { name } => {
                element.attributes.push((text(name).to_ascii_lowercase(), String::new()));
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some((_, last)) = element.attributes.last_mut() {
                    *last = text(value);
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                handle(Event::Start(&element));
                if self_closing {
                    handle(Event::End(&element.name));
                }
            }
            CallbackEvent::EndTag { name } => handle(Event::End(&local_name(name))),
            CallbackEvent::String { value } => handle(Event::Text(&text(value))),
            _ => {}
        }
        None
    });
    Tokenizer::new_with_emitter(xml, emitter).for_each(drop);
}

fn local_name(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    name.rsplit_once(':').map_or(name.as_str(), |(_, name)| name).to_owned()
}

/// The path and the fragment that a reference in the file at `base` leads to, inside the archive.
pub(super) fn resolve(base: &str, reference: &str) -> (String, Option<String>) {
    let (path, fragment) = match reference.trim().split_once('#') {
        Some((path, fragment)) => (path, Some(unescaped(fragment))),
        None => (reference.trim(), None),
    };
    if path.is_empty() {
        return (base.to_owned(), fragment);
    }
    let path = unescaped(path.split('?').next().unwrap_or_default());
    let mut parts: Vec<&str> = match path.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => base.rsplit_once('/').map_or(Vec::new(), |(folder, _)| folder.split('/').collect()),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    (parts.join("/"), fragment)
}

/// A part of an address without its `%` escapes.
fn unescaped(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((16 * high + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_inside_the_archive() {
        for (base, reference, expected) in [
            ("OEBPS/nav.xhtml", "ch%201.xhtml#a%2Fb", ("OEBPS/ch 1.xhtml", Some("a/b"))),
            ("OEBPS/text/a.xhtml", "../img/c.jpg", ("OEBPS/img/c.jpg", None)),
            ("a.xhtml", "../../../etc/passwd", ("etc/passwd", None)),
            ("OEBPS/a.xhtml", "/etc/passwd", ("etc/passwd", None)),
            ("OEBPS/a.xhtml", "#here", ("OEBPS/a.xhtml", Some("here"))),
            ("a.xhtml", "100%", ("100%", None)),
        ] {
            let (path, fragment) = resolve(base, reference);
            assert_eq!((path.as_str(), fragment.as_deref()), expected, "{reference}");
        }
    }

    #[test]
    fn broken_files_are_read_as_far_as_possible() {
        let mut seen: Vec<String> = Vec::new();
        read(
            "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a '&a;&a;'>]><opf:Item ID='a&amp;b'/>x<y>&a;<z",
            |event| match event {
                Event::Start(element) => seen.push(format!("<{} {}>", element.name, element.get("id"))),
                Event::End(name) => seen.push(format!("</{name}>")),
                Event::Text(text) => seen.push(text.to_owned()),
            },
        );
        let seen = seen.concat();
        assert!(seen.contains("<item a&b></item>x<y >&a;"), "{seen}");
    }
}
