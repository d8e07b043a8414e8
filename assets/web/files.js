// Files of a speech for download.

import * as api from './api.js'
import { wavFile } from './wav.js'
import { wholeWords } from './words.js'

const NAME_CHARACTERS = 40

export const FORMAT_NAMES = { wav: 'WAV', mp3: 'MP3', opus: 'Opus', flac: 'FLAC', aac: 'AAC' }

/** The name of a file: the first words of its text. */
export function fileName({ wish, isWhole }, format) {
  const plain = wish.text.replace(/[^\p{L}\p{M}\p{N}’']+/gu, ' ').trim()
  // Other formats are generated again.
  const part = isWhole || format !== 'wav' ? '' : ' (part)'
  return `${wholeWords(plain, NAME_CHARACTERS) || 'speech'}${part}.${format}`
}

/** A speech as a file (Blob). WAV is made here; other formats are requested from the server. */
export async function fileOf(speech, format, signal) {
  if (format === 'wav') return wavFile(speech.samples, speech.sampleRate)
  // The same seed gives the same speech.
  const answer = await api.speak({ ...speech.wish, seed: speech.seed ?? '' }, { format, signal })
  try {
    return await answer.blob()
  } catch (error) {
    throw error.name === 'AbortError' ? error : new api.Problem('The connection was lost.')
  }
}
