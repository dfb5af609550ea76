//! A small XML document as a tree, read with limits: no DTD, no entities of its own, bounded depth.

use std::collections::BTreeMap;

use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
    reader::Reader,
};

/// `instance > dataCenterInfo > metadata > entry` is four deep.
const DEPTH_LIMIT: usize = 8;

#[derive(Debug, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("{0}")]
    Syntax(#[from] quick_xml::Error),
    #[error("{0}")]
    Attribute(#[from] quick_xml::events::attributes::AttrError),
    #[error("a document type or an unknown entity is not allowed")]
    Forbidden,
    #[error("elements are nested deeper than {DEPTH_LIMIT}")]
    TooDeep,
    #[error("the document has no root element or an unfinished one")]
    Unfinished,
    #[error("expected the root element {expected}, found {found}")]
    Root { expected: &'static str, found: String },
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) children: Vec<Element>,
    /// Trimmed.
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; None when it is absent.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text.clone())
    }
}

pub(crate) fn parse(document: &str) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(document);
    let mut open: Vec<Element> = Vec::new();
    loop {
        let finished = match reader.read_event()? {
            Event::Start(start) if open.len() >= DEPTH_LIMIT => {
                drop(start);
                return Err(XmlError::TooDeep);
            }
            Event::Start(start) => {
                open.push(element(&start)?);
                None
            }
            Event::Empty(start) => Some(element(&start)?),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                append(&mut open, &text.xml10_content());
                None
            }
            Event::CData(text) => {
                append(&mut open, &text.xml10_content());
                None
            }
            Event::GeneralRef(reference) => {
                match reference.resolve_char_ref()? {
                    Some(char) => append(&mut open, char.encode_utf8(&mut [0; 4])),
                    None => append(&mut open, resolve_predefined_entity(&reference).ok_or(XmlError::Forbidden)?),
                }
                None
            }
            Event::DocType(_) => return Err(XmlError::Forbidden),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            Event::Eof => return Err(XmlError::Unfinished),
        };
        let Some(mut finished) = finished else { continue };
        trim(&mut finished.text);
        match open.last_mut() {
            Some(parent) => parent.children.push(finished),
            None => return Ok(finished),
        }
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
        attributes.insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Ok(Element { name: start.name().as_ref().to_owned(), attributes, ..Element::default() })
}

fn trim(text: &mut String) {
    text.truncate(text.trim_end().len());
    text.drain(..text.len() - text.trim_start().len());
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_entities_character_references_and_cdata_are_one_text() {
        let root = parse("<?xml version=\"1.0\"?><a x='1 &amp; 2'> p &lt;&#65; <![CDATA[<q>]]><b/></a>").unwrap();
        assert_eq!((root.text.as_str(), root.attributes["x"].as_str()), ("p <A <q>", "1 & 2"));
        assert_eq!(root.children[0].name, "b");
    }

    #[test]
    fn documents_that_could_harm_are_refused() {
        let deep = "<a>".repeat(9);
        for (document, expected) in [
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
            ("<a>&b;</a>", "unknown entity"),
            (deep.as_str(), "nested deeper"),
            ("<a><b></a>", "expected `</b>`"),
            ("<a>", "unfinished"),
            ("", "no root element"),
        ] {
            let error = parse(document).unwrap_err().to_string();
            assert!(error.contains(expected), "{document}: {error}");
        }
    }
}
