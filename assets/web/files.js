// Files of a speech, to be saved.

import * as api from './api.js'
import { wavFile } from './wav.js'
import { wholeWords } from './words.js'

const NAME_CHARACTERS = 40

export const FORMAT_NAMES = { wav: 'WAV', mp3: 'MP3', opus: 'Opus', flac: 'FLAC', aac: 'AAC' }

/** The name of a file: the first words of what it says. */
export function fileName({ wish, isWhole }, format) {
  const plain = wish.text.replace(/[^\p{L}\p{M}\p{N}’']+/gu, ' ').trim()
  // Other formats are made anew, and whole.
  const part = isWhole || format !== 'wav' ? '' : ' (part)'
  return `${wholeWords(plain, NAME_CHARACTERS) || 'speech'}${part}.${format}`
}

/** A speech as a file (Blob). WAV is at hand; for other formats the server is asked once more. */
export async function fileOf(speech, format, signal) {
  if (format === 'wav') return wavFile(speech.samples, speech.sampleRate)
  // The same seed says it the same way once more.
  const answer = await api.speak({ ...speech.wish, seed: speech.seed ?? '' }, { format, signal })
  try {
    return await answer.blob()
  } catch (error) {
    throw error.name === 'AbortError' ? error : new api.Problem('The connection broke.')
  }
}
