//! The modules of a crate as its files declare them.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    path::{Path, PathBuf},
};

use quote::ToTokens;
use syn::{Attribute, Item, UseTree, Visibility};

use super::references::{self, Segments};
use crate::error::TaskError;

/// One module: a file, or a block in one.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) parent: Option<usize>,
    /// Whether its parent declares another module of its name before it, for other targets.
    pub(super) is_alternative: bool,
    pub(super) children: BTreeMap<String, usize>,
    /// Names of what is defined here, and whether it is a type.
    pub(super) items: BTreeMap<String, bool>,
    /// Names that `use` brings here, with their paths.
    pub(super) imports: BTreeMap<String, Segments>,
    /// Modules whose every name `use` brings here.
    pub(super) globs: Vec<Segments>,
    /// Every path by which the module uses something.
    pub(super) references: Vec<Segments>,
}

/// All modules of a crate; the first is its root.
#[derive(Debug)]
pub(super) struct ModuleTree {
    pub(super) modules: Vec<Module>,
}

/// Where the files of a module's children lie.
struct Location<'a> {
    file: &'a Path,
    folder: PathBuf,
}

impl ModuleTree {
    pub(super) fn read(root: &Path) -> Result<Self, TaskError> {
        let mut tree = Self { modules: Vec::new() };
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        tree.read_file(root, folder, None)?;
        Ok(tree)
    }

    /// For each name of a type the files that define one.
    pub(super) fn types(&self) -> BTreeMap<String, Vec<PathBuf>> {
        let mut types: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for module in self.modules.iter().filter(|module| !module.is_alternative) {
            for (name, _) in module.items.iter().filter(|(_, is_type)| **is_type) {
                types.entry(name.clone()).or_default().push(module.file.clone());
            }
        }
        types
    }

    fn read_file(&mut self, file: &Path, folder: PathBuf, parent: Option<usize>) -> Result<usize, TaskError> {
        let text = fs::read_to_string(file)
            .map_err(|source| TaskError::Unreadable { path: file.to_owned(), source })?;
        let parsed = syn::parse_file(&text)
            .map_err(|error| TaskError::Record { path: file.to_owned(), reason: error.to_string() })?;
        self.add(&Location { file, folder }, &parsed.items, parent)
    }

    fn add(&mut self, at: &Location<'_>, items: &[Item], parent: Option<usize>) -> Result<usize, TaskError> {
        let index = self.modules.len();
        self.modules.push(Module {
            file: at.file.to_owned(),
            parent,
            is_alternative: false,
            children: BTreeMap::new(),
            items: BTreeMap::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            references: Vec::new(),
        });
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            match item {
                Item::Mod(module) => self.add_child(at, module, index)?,
                Item::Use(item) => self.modules[index].import(&item.tree, &item.vis),
                _ => {
                    let module = &mut self.modules[index];
                    if let Some((name, is_type)) = defined(item) {
                        module.items.insert(name, is_type);
                    }
                    module.references.extend(references::of(item));
                }
            }
        }
        Ok(index)
    }

    fn add_child(
        &mut self,
        at: &Location<'_>,
        module: &syn::ItemMod,
        parent: usize,
    ) -> Result<(), TaskError> {
        let name = module.ident.to_string();
        let child = if let Some((_, items)) = &module.content {
            let inner = Location { file: at.file, folder: at.folder.join(&name) };
            self.add(&inner, items, Some(parent))?
        } else if let Some(path) = path_attribute(&module.attrs) {
            let file = at.file.parent().unwrap_or(Path::new("")).join(path);
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            self.read_file(&file, folder, Some(parent))?
        } else {
            let folder = at.folder.join(&name);
            let plain = at.folder.join(format!("{name}.rs"));
            let file = if plain.exists() { plain } else { folder.join("mod.rs") };
            self.read_file(&file, folder, Some(parent))?
        };
        // A second module of the name replaces the first where conditions demand it.
        let is_alternative = match self.modules[parent].children.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(child);
                false
            }
            Entry::Occupied(_) => true,
        };
        self.modules[child].is_alternative = is_alternative;
        Ok(())
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, visibility: &Visibility) {
        let is_reexport = !matches!(visibility, Visibility::Inherited);
        for (path, name) in references::of_use(tree) {
            match name {
                Some(name) => {
                    // What is only passed on is no use of it.
                    if !is_reexport {
                        self.references.push(path.clone());
                    }
                    self.imports.insert(name, path);
                }
                None => self.globs.push(path),
            }
        }
    }
}

/// The name of what an item defines, and whether that is a type.
fn defined(item: &Item) -> Option<(String, bool)> {
    let (name, is_type) = match item {
        Item::Struct(item) => (&item.ident, true),
        Item::Enum(item) => (&item.ident, true),
        Item::Union(item) => (&item.ident, true),
        Item::Trait(item) => (&item.ident, true),
        Item::Type(item) => (&item.ident, true),
        Item::Fn(item) => (&item.sig.ident, false),
        Item::Const(item) => (&item.ident, false),
        Item::Static(item) => (&item.ident, false),
        _ => return None,
    };
    // `const _: () = …` has no name.
    (name != "_").then(|| (name.to_string(), is_type))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether the item exists in tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let words = attribute.to_token_stream().to_string();
        attribute.path().is_ident("cfg") && words.contains("test") && !words.contains("not (test)")
    })
}

/// The file that `#[path = "…"]` names.
fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}
