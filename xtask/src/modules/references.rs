//! The paths that an item names.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, UseTree, visit::Visit};

/// A path in the source, by its segments.
pub(super) type Segments = Vec<String>;

/// Every path in the item, those in macros' arguments included.
pub(super) fn of(item: &Item) -> Vec<Segments> {
    let mut collector = Collector::default();
    collector.visit_item(item);
    collector.paths
}

/// The paths of a `use`, each with the name that it brings, or none for all names of a module.
pub(super) fn of_use(tree: &UseTree) -> Vec<(Segments, Option<String>)> {
    let mut found = Vec::new();
    flatten(tree, &mut Vec::new(), &mut found);
    found
}

fn flatten(tree: &UseTree, before: &mut Segments, found: &mut Vec<(Segments, Option<String>)>) {
    let with = |before: &Segments, last: &str| {
        let mut path = before.clone();
        // `use a::{self}` brings `a` itself.
        if last != "self" || path.is_empty() {
            path.push(last.to_owned());
        }
        path
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, found);
            before.pop();
        }
        UseTree::Name(name) => {
            let path = with(before, &name.ident.to_string());
            let name = path.last().cloned();
            found.push((path, name));
        }
        UseTree::Rename(rename) => {
            found.push((with(before, &rename.ident.to_string()), Some(rename.rename.to_string())));
        }
        UseTree::Glob(_) => found.push((before.clone(), None)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, found)),
    }
}

#[derive(Default)]
struct Collector {
    paths: Vec<Segments>,
}

impl Visit<'_> for Collector {
    fn visit_path(&mut self, path: &syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.paths.extend(of_use(&item.tree).into_iter().map(|(path, _)| path));
    }

    fn visit_macro(&mut self, invocation: &syn::Macro) {
        self.visit_path(&invocation.path);
        paths_in(invocation.tokens.clone(), &mut self.paths);
    }
}

/// What looks like a path in the arguments of a macro.
fn paths_in(tokens: TokenStream, paths: &mut Vec<Segments>) {
    let mut path = Segments::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if colons != 2 {
                    paths.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                }
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            other => {
                paths.extend((!path.is_empty()).then(|| std::mem::take(&mut path)));
                colons = 0;
                if let TokenTree::Group(group) = other {
                    paths_in(group.stream(), paths);
                }
            }
        }
    }
    paths.extend((!path.is_empty()).then_some(path));
}
