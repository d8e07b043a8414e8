//! Tests of whole configurations: the goldens', the wording of errors, and arbitrary damage.

use std::path::{Path, PathBuf};

use pocket_tts_test_support::own_goldens;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::{Config, ConfigProblem, Location, WeightFiles, parse, read};

const SMALL: &str = include_str!("../../../../tests/goldens/08_lsd_gqa/config.yaml");

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn small_with(old: &str, new: &str) -> String {
    assert!(SMALL.contains(old), "{old}");
    SMALL.replacen(old, new, 1)
}

fn message(old: &str, new: &str) -> String {
    parse(&small_with(old, new), "small.yaml").unwrap_err().to_string()
}

#[test]
fn every_golden_config_is_read_and_finds_its_files() {
    let mut count = 0;
    for entry in std::fs::read_dir(own_goldens()).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let config = read(&folder.join("config.yaml")).unwrap();
        let files = config.files(Some(&folder)).unwrap();
        let weights = match files.weights {
            WeightFiles::Bundle { bundle, .. } => bundle,
            WeightFiles::Split { flow_lm, .. } => flow_lm,
        };
        for location in [weights, files.tokenizer] {
            let Location::Path(path) = location else { panic!("{location}") };
            assert!(path.exists(), "{}", path.display());
        }
        count += 1;
    }
    assert_eq!(count, 18);
}

#[test]
fn the_shipped_voice_is_read() {
    let config = read(&repository().join("assets/tiny/config.yaml")).unwrap();
    assert_eq!(config.mimi.decoder_seanet().n_filters, 24);
    assert_eq!(config.mimi.decoder_seanet().ratios, [6, 5, 4]);
    assert_eq!(config.replace_characters.get("—").map(String::as_str), Some(","));
    assert_eq!(config.model_recommended_frames_after_eos, Some(2));
}

#[test]
fn absent_keys_have_the_defaults_of_upstream() {
    let config = parse(SMALL, "small.yaml").unwrap();
    assert!((config.default_temperature - 0.3).abs() < f64::EPSILON);
    assert!((config.default_eos_threshold + 4.0).abs() < f64::EPSILON);
    assert!(config.append_terminal_punctuation && config.capitalize_first_letter);
    assert!(!config.remove_semicolons && !config.pad_with_spaces_for_short_inputs);
    assert!(config.replace_characters.is_empty());
}

#[test]
fn an_unknown_key_is_answered_with_the_allowed_ones() {
    assert_eq!(
        message("    depth: 2", "    dept: 2"),
        "the config small.yaml has an unknown key `flow_lm.flow.dept`; did you mean `depth`? allowed keys are dim, \
         depth, type"
    );
    assert_eq!(
        message("  quantizer:\n", "  nonsense: 1\n  quantizer:\n"),
        "the config small.yaml has an unknown key `mimi.nonsense`; allowed keys are dtype, sample_rate, channels, \
         frame_rate, seanet, transformer, quantizer, weights_path, inner_dim, outer_dim, decoder_seanet, \
         decoder_transformer"
    );
}

#[test]
fn a_missing_key_is_named() {
    assert_eq!(
        message("    depth: 2\n", ""),
        "the config small.yaml lacks the key `flow_lm.flow.depth`; add it"
    );
    assert_eq!(
        parse("{}", "empty.yaml").unwrap_err().to_string(),
        "the config empty.yaml lacks the key `flow_lm`; add it"
    );
}

