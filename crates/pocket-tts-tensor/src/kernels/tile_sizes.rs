//! The sizes of the tiles whose sums stay in registers, for each instruction set.

/// Tiles of all kernels for one instruction set. Widths are in vectors.
pub(crate) struct TileSizes {
    pub(crate) float: FloatTiles,
    pub(crate) int8: IntegerTiles,
    pub(crate) int16: IntegerTiles,
    pub(crate) q4: BlockTiles,
    pub(crate) attention: AttentionTiles,
}

/// Tiles of a matrix product in floating point.
pub(crate) struct FloatTiles {
    /// Width for a single row.
    pub(crate) single_row: usize,
    /// Width for two or three rows.
    pub(crate) few: usize,
    /// Width for more rows.
    pub(crate) wide: usize,
    /// Width for several rows where fewer than `wide` vectors are left. If it is 1, two vectors come first.
    pub(crate) narrow: usize,
}

/// Tiles of a matrix product in integers.
pub(crate) struct IntegerTiles {
    /// Width for a single row.
    pub(crate) single_row: usize,
    /// Width for several rows.
    pub(crate) wide: usize,
    /// Most rows.
    pub(crate) rows: usize,
}

/// Tiles of a matrix product in 4 bits.
pub(crate) struct BlockTiles {
    /// Width for one or two rows. Weights are read in the order of their addresses if it is a whole panel.
    pub(crate) few: usize,
    /// Width for more rows.
    pub(crate) wide: usize,
    /// Most rows.
    pub(crate) rows: usize,
}

/// Keys, and vectors of values, that attention processes at once.
pub(crate) struct AttentionTiles {
    /// For several queries.
    pub(crate) many_queries: usize,
    /// For a single query.
    pub(crate) one_query: usize,
}

/// 32 registers hold 6 x 4 sums.
#[cfg(target_arch = "x86_64")]
pub(crate) const AVX512: TileSizes = TileSizes {
    float: FloatTiles { single_row: 4, few: 4, wide: 4, narrow: 1 },
    int8: IntegerTiles { single_row: 4, wide: 4, rows: 3 },
    int16: IntegerTiles { single_row: 4, wide: 4, rows: 6 },
    q4: BlockTiles { few: 4, wide: 2, rows: 6 },
    attention: AttentionTiles { many_queries: 4, one_query: 4 },
};

/// 16 registers hold 6 x 2 sums.
#[cfg(target_arch = "x86_64")]
pub(crate) const AVX2: TileSizes = TileSizes {
    float: FloatTiles { single_row: 8, few: 4, wide: 2, narrow: 2 },
    int8: IntegerTiles { single_row: 2, wide: 1, rows: 2 },
    int16: IntegerTiles { single_row: 8, wide: 2, rows: 4 },
    q4: BlockTiles { few: 8, wide: 1, rows: 4 },
    attention: AttentionTiles { many_queries: 2, one_query: 8 },
};

/// 32 registers hold 6 x 4 sums.
#[cfg(target_arch = "aarch64")]
pub(crate) const NEON_DOTPROD: TileSizes = TileSizes {
    float: FloatTiles { single_row: 16, few: 8, wide: 4, narrow: 4 },
    int8: IntegerTiles { single_row: 8, wide: 4, rows: 3 },
    int16: IntegerTiles { single_row: 8, wide: 2, rows: 6 },
    q4: BlockTiles { few: 8, wide: 2, rows: 4 },
    attention: AttentionTiles { many_queries: 4, one_query: 8 },
};

/// As [`NEON_DOTPROD`], but a sum of products of bytes takes two registers.
#[cfg(target_arch = "aarch64")]
pub(crate) const NEON: TileSizes =
    TileSizes { int8: IntegerTiles { single_row: 4, wide: 2, rows: 2 }, ..NEON_DOTPROD };

/// Compilers turn the plain code into vectors of four lanes, of which most processors have 16 or more.
pub(crate) const PORTABLE: TileSizes = TileSizes {
    float: FloatTiles { single_row: 4, few: 4, wide: 4, narrow: 4 },
    int8: IntegerTiles { single_row: 2, wide: 2, rows: 2 },
    int16: IntegerTiles { single_row: 2, wide: 2, rows: 4 },
    q4: BlockTiles { few: 8, wide: 2, rows: 2 },
    attention: AttentionTiles { many_queries: 2, one_query: 4 },
};
