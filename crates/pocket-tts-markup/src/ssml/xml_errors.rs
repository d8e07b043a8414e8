//! The errors of the XML reader as sentences.

use quick_xml::Error;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::attributes::AttrError;

use crate::error::{Fault, shown};

/// The fault of an error of the XML reader at `offset`.
pub(crate) fn xml_fault(offset: usize, error: &Error) -> Fault {
    let (problem, help) = match error {
        Error::Syntax(error) => syntax(*error),
        Error::IllFormed(error) => ill_formed(error),
        other => (format!("this is not XML: {other}"), "write the text as XML, or without SSML".to_owned()),
    };
    Fault::new(offset, problem, help)
}

fn syntax(error: SyntaxError) -> (String, String) {
    let (problem, help) = match error {
        SyntaxError::UnclosedTag => ("the tag has no end", "close it with >, or write &lt; for the sign <"),
        SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
            ("a quotation mark of the tag is not closed", "write attributes as in name=\"value\"")
        }
        SyntaxError::UnclosedComment => ("the comment has no end", "close it with -->"),
        SyntaxError::UnclosedCData => ("the CDATA section has no end", "close it with ]]>"),
        SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => ("the tag has no end", "close it with ?>"),
        SyntaxError::UnclosedDoctype | SyntaxError::InvalidBangMarkup => {
            ("<! begins no comment here", "write &lt; for the sign <")
        }
    };
    (problem.to_owned(), help.to_owned())
}

fn ill_formed(error: &IllFormedError) -> (String, String) {
    match error {
        IllFormedError::MismatchedEndTag { expected, found } => {
            let (expected, found) = (shown(expected), shown(found));
            (
                format!("</{found}> stands where <{expected}> must be closed"),
                format!("write </{expected}> first"),
            )
        }
        IllFormedError::UnmatchedEndTag(name) => {
            let name = shown(name);
            (format!("</{name}> closes nothing"), format!("remove it, or open <{name}> before"))
        }
        IllFormedError::UnclosedReference => {
            ("the sign & stands alone".to_owned(), "write &amp; for it".to_owned())
        }
        other => (format!("this is not XML: {other}"), "write the text as XML, or without SSML".to_owned()),
    }
}

/// The fault of a malformed attribute of the tag at `offset`.
pub(crate) fn attribute_fault(offset: usize, error: &AttrError) -> Fault {
    // Positions count from the tag's name.
    let (position, problem) = match error {
        AttrError::ExpectedEq(at) | AttrError::ExpectedValue(at) => (at, "an attribute has no value"),
        AttrError::UnquotedValue(at) => (at, "the value of an attribute has no quotation marks"),
        AttrError::ExpectedQuote(at, _) => (at, "a quotation mark of the tag is not closed"),
        AttrError::Duplicated(at, _) => (at, "an attribute stands twice in the tag"),
    };
    Fault::new(offset + 1 + position, problem, "write attributes as in name=\"value\"")
}
