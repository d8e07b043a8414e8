//! The tags of XML with their attributes.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

use super::xml_errors::attribute_fault;
use crate::error::{Fault, shown};

/// What the five entities and numbers are called in messages.
pub(crate) const ENTITIES_HELP: &str = "write the character itself, or its number as in &#233;";

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    /// Where it begins in the text.
    pub(crate) offset: usize,
    attributes: Vec<Attribute<'a>>,
}

/// An attribute of a tag.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    name: &'a str,
    /// Without escapes, and without white space at its ends.
    value: Cow<'a, str>,
    offset: usize,
}

impl Attribute<'_> {
    /// The value without white space at its ends.
    pub(crate) fn value(&self) -> &str {
        self.value.trim()
    }

    /// The fault that the value is none of the ones in `help`.
    pub(crate) fn fault(&self, help: impl Into<String>) -> Fault {
        let problem =
            format!("`{}` is no value of the attribute `{}`", shown(self.value()), shown(self.name));
        Fault::new(self.offset, problem, help)
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Tag<'a> {
    /// Reads the attributes of a tag of `text` that begins at `offset`.
    pub(crate) fn read(text: &str, offset: usize, start: &'a BytesStart<'a>) -> Result<Self, Fault> {
        if !start.name().0.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == ':') {
            return Err(Fault::new(offset, "the sign < begins no tag here", "write &lt; for it"));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| attribute_fault(offset, &error))?;
            let name = attribute.key.0;
            let at = offset_in(text, name).unwrap_or(offset);
            let value = match attribute.value {
                Cow::Borrowed(value) => unescape(value).ok(),
                Cow::Owned(value) => unescape(&value).ok().map(|value| Cow::Owned(value.into_owned())),
            };
            let value = value.ok_or_else(|| {
                let problem = format!("an entity in the attribute `{}` is unknown", shown(name));
                Fault::new(at, problem, ENTITIES_HELP)
            })?;
            attributes.push(Attribute { name, value, offset: at });
        }
        Ok(Self { name: start.name().0, offset, attributes })
    }

    /// Takes the attribute with this name.
    pub(crate) fn take(&mut self, name: &str) -> Option<Attribute<'a>> {
        let at = self.attributes.iter().position(|attribute| attribute.name == name)?;
        Some(self.attributes.remove(at))
    }

    /// Takes the attribute with this name, which must be there and not be empty.
    pub(crate) fn require(&mut self, name: &str) -> Result<Attribute<'a>, Fault> {
        let attribute = self.take(name).filter(|attribute| !attribute.value().is_empty());
        attribute.ok_or_else(|| {
            let problem = format!("<{}> has no attribute `{name}`", self.name);
            Fault::new(self.offset, problem, format!("write <{} {name}=\"…\">", self.name))
        })
    }

    /// Forgets the attributes that are of no effect on the sound, such as namespaces.
    pub(crate) fn forget_xml_attributes(&mut self) {
        self.attributes.retain(|attribute| {
            let name = attribute.name;
            let is_namespace = name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xsi:");
            !is_namespace && !matches!(name, "version" | "xml:base" | "xml:space" | "xml:id")
        });
    }

    /// Checks that no attribute is left.
    pub(crate) fn finish(self, known: &str) -> Result<(), Fault> {
        let Some(attribute) = self.attributes.first() else { return Ok(()) };
        let problem =
            format!("the attribute `{}` of <{}> is not supported", shown(attribute.name), self.name);
        let help = if known.is_empty() {
            format!("write <{}> without attributes", self.name)
        } else {
            format!("<{}> knows {known}", self.name)
        };
        Err(Fault::new(attribute.offset, problem, help))
    }
}

/// Where `part`, which is a part of `text` in memory, begins in it.
fn offset_in(text: &str, part: &str) -> Option<usize> {
    let offset = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (offset <= text.len()).then_some(offset)
}
