//! Emoji, which no voice knows how to speak.

use pocket_tts_spans::{Edits, MappedText};

use crate::punctuation::is_closing_punctuation;

/// The characters of which emoji are made (`Extended_Pictographic` of Unicode 16, skin tones and flags), apart from the
/// ones that texts use as signs, such as ©, ™ and ↔.
const EMOJI: &[(char, char)] = &[
    ('\u{231A}', '\u{231B}'),
    ('\u{2328}', '\u{2328}'),
    ('\u{2388}', '\u{2388}'),
    ('\u{23CF}', '\u{23CF}'),
    ('\u{23E9}', '\u{23F3}'),
    ('\u{23F8}', '\u{23FA}'),
    ('\u{25AA}', '\u{25AB}'),
    ('\u{25B6}', '\u{25B6}'),
    ('\u{25C0}', '\u{25C0}'),
    ('\u{25FB}', '\u{25FE}'),
    ('\u{2600}', '\u{2605}'),
    ('\u{2607}', '\u{2612}'),
    ('\u{2614}', '\u{263F}'),
    ('\u{2641}', '\u{2641}'),
    ('\u{2643}', '\u{265F}'),
    ('\u{2660}', '\u{266C}'),
    ('\u{2670}', '\u{2685}'),
    ('\u{2690}', '\u{2705}'),
    ('\u{2708}', '\u{2712}'),
    ('\u{2714}', '\u{2714}'),
    ('\u{2716}', '\u{2716}'),
    ('\u{271D}', '\u{271D}'),
    ('\u{2721}', '\u{2721}'),
    ('\u{2728}', '\u{2728}'),
    ('\u{2733}', '\u{2734}'),
    ('\u{2744}', '\u{2744}'),
    ('\u{2747}', '\u{2747}'),
    ('\u{274C}', '\u{274C}'),
    ('\u{274E}', '\u{274E}'),
    ('\u{2753}', '\u{2755}'),
    ('\u{2757}', '\u{2757}'),
    ('\u{2763}', '\u{2767}'),
    ('\u{2795}', '\u{2797}'),
    ('\u{27A1}', '\u{27A1}'),
    ('\u{27B0}', '\u{27B0}'),
    ('\u{27BF}', '\u{27BF}'),
    ('\u{2934}', '\u{2935}'),
    ('\u{2B05}', '\u{2B07}'),
    ('\u{2B1B}', '\u{2B1C}'),
    ('\u{2B50}', '\u{2B50}'),
    ('\u{2B55}', '\u{2B55}'),
    ('\u{1F000}', '\u{1F0FF}'),
    ('\u{1F10D}', '\u{1F10F}'),
    ('\u{1F12F}', '\u{1F12F}'),
    ('\u{1F16C}', '\u{1F171}'),
    ('\u{1F17E}', '\u{1F17F}'),
    ('\u{1F18E}', '\u{1F18E}'),
    ('\u{1F191}', '\u{1F19A}'),
    ('\u{1F1AD}', '\u{1F1FF}'),
    ('\u{1F201}', '\u{1F20F}'),
    ('\u{1F21A}', '\u{1F21A}'),
    ('\u{1F22F}', '\u{1F22F}'),
    ('\u{1F232}', '\u{1F23A}'),
    ('\u{1F23C}', '\u{1F23F}'),
    ('\u{1F249}', '\u{1F53D}'),
    ('\u{1F546}', '\u{1F64F}'),
    ('\u{1F680}', '\u{1F6FF}'),
    ('\u{1F774}', '\u{1F77F}'),
    ('\u{1F7D5}', '\u{1F7FF}'),
    ('\u{1F80C}', '\u{1F80F}'),
    ('\u{1F848}', '\u{1F84F}'),
    ('\u{1F85A}', '\u{1F85F}'),
    ('\u{1F888}', '\u{1F88F}'),
    ('\u{1F8AE}', '\u{1F8FF}'),
    ('\u{1F90C}', '\u{1F93A}'),
    ('\u{1F93C}', '\u{1F945}'),
    ('\u{1F947}', '\u{1FAFF}'),
    ('\u{1FC00}', '\u{1FFFD}'),
];

const ZERO_WIDTH_JOINER: char = '\u{200D}';
const EMOJI_SELECTOR: char = '\u{FE0F}';
const TEXT_SELECTOR: char = '\u{FE0E}';
const KEYCAP: char = '\u{20E3}';

/// Whether a character only selects how the one before it looks.
pub(crate) fn is_selector(character: char) -> bool {
    matches!(character, EMOJI_SELECTOR | TEXT_SELECTOR)
}

/// The length in bytes of the emoji with which a text begins, with all its joined parts, or of a selector alone. 0 if
/// the text begins with something else.
pub(crate) fn len_at_start(text: &str) -> usize {
    let Some(first) = text.chars().next() else { return 0 };
    if first.is_ascii() {
        return keycap_len(text, first);
    }
    if is_selector(first) {
        return first.len_utf8();
    }
    let mut end = 0;
    let mut characters = text.char_indices().peekable();
    let mut is_joined = true;
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let is_part = is_emoji(character) || (is_sign(character) && next == Some(EMOJI_SELECTOR));
        let is_part = is_part && (is_joined || is_modifier(character));
        let is_follower = at > 0 && is_follower(character);
        if !is_part && !is_follower {
            break;
        }
        is_joined = character == ZERO_WIDTH_JOINER;
        end = at + character.len_utf8();
    }
    end
}

