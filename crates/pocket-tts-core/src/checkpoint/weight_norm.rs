//! Weights that training kept as magnitude and direction.

use pocket_tts_tensor::{WeightError, WeightFile};

/// `g · v / ‖v‖`, the norm being taken over all but the first axis; returns shape and values.
///
/// # Source
///
/// `torch._weight_norm(v, g, dim=0)`
pub(super) fn fuse(
    file: &WeightFile,
    magnitude: &str,
    direction: &str,
) -> Result<(Vec<usize>, Vec<f32>), WeightError> {
    let magnitudes = file.values(magnitude)?;
    let mut values = file.values(direction)?;
    let shape = file.shape(direction).unwrap_or_default().to_vec();
    let rows = shape.first().copied().unwrap_or(0);
    if magnitudes.len() != rows {
        let found = file.shape(magnitude).unwrap_or_default().to_vec();
        return Err(WeightError::Shape { name: magnitude.to_owned(), expected: vec![rows], found });
    }
    let width = values.len() / rows.max(1);
    for (row, magnitude) in values.chunks_exact_mut(width.max(1)).zip(magnitudes) {
        let norm = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt() as f32;
        for x in row {
            *x = *x * magnitude / norm;
        }
    }
    Ok((shape, values))
}
