//! The supported elements of SSML.

use std::time::Duration;

use super::attributes::{Attribute, Tag};
use super::values;
use crate::error::{Fault, shown};
use crate::limits::Budget;
use crate::script::{SayAs, Style};

const SUPPORTED: &str = "supported are speak, p, s, break, say-as, sub, prosody, voice and lang";

/// A supported element.
#[derive(Debug)]
pub(crate) enum Element {
    Speak,
    Paragraph,
    Sentence,
    Break(Duration),
    SayAs(SayAs),
    /// With the words to speak in place of its text.
    Sub(String),
    /// Prosody, voice and language.
    Styled,
}

impl Element {
    /// Reads a tag and changes the style as it says.
    pub(crate) fn read(mut tag: Tag<'_>, style: &mut Style, budget: &Budget) -> Result<Self, Fault> {
        match tag.name {
            "speak" => {
                tag.forget_xml_attributes();
                set_language(&mut tag, style, budget)?;
                tag.finish("version, xmlns and xml:lang")?;
                Ok(Self::Speak)
            }
            "p" | "s" => {
                let element = if tag.name == "p" { Self::Paragraph } else { Self::Sentence };
                tag.forget_xml_attributes();
                set_language(&mut tag, style, budget)?;
                tag.finish("xml:lang")?;
                Ok(element)
            }
            "break" => read_break(tag),
            "say-as" => read_say_as(tag),
            "sub" => {
                let alias = tag.require("alias")?.value().to_owned();
                tag.finish("alias")?;
                Ok(Self::Sub(alias))
            }
            "prosody" => read_prosody(tag, style),
            "voice" => {
                let name = tag.require("name")?;
                budget.check_name(name.offset(), name.value())?;
                let is_default = name.value().eq_ignore_ascii_case("default");
                style.voice = (!is_default).then(|| name.value().to_owned());
                set_language(&mut tag, style, budget)?;
                tag.finish("name and xml:lang")?;
                Ok(Self::Styled)
            }
            "lang" => {
                if !set_language(&mut tag, style, budget)? {
                    tag.require("xml:lang")?;
                }
                tag.finish("xml:lang")?;
                Ok(Self::Styled)
            }
            name => {
                let problem = format!("<{}> is not supported", shown(name));
                Err(Fault::new(tag.offset, problem, SUPPORTED))
            }
        }
    }
}

/// Takes `xml:lang`, and returns whether it was there.
fn set_language(tag: &mut Tag<'_>, style: &mut Style, budget: &Budget) -> Result<bool, Fault> {
    let Some(language) = tag.take("xml:lang").filter(|language| !language.value().is_empty()) else {
        return Ok(false);
    };
    budget.check_name(language.offset(), language.value())?;
    style.language = Some(language.value().to_owned());
    Ok(true)
}

fn read_break(mut tag: Tag<'_>) -> Result<Element, Fault> {
    let time =
        tag.take("time").map(|time| values::time(time.value()).ok_or_else(|| time.fault(values::TIME_HELP)));
    let strength = tag.take("strength").map(|strength| {
        values::strength(strength.value()).ok_or_else(|| strength.fault(values::STRENGTH_HELP))
    });
    let (time, strength) = (time.transpose()?, strength.transpose()?);
    tag.finish("time and strength")?;
    Ok(Element::Break(time.or(strength).unwrap_or(Duration::from_millis(500))))
}

fn read_say_as(mut tag: Tag<'_>) -> Result<Element, Fault> {
    let interpret_as = tag.require("interpret-as")?;
    let format = tag.take("format");
    // The amount of detail is of no effect.
    tag.take("detail");
    tag.finish("interpret-as and format")?;
    match values::say_as(interpret_as.value(), format.as_ref().map(Attribute::value)) {
        Ok(kind) => Ok(Element::SayAs(kind)),
        Err((is_format, help)) => Err(format.filter(|_| is_format).unwrap_or(interpret_as).fault(help)),
    }
}

fn read_prosody(mut tag: Tag<'_>, style: &mut Style) -> Result<Element, Fault> {
    if let Some(rate) = tag.take("rate") {
        let factor = values::rate(rate.value()).ok_or_else(|| rate.fault(values::RATE_HELP))?;
        style.rate *= factor;
        check_bounds(&rate, style.rate, Style::RATES, values::RATE_HELP)?;
    }
    if let Some(volume) = tag.take("volume") {
        let decibels = values::volume_db(volume.value()).ok_or_else(|| volume.fault(values::VOLUME_HELP))?;
        style.volume_db += decibels;
        if style.volume_db != f32::NEG_INFINITY {
            check_bounds(&volume, style.volume_db, Style::VOLUMES_DB, values::VOLUME_HELP)?;
        }
    }
    tag.finish("rate and volume")?;
    Ok(Element::Styled)
}

/// Checks the sum or product of all elements around the text.
fn check_bounds(
    attribute: &Attribute<'_>,
    value: f32,
    (low, high): (f32, f32),
    help: &str,
) -> Result<(), Fault> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(attribute.fault(help)) }
}
