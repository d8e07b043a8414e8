//! The samples of one channel of a frame.

use super::bits::Bits;
use super::prediction::{MOST_COEFFICIENTS, Prediction};

/// Reads a channel's samples of `bits` each into `samples`, which are [`MOST_COEFFICIENTS`] zeros and a place for each.
pub(super) fn read(source: &mut Bits<'_>, samples: &mut [i32], bits: u32) -> Option<()> {
    let (front, own) = samples.split_at_mut_checked(MOST_COEFFICIENTS)?;
    front.fill(0);
    if source.number(1) != 0 {
        return None;
    }
    let kind = source.number(6) as usize;
    let unused = if source.number(1) == 1 { source.zeros()? + 1 } else { 0 };
    let bits = bits.checked_sub(unused).filter(|bits| *bits > 0)?;
    match kind {
        0 => own.fill(source.signed(bits)),
        1 => own.fill_with(|| source.signed(bits)),
        8..=12 | 32.. => {
            let order = if kind < 32 { kind - 8 } else { kind - 31 };
            for sample in own.get_mut(..order)? {
                *sample = source.signed(bits);
            }
            let prediction =
                if kind < 32 { Prediction::fixed(order)? } else { read_prediction(source, order)? };
            prediction.restore(source, samples, bits)?;
        }
        _ => return None,
    }
    if unused > 0 {
        for sample in &mut samples[MOST_COEFFICIENTS..] {
            *sample = sample.wrapping_shl(unused);
        }
    }
    (!source.has_overrun()).then_some(())
}

fn read_prediction(source: &mut Bits<'_>, order: usize) -> Option<Prediction> {
    let precision = source.number(4) + 1;
    let shift = u32::try_from(source.signed(5)).ok()?;
    if precision == 16 {
        return None;
    }
    let mut coefficients = [0; MOST_COEFFICIENTS];
    for coefficient in &mut coefficients[..order] {
        *coefficient = source.signed(precision);
    }
    Some(Prediction { order, coefficients, shift })
}
