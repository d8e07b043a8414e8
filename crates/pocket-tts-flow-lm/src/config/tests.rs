//! Tests of the section `flow_lm`: the derived widths and one message per inconsistency.

use super::{FlowConfig, FlowKind, FlowLmConfig, FlowLmTransformerConfig, LookupTableConfig, TokenizerKind};

/// A message, and the change that causes it.
type Case = (&'static str, fn(&mut FlowLmConfig));

fn small() -> FlowLmConfig {
    FlowLmConfig {
        dtype: "float32".to_owned(),
        flow: FlowConfig { dim: 12, depth: 2, kind: FlowKind::Lsd },
        transformer: FlowLmTransformerConfig {
            hidden_scale: 2,
            max_period: 10_000.0,
            d_model: 24,
            num_heads: 3,
            num_layers: 2,
            attn_dim: None,
            num_kv_heads: None,
            dim_feedforward: None,
        },
        z_dim: None,
        lookup_table: LookupTableConfig {
            dim: 24,
            n_bins: 360,
            tokenizer: TokenizerKind::SentencePiece,
            tokenizer_path: "tokenizer.model".to_owned(),
            rank: None,
        },
        weights_path: None,
        insert_bos_before_voice: true,
    }
}

fn message(change: impl FnOnce(&mut FlowLmConfig)) -> String {
    let mut config = small();
    change(&mut config);
    config.validate("flow_lm").unwrap_err().to_string()
}

#[test]
fn a_valid_config_passes_and_absent_widths_are_derived() {
    let config = small();
    assert_eq!(config.validate("flow_lm"), Ok(()));
    assert_eq!(config.transformer.attn_dim(), 24);
    assert_eq!(config.transformer.num_kv_heads(), 3);
    assert_eq!(config.transformer.dim_feedforward(), 48);
    assert_eq!(config.transformer.head_dim(), 8);
    assert_eq!(config.head_input_dim(), 24);
}

#[test]
fn given_widths_replace_the_derived_ones() {
    let mut config = small();
    config.z_dim = Some(10);
    config.transformer.attn_dim = Some(36);
    config.transformer.num_kv_heads = Some(1);
    config.transformer.dim_feedforward = Some(7);
    assert_eq!(config.validate("flow_lm"), Ok(()));
    assert_eq!(config.transformer.head_dim(), 12);
    assert_eq!(config.transformer.dim_feedforward(), 7);
    assert_eq!(config.head_input_dim(), 10);
}

#[test]
fn another_dtype_is_refused_with_a_hint_about_weight_files() {
    assert_eq!(
        message(|config| config.dtype = "bfloat16".to_owned()),
        "`flow_lm.dtype` is `bfloat16`, but must be `float32`: it is the type that the model computes in; \
         weight files may contain float32, bfloat16 or float16"
    );
}

#[test]
fn every_inconsistency_names_its_key() {
    let cases: [Case; 17] = [
        ("`flow_lm.flow.dim` is 0, but must be from 2 to 65536", |c| c.flow.dim = 0),
        ("`flow_lm.flow.dim` is 1, but must be from 2 to 65536", |c| c.flow.dim = 1),
        ("`flow_lm.flow.depth` is 0, but must be from 1 to 512", |c| c.flow.depth = 0),
        ("`flow_lm.transformer.d_model` is 0, but must be from 1 to 65536", |c| c.transformer.d_model = 0),
        ("`flow_lm.transformer.num_layers` is 513, but must be from 1 to 512", |c| {
            c.transformer.num_layers = 513;
        }),
        ("`flow_lm.transformer.max_period` is NaN, but must be from 1 to 1000000000", |c| {
            c.transformer.max_period = f64::NAN;
        }),
        ("`flow_lm.transformer.num_heads` (5) does not divide d_model (24)", |c| c.transformer.num_heads = 5),
        ("`flow_lm.transformer.num_heads` (3) does not divide attn_dim (32)", |c| {
            c.transformer.attn_dim = Some(32);
        }),
        ("`flow_lm.transformer.attn_dim` is 0, but must be from 1 to 65536", |c| {
            c.transformer.attn_dim = Some(0);
        }),
        ("`flow_lm.transformer.num_kv_heads` (2) does not divide num_heads (3)", |c| {
            c.transformer.num_kv_heads = Some(2);
        }),
        (
            "`flow_lm.transformer.hidden_scale` makes the feed-forward layers 0 wide, but they must be from \
             1 to 65536 wide",
            |c| c.transformer.hidden_scale = 0,
        ),
        (
            "`flow_lm.transformer.hidden_scale` makes the feed-forward layers 18446744073709551615 wide, but \
             they must be from 1 to 65536 wide",
            |c| c.transformer.hidden_scale = usize::MAX,
        ),
        ("`flow_lm.z_dim` is 0, but must be from 1 to 65536", |c| c.z_dim = Some(0)),
        ("`flow_lm.lookup_table.rank` is 0, but must be from 1 to 65536", |c| c.lookup_table.rank = Some(0)),
        ("`flow_lm.lookup_table.n_bins` is 0, but must be from 1 to 1048576", |c| c.lookup_table.n_bins = 0),
        ("`flow_lm.lookup_table.n_bins` is 1048577, but must be from 1 to 1048576", |c| {
            c.lookup_table.n_bins = 1_048_577;
        }),
        ("`flow_lm.lookup_table.dim` is 20, but must equal flow_lm.transformer.d_model (24)", |c| {
            c.lookup_table.dim = 20;
        }),
    ];
    for (expected, change) in cases {
        assert_eq!(message(change), expected);
    }
}

#[test]
fn a_head_without_time_may_have_width_one() {
    let mut config = small();
    config.flow = FlowConfig { dim: 1, depth: 1, kind: FlowKind::Drifting };
    assert_eq!(config.validate("flow_lm"), Ok(()));
}

#[test]
fn a_json_name_overrides_the_tokenizer_key() {
    let mut table = small().lookup_table;
    assert_eq!(table.tokenizer_format(), TokenizerKind::SentencePiece);
    table.tokenizer_path = "hf://owner/repo/tokenizer.json@abc".to_owned();
    assert_eq!(table.tokenizer_format(), TokenizerKind::Json);
    table.tokenizer_path = "hf://owner/repo/tokenizer.model@abc.json".to_owned();
    assert_eq!(table.tokenizer_format(), TokenizerKind::SentencePiece);
}
