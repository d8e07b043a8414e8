//! Builds valid and broken WAV files.

/// A WAV file in which every field can be wrong.
#[derive(Clone)]
pub(crate) struct RawWav {
    pub(crate) riff_bytes: u32,
    pub(crate) format_tag: u16,
    pub(crate) channels: u16,
    pub(crate) sample_rate_hz: u32,
    pub(crate) block_align: u16,
    pub(crate) bits_per_sample: u16,
    /// The bytes after the first 16 of the `fmt ` chunk.
    pub(crate) extension: Vec<u8>,
    pub(crate) data_bytes: u32,
    pub(crate) data: Vec<u8>,
}

impl RawWav {
    /// Valid 16-bit mono at 24 kHz.
    pub(crate) fn mono(samples: &[i16]) -> Self {
        let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Self {
            riff_bytes: 36 + data.len() as u32,
            format_tag: 1,
            channels: 1,
            sample_rate_hz: 24_000,
            block_align: 2,
            bits_per_sample: 16,
            extension: Vec::new(),
            data_bytes: data.len() as u32,
            data,
        }
    }

    /// The extensible form: `sub_format` is the plain tag inside the GUID.
    pub(crate) fn extensible(self, channel_mask: u32, sub_format: u16) -> Self {
        let mut extension = vec![22, 0];
        extension.extend_from_slice(&self.bits_per_sample.to_le_bytes());
        extension.extend_from_slice(&channel_mask.to_le_bytes());
        extension.extend_from_slice(&sub_format.to_le_bytes());
        extension.extend_from_slice(&[0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
        Self { format_tag: 0xfffe, extension, ..self }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"RIFF".to_vec();
        bytes.extend_from_slice(&self.riff_bytes.to_le_bytes());
        bytes.extend_from_slice(b"WAVEfmt ");
        bytes.extend_from_slice(&(16 + self.extension.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&self.format_tag.to_le_bytes());
        bytes.extend_from_slice(&self.channels.to_le_bytes());
        bytes.extend_from_slice(&self.sample_rate_hz.to_le_bytes());
        bytes.extend_from_slice(&self.sample_rate_hz.wrapping_mul(2).to_le_bytes());
        bytes.extend_from_slice(&self.block_align.to_le_bytes());
        bytes.extend_from_slice(&self.bits_per_sample.to_le_bytes());
        bytes.extend_from_slice(&self.extension);
        bytes.extend_from_slice(b"data");
        bytes.extend_from_slice(&self.data_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.data);
        bytes
    }
}
