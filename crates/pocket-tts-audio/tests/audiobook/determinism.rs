//! The bytes depend on the book and its samples, not on their cuts or on the clock.

use std::fs;

use pocket_tts_audio::audiobook::{AudiobookFormat, AudiobookWriter};
use proptest::prelude::*;

use crate::book::{LENGTHS, SAMPLE_RATE_HZ, TITLES, chapters, info, png, tone, write};

#[test]
fn the_same_book_has_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for format in AudiobookFormat::SINGLE_FILES {
        let files = [1_920, 999, 1_000_000].map(|chunk| {
            let path = folder.path().join("book");
            write(&path, format, &info(Some(png())), (&TITLES, &LENGTHS), chunk).unwrap();
            fs::read(path).unwrap()
        });
        assert!(files[0] == files[1] && files[0] == files[2], "{format}");
    }
}

#[test]
fn not_a_number_is_silence_and_samples_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    for format in AudiobookFormat::SINGLE_FILES {
        let file = |samples: [f32; 4]| {
            let path = folder.path().join("book");
            let mut writer =
                AudiobookWriter::create(&path, format, SAMPLE_RATE_HZ, &info(None), &chapters([])).unwrap();
            writer.write(&samples.repeat(1_000)).unwrap();
            writer.finish().unwrap();
            fs::read(path).unwrap()
        };
        assert!(file([f32::NAN, 2.0, f32::NEG_INFINITY, 0.5]) == file([0.0, 1.0, -1.0, 0.5]), "{format}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn cuts_do_not_change_bytes(
        lengths in prop::collection::vec(0_usize..4_000, 1..4),
        cuts in prop::collection::vec(0_usize..3_000, 0..6),
    ) {
        prop_assume!(lengths.iter().sum::<usize>() > 0);
        let folder = tempfile::tempdir().unwrap();
        let titles = vec!["x"; lengths.len()];
        for format in AudiobookFormat::SINGLE_FILES {
            let whole = folder.path().join("whole");
            write(&whole, format, &info(None), (&titles, &lengths), usize::MAX).unwrap();
            let cut = folder.path().join("cut");
            let infos = chapters(titles.iter().copied());
            let mut writer = AudiobookWriter::create(&cut, format, SAMPLE_RATE_HZ, &info(None), &infos).unwrap();
            for samples in &lengths {
                writer.begin_chapter().unwrap();
                let sound = tone(*samples);
                let mut rest = &sound[..];
                for cut in &cuts {
                    let (front, back) = rest.split_at((*cut).min(rest.len()));
                    writer.write(front).unwrap();
                    rest = back;
                }
                writer.write(rest).unwrap();
            }
            writer.finish().unwrap();
            prop_assert!(fs::read(&whole).unwrap() == fs::read(&cut).unwrap(), "{}", format);
        }
    }
}