#[test]
fn a_wrong_type_says_what_is_there_and_what_should_be() {
    let cases = [
        (
            "depth: 2",
            "depth: two",
            "`flow_lm.flow.depth` is the text `two`, but must be a whole number of 0 or more",
        ),
        (
            "depth: 2",
            "depth: -2",
            "`flow_lm.flow.depth` is the number -2, but must be a whole number of 0 or more",
        ),
        (
            "depth: 2",
            "depth: 2.5",
            "`flow_lm.flow.depth` is the number 2.5, but must be a whole number of 0 or more",
        ),
        ("depth: 2", "depth: [2]", "`flow_lm.flow.depth` is a list, but must be a whole number of 0 or more"),
        ("depth: 2", "depth:", "`flow_lm.flow.depth` is empty, but must be a whole number of 0 or more"),
        ("- 4", "- x", "`mimi.seanet.ratios.1` is the text `x`, but must be a whole number of 0 or more"),
        (
            "frame_rate: 12.5",
            "frame_rate: fast",
            "`mimi.frame_rate` is the text `fast`, but must be a number",
        ),
        (
            "pad_mode: constant",
            "pad_mode: mirror",
            "`mimi.seanet.pad_mode` is `mirror`, but must be one of constant, replicate",
        ),
        ("pad_mode: constant", "pad_mode: 0", "`mimi.seanet.pad_mode` is the number 0, but must be a text"),
        (
            "depth: 2",
            "depth: 2\n    type: euler",
            "`flow_lm.flow.type` is `euler`, but must be one of lsd, flow_matching, drifting, pointwise",
        ),
        (
            "tokenizer: tokenizers",
            "tokenizer: bpe",
            "`flow_lm.lookup_table.tokenizer` is `bpe`, but must be one of sentencepiece, tokenizers, json",
        ),
        (
            "insert_bos_before_voice: true",
            "insert_bos_before_voice: often",
            "`flow_lm.insert_bos_before_voice` is the text `often`, but must be true or false",
        ),
        (
            "weights_path: model.safetensors",
            "weights_path: 5",
            "`weights_path` is the number 5, but must be a text",
        ),
        (
            "  flow:\n    depth: 2\n    dim: 12",
            "  flow: 7",
            "`flow_lm.flow` is the number 7, but must be a mapping of keys",
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(message(old, new), format!("the config small.yaml: {expected}"));
    }
}

#[test]
fn a_contradiction_names_the_file_and_the_key() {
    assert_eq!(
        message("num_heads: 3", "num_heads: 5"),
        "the config small.yaml: `flow_lm.transformer.num_heads` (5) does not divide attn_dim (36)"
    );
    assert_eq!(
        message("weights_path: model.safetensors", "default_temperature: -1"),
        "the config small.yaml: `default_temperature` is -1, but must be a finite number of 0 or more"
    );
    assert_eq!(
        message("weights_path: model.safetensors", "clear_attention: 1.5"),
        "the config small.yaml: `clear_attention` is 1.5, but must be a number from 0 to 1"
    );
    assert_eq!(
        message("weights_path: model.safetensors", "weights_path: m\nreplace_characters: {ab: c}"),
        "the config small.yaml: `replace_characters.ab` must be a single character on the left of its colon"
    );
}

#[test]
fn weights_must_be_complete_and_reachable() {
    let missing =
        "`weights_path` is missing; give it, or both `flow_lm.weights_path` and `mimi.weights_path`";
    assert_eq!(message("weights_path: model.safetensors\n", ""), format!("the config small.yaml: {missing}"));
    assert_eq!(
        message("  insert_bos", "  weights_path: a\n  insert_bos"),
        "the config small.yaml: `flow_lm.weights_path` is given without `mimi.weights_path`; give both, or \
         `weights_path` alone"
    );
    assert_eq!(
        message("weights_path: model.safetensors", "weights_path: http://example.org/a"),
        "the config small.yaml: `weights_path` is no usable location: `http://example.org/a` is not \
         encrypted; use https:// (http:// is for 127.0.0.1 and localhost only)"
    );
    let config = parse(&small_with("mimi:\n", "mimi:\n  weights_path: codec\n"), "small.yaml").unwrap();
    let WeightFiles::Bundle { mimi, .. } = config.files(None).unwrap().weights else { panic!("a bundle") };
    assert_eq!(mimi, Some(Location::Path("codec".into())));
}

#[test]
fn text_that_is_not_yaml_is_refused_with_its_place() {
    let message = parse("a: [1", "broken.yaml").unwrap_err().to_string();
    assert!(message.starts_with("the config broken.yaml is not valid YAML: "), "{message}");
    assert!(message.contains("line"), "{message}");
    for text in ["", "just words", "- 1", "a: 1\na: 2", "? [1]\n: 2", "&a [*a]", "!x y"] {
        let problem = parse(text, "broken.yaml").unwrap_err();
        assert!(matches!(problem, ConfigProblem::Syntax { .. }), "{text:?}: {problem}");
    }
}

#[test]
fn what_would_take_the_parser_long_is_refused_before_it_is_parsed() {
    for text in [
        "[".repeat(100_000),
        "{".repeat(100_000),
        "a: [".repeat(100_000),
        // Closed in texts only, which a count of the depth would have to tell from real ones.
        "[\"]\", ".repeat(100_000),
        "{\"}\": [\"]\", ".repeat(100_000),
    ] {
        let problem = parse(&text, "deep.yaml").unwrap_err();
        assert!(matches!(&problem, ConfigProblem::Syntax { .. }), "{problem}");
        assert!(problem.to_string().contains("opening brackets"), "{problem}");
    }
    let text = small_with("flow_lm:", &format!("# {}\nflow_lm:", "[]".repeat(900)));
    assert_eq!(parse(&text, "small.yaml").unwrap(), parse(&small_with("", ""), "small.yaml").unwrap());
}

#[test]
fn aliases_that_would_fill_the_memory_are_refused_before_they_are_followed() {
    let list = format!("a: &a [{}]\n", "1,".repeat(50_000));
    let many = (0..50_000).map(|index| format!("b{index}: *a\n")).collect::<Vec<_>>().concat();
    let mut tower = format!("a0: &a0 [{}]\n", "1,".repeat(1_000));
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        tower = format!("{tower}a{level}: &a{level} [{below}]\n");
    }
    for text in [list + &many, tower] {
        let problem = parse(&text, "aliases.yaml").unwrap_err().to_string();
        assert!(problem.contains("use fewer aliases"), "{problem}");
    }
    let text = small_with("flow_lm:", "replace_characters: &a {a: b}\nflow_lm:");
    assert_eq!(parse(&text, "small.yaml").unwrap().replace_characters["a"], "b");
}