/// The length of a digit, `#` or `*` in a key's cap.
fn keycap_len(text: &str, first: char) -> usize {
    if !first.is_ascii_digit() && first != '#' && first != '*' {
        return 0;
    }
    let rest = &text[1..];
    let after = rest.strip_prefix(EMOJI_SELECTOR).unwrap_or(rest);
    after.strip_prefix(KEYCAP).map_or(0, |after| text.len() - after.len())
}

fn is_emoji(character: char) -> bool {
    let found = EMOJI.partition_point(|(_, last)| *last < character);
    EMOJI.get(found).is_some_and(|(first, _)| *first <= character)
}

/// Whether a character is a sign of texts, unless an emoji selector follows.
fn is_sign(character: char) -> bool {
    matches!(
        character,
        '\u{2194}'..='\u{2199}' | '\u{21A9}'..='\u{21AA}' | '\u{2640}' | '\u{2642}' | '\u{24C2}' | '\u{3030}'
            | '\u{303D}' | '\u{3297}' | '\u{3299}'
    )
}

/// Whether a character changes the emoji before it.
fn is_modifier(character: char) -> bool {
    matches!(character, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Whether a character can be inside an emoji after its first.
fn is_follower(character: char) -> bool {
    let is_tag = matches!(character, '\u{E0020}'..='\u{E007F}');
    is_tag || is_selector(character) || matches!(character, ZERO_WIDTH_JOINER | KEYCAP)
}

/// The text without emoji. Other white space is kept.
pub(crate) fn remove(text: &MappedText) -> MappedText {
    let whole = text.text();
    let mut edits = Edits::new(text);
    let (mut done, mut at) = (0, 0);
    while let Some(character) = whole[at..].chars().next() {
        let emoji = len_at_start(&whole[at..]);
        if emoji == 0 {
            at += character.len_utf8();
            continue;
        }
        if is_selector(character) {
            edits.replace(at..at + emoji, "");
            (at, done) = (at + emoji, at + emoji);
            continue;
        }
        // Emoji that only spaces separate are removed together.
        let mut end = at + emoji;
        let mut spaces_end = skip_spaces(whole, end);
        loop {
            let next = len_at_start(&whole[spaces_end..]);
            if next == 0 {
                break;
            }
            end = spaces_end + next;
            spaces_end = skip_spaces(whole, end);
        }
        let start = done + whole[done..at].trim_end_matches([' ', '\t']).len();
        let (before, after) = (whole[done..start].chars().next_back(), whole[spaces_end..].chars().next());
        let is_start = before.is_none_or(|character| character == '\n' || character == '\r');
        let is_end =
            after.is_none_or(|character| is_closing_punctuation(character) || "\r\n".contains(character));
        let is_between_words = before.zip(after).is_some_and(|(before, after)| {
            (before.is_alphanumeric() || start < at) && (after.is_alphanumeric() || end < spaces_end)
        });
        let has_space = start < at || end < spaces_end || is_between_words;
        edits.replace(start..spaces_end, if is_start || is_end || !has_space { "" } else { " " });
        (at, done) = (spaces_end, spaces_end);
    }
    edits.finish()
}

/// The offset of the first character at or after `at` that is not a space.
fn skip_spaces(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches([' ', '\t']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(text: &str) -> String {
        remove(&MappedText::new(text)).text().to_owned()
    }

    #[test]
    fn emoji_are_removed_whole() {
        for emoji in ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#⃣", "❤️", "❤", "☎", "↔️", "❤️‍🔥", "🧑🏿‍💻"]
        {
            let total: usize = std::iter::successors(Some(0), |at| {
                let len = len_at_start(&emoji[*at..]);
                (len > 0).then_some(at + len)
            })
            .last()
            .unwrap_or_default();
            assert_eq!(total, emoji.len(), "{emoji}");
            assert_eq!(removed(&format!("a {emoji} b")), "a b");
        }
    }

    #[test]
    fn signs_and_digits_stay() {
        let text = "© ® ™ # * 0 9 ‼ ↔ → ✓ ♂ № ½ ° € « 🄰";
        assert_eq!(removed(text), text);
        assert_eq!(removed("©️ ™️ a︎b"), "© ™ ab");
    }

    #[test]
    fn the_spaces_around_an_emoji_become_one() {
        for (text, expected) in [
            ("Great 🎉!", "Great!"),
            ("Great!🎉", "Great!"),
            ("🎉 Great 🎉 🎊\nNext", "Great\nNext"),
            ("a  🎉  b", "a b"),
            ("wow🎉great", "wow great"),
            ("(🎉)", "()"),
            ("a\n🎉 b", "a\nb"),
            ("🎉🎉", ""),
            ("no emoji  here ", "no emoji  here "),
        ] {
            assert_eq!(removed(text), expected, "{text}");
        }
    }
}
