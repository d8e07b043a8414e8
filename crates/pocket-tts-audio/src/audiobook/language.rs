//! Languages as MP4 and `ID3v2` name them: with the three letters of ISO 639-2/T.

/// The two letters of each language in ISO 639-1, then its three letters. Of those with two codes of three letters, such
/// as `fra` and `fre`, the terminological one.
const LANGUAGES: &str = "\
    aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bibis bmbam bnben \
    bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe elell \
    eneng eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv \
    hahau heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl itita \
    iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor kykir \
    lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa mtmlt \
    mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs papan \
    pipli plpol pspus ptpor quque rmroh rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv \
    smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn \
    toton trtur tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid yoyor \
    zazha zhzho zuzul";

/// The code of a BCP 47 tag's language, or [`None`] if it has none or isn't a tag.
pub(super) fn three_letters(tag: &str) -> Option<[u8; 3]> {
    let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if !language.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return None;
    }
    let code = match language.len() {
        3 => &language[..],
        2 => LANGUAGES.split_ascii_whitespace().find_map(|names| names.strip_prefix(&language[..]))?,
        _ => return None,
    };
    code.as_bytes().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_three_letters() {
        let codes = [
            ("en", "eng"),
            ("pt-BR", "por"),
            ("DE_at", "deu"),
            ("fr", "fra"),
            ("zh-Hans", "zho"),
            ("yue", "yue"),
        ];
        for (tag, code) in codes {
            assert_eq!(three_letters(tag).unwrap(), code.as_bytes(), "{tag}");
        }
        for tag in ["", "-", "xx", "e1", "english", "日本"] {
            assert_eq!(three_letters(tag), None, "{tag}");
        }
    }

    #[test]
    fn every_language_has_two_and_three_letters() {
        assert_eq!(LANGUAGES.split_ascii_whitespace().count(), 183);
        assert!(LANGUAGES.split_ascii_whitespace().all(|names| names.len() == 5 && names.is_ascii()));
    }
}
