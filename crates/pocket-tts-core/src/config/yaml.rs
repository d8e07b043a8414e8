//! Bounds on YAML before it becomes values. It must not know what keys mean.

use std::{cell::Cell, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Most brackets and braces that may open in a file; the released configs have some thirty.
const MAX_OPENINGS: usize = 1_000;
/// Most values in a file, those behind an alias each time that it stands there; the released configs have some hundred.
const MAX_VALUES: usize = 100_000;

/// What keeps a text from being read as YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlBoundError {
    /// The parser's time grows with the square of the depth of nested brackets: it takes half a minute for 100 KB of
    /// them.
    #[error("it has {found} opening brackets and braces; at most {MAX_OPENINGS} are allowed")]
    Brackets {
        /// How many there are.
        found: usize,
    },
    /// A few aliases of a long list fill all memory.
    #[error(
        "it has more than {MAX_VALUES} values, counting what stands for an alias each time; use fewer aliases"
    )]
    Values,
}

/// Checks that a text is cheap to read as YAML. Whatever reads a file of settings calls this first.
///
/// Brackets are counted wherever they stand, in texts and comments too, so that none can hide. What is no YAML passes:
/// its reader tells that better.
///
/// # Errors
/// [`YamlBoundError`], in words that follow the name of a file.
pub fn check_yaml_bounds(text: &str) -> Result<(), YamlBoundError> {
    let found = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if found > MAX_OPENINGS {
        return Err(YamlBoundError::Brackets { found });
    }
    let left = Cell::new(MAX_VALUES);
    let outcome = Count(&left).deserialize(serde_norway::Deserializer::from_str(text));
    if outcome.is_err() && left.get() == 0 { Err(YamlBoundError::Values) } else { Ok(()) }
}

/// Visits values and keeps none of them, until the count that is left is used up.
#[derive(Clone, Copy)]
struct Count<'a>(&'a Cell<usize>);

impl Count<'_> {
    fn one<E: Error>(self) -> Result<(), E> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| E::custom("too many values"))?;
        self.0.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Count<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.one()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Count<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_entry_seed(self, self)?.is_some() {}
        Ok(())
    }

    /// A value with a tag.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(self)?;
        value.newtype_variant_seed(self)
    }
}
