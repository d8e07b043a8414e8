//! A start tag with the attributes that matter.

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    /// In lower case, without a prefix.
    pub(super) name: String,
    pub(super) is_closed: bool,
    pub(super) is_hidden: bool,
    pub(super) id: String,
    pub(super) class: String,
    /// The values of `epub:type` and `role`.
    pub(super) types: String,
    pub(super) href: String,
    pub(super) alt: String,
    /// The number of a list's first item.
    pub(super) start: String,
    /// `name` of an anchor or of a `meta` element.
    pub(super) named: String,
    pub(super) content: String,
    pub(super) language: String,
    attribute: String,
}

impl Tag {
    pub(super) fn new(name: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let name = name.rsplit_once(':').map_or(name.as_str(), |(_, name)| name).to_owned();
        Self { name, ..Self::default() }
    }

    pub(super) fn attribute_name(&mut self, name: &[u8]) {
        self.attribute = String::from_utf8_lossy(name).to_ascii_lowercase();
        self.is_hidden |= self.attribute == "hidden";
    }

    pub(super) fn attribute_value(&mut self, value: &[u8]) {
        let value = String::from_utf8_lossy(value).into_owned();
        match self.attribute.as_str() {
            "id" => self.id = value,
            "class" => self.class = value.to_ascii_lowercase(),
            "epub:type" | "role" => {
                self.types.push(' ');
                self.types.push_str(&value.to_ascii_lowercase());
            }
            "href" => self.href = value,
            "alt" => self.alt = value,
            "start" => self.start = value,
            "name" => self.named = value,
            "content" => self.content = value,
            "lang" | "xml:lang" => self.language = value,
            "aria-hidden" => self.is_hidden |= value.eq_ignore_ascii_case("true"),
            "style" => {
                let style: String = value.split_whitespace().collect();
                self.is_hidden |= style.to_ascii_lowercase().contains("display:none");
            }
            _ => {}
        }
    }
}