#[test]
fn a_merge_key_is_followed() {
    let config = parse(&small_with("    depth: 2\n", "    <<: {depth: 3}\n"), "small.yaml").unwrap();
    assert_eq!(config.flow_lm.flow.depth, 3);
}

#[test]
fn a_file_must_exist_and_be_called_yaml() {
    let problem = read(Path::new("nowhere/config.yaml")).unwrap_err();
    assert!(matches!(problem, ConfigProblem::Read { .. }), "{problem}");
    let problem = read(&repository().join("Cargo.toml")).unwrap_err();
    assert!(matches!(problem, ConfigProblem::Extension { .. }), "{problem}");
}

/// A scalar that some reader somewhere stumbles over.
fn odd_scalar(choice: usize) -> &'static str {
    const ODD: &[&str] = &[
        "0",
        "1",
        "-1",
        "3.5",
        ".inf",
        ".nan",
        "18446744073709551615",
        "65536",
        "99999999999999999999",
        "~",
        "''",
        "[]",
        "{}",
        "[0]",
        "[1, 2, 3]",
        "true",
        "hf://",
        "!tag x",
        "1e400",
        "\"\\0\"",
        "*nothing",
        "&a [*a]",
    ];
    ODD[choice % ODD.len()]
}

/// What the layers rely on in a configuration that passed its checks.
fn check_promises(config: &Config) {
    let mimi = &config.mimi;
    assert!(mimi.upsample_stride() >= 1 && mimi.samples_per_frame() >= 1);
    assert_eq!(mimi.decoder_transformer().output_dimension(), mimi.decoder_seanet().dimension);
    assert!(config.flow_lm.transformer.head_dim().is_multiple_of(2));
    assert!(config.files(None).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_config_with_odd_values_is_read_or_refused_but_never_panics(
        damage in prop::collection::vec((any::<usize>(), any::<usize>()), 1..4),
    ) {
        let mut lines: Vec<String> = SMALL.lines().map(str::to_owned).collect();
        for (line, choice) in damage {
            let index = line % lines.len();
            let key = lines[index].split_once(": ").map_or(lines[index].clone(), |(key, _)| format!("{key}:"));
            lines[index] = format!("{key} {}", odd_scalar(choice));
        }
        if let Ok(config) = parse(&lines.join("\n"), "odd.yaml") {
            check_promises(&config);
        }
    }

    #[test]
    fn a_config_with_other_bytes_is_read_or_refused_but_never_panics(
        start in any::<usize>(), length in 0_usize..40, text in ".{0,20}",
    ) {
        let characters: Vec<char> = SMALL.chars().collect();
        let start = start % characters.len();
        let end = (start + length).min(characters.len());
        let damaged: String =
            characters[..start].iter().copied().chain(text.chars()).chain(characters[end..].iter().copied()).collect();
        if let Ok(config) = parse(&damaged, "damaged.yaml") {
            check_promises(&config);
        }
    }
}
