//! Names of files and paths: `config.yaml`, `~/.config/app`, `src/main.rs`.

use super::electronic;
use crate::context::{Context, Match};
use crate::lexer::Kind;

/// The most tokens of a path.
const MOST_TOKENS: usize = 60;

/// Reads the name of a file with a known extension, or a path that begins at a root.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let extensions = &context.table.electronic.extensions;
    if extensions.is_empty() || !is_open(context, at) {
        return None;
    }
    let root = root(context, at);
    let mut end = root.unwrap_or(at);
    while end < at + MOST_TOKENS && is_part(context, end) {
        end += 1;
    }
    while end > at && matches!(tokens.kind(end - 1), Some(Kind::Mark('.' | '-'))) {
        end -= 1;
    }
    let extension = end.checked_sub(1).filter(|last| *last > at + 1 && tokens.is_mark(last - 1, '.'));
    let extension = extension.filter(|last| extensions.contains_key(&tokens.text(*last).to_lowercase()));
    let is_name =
        extension.is_some_and(|last| matches!(tokens.kind(last - 2), Some(Kind::Word | Kind::Digits)));
    // `/month` is no path.
    let is_path = root.is_some_and(|root| {
        end > root && (root > at + 1 || (root..end).any(|part| tokens.is_mark(part, '/')))
    });
    if !(is_name || is_path) || end == at + MOST_TOKENS {
        return None;
    }
    let said = (at..end).map(|part| match extension.filter(|last| *last == part) {
        Some(last) => extensions.get(&tokens.text(last).to_lowercase()).cloned().unwrap_or_default(),
        None => electronic::say(context, part, false),
    });
    Some(Match::new(end, said.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")))
}

/// Whether nothing that could belong to the name stands right before `at`.
fn is_open(context: &Context<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| context.tokens.kind(before));
    matches!(
        before,
        None | Some(Kind::Space | Kind::Mark('(' | '"' | '“' | '`' | '\'' | '‘' | '[' | '=' | ','))
    )
}

/// The index after the root of a path, `/`, `~/`, `./` or `../`, if it stands at `at` before a name.
fn root(context: &Context<'_>, at: usize) -> Option<usize> {
    let tokens = &context.tokens;
    let first = match tokens.kind(at)? {
        Kind::Mark('.') if tokens.is_mark(at + 1, '.') => at + 2,
        Kind::Mark('~' | '.') => at + 1,
        Kind::Mark('/') => at,
        _ => return None,
    };
    let end = first + 1;
    let has_name = |at: usize| tokens.word(at).is_some();
    let is_root =
        tokens.is_mark(first, '/') && (has_name(end) || tokens.is_mark(end, '.') && has_name(end + 1));
    is_root.then_some(end)
}

fn is_part(context: &Context<'_>, at: usize) -> bool {
    matches!(context.tokens.kind(at), Some(Kind::Word | Kind::Digits | Kind::Mark('.' | '/' | '-' | '_')))
}
