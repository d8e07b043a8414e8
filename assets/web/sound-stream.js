// The audio of a response while it arrives: a WAV file, or server-sent events with pieces of one, between
// which events tell when sentences and words begin and end.

import { Problem, problemOf } from './api.js'
import { WavReader } from './wav.js'

const TEXT_WARNING = 'X-Text-Warning'
const BROKEN = 'The connection was lost, or the server stopped. The speech is incomplete.'

/**
 * Yields in order: `{ warnings }` about the text, at most once and before the audio;
 * `{ samples, sampleRate }` (Int16Array, hertz); `{ timing }`, an event with times, before the audio that it is about;
 * and `{ flaws }` at the end, warnings about the speech.
 */
export async function* soundOf(answer) {
  const wav = new WavReader()
  const isEvents = answer.headers.get('Content-Type')?.startsWith('text/event-stream')
  let warnings = warningsOf(answer)
  for await (const part of isEvents ? partsOfEvents(answer.body) : partsOf(answer.body)) {
    // The events repeat the header, with more details.
    if (part.warnings) warnings = part.warnings
    else if (part.timing || part.flaws) yield part
    if (part.bytes) {
      if (warnings.length > 0) yield { warnings }
      warnings = []
      const samples = wav.push(part.bytes)
      if (samples.length > 0) yield { samples, sampleRate: wav.sampleRate }
    }
  }
}

function warningsOf(answer) {
  const told = answer.headers.get(TEXT_WARNING)
  if (!told) return []
  try {
    return [{ message: decodeURIComponent(told) }]
  } catch {
    return [{ message: told }]
  }
}

async function* partsOf(body) {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await read(reader)
      if (done) return
      yield { bytes: value }
    }
  } finally {
    // An early return cancels the response.
    reader.cancel().catch(() => {})
  }
}

async function* partsOfEvents(body) {
  const decoder = new TextDecoder()
  let rest = ''
  let isWhole = false
  for await (const { bytes } of partsOf(body)) {
    const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
    rest = events.pop()
    for (const event of events) {
      const said = understand(event)
      if (said.type === 'error') throw problemOf(said, said.error?.status ?? 500)
      if (said.type === 'speech.audio.done') {
        isWhole = true
        yield { flaws: said.warnings ?? [] }
      } else if (said.type === 'speech.audio.delta') {
        if (said.warnings) yield { warnings: said.warnings }
        yield { bytes: fromBase64(said.audio) }
      } else {
        yield { timing: said }
      }
    }
  }
  if (!isWhole) throw new Problem(BROKEN)
}

function understand(event) {
  const lines = event.split('\n').filter(line => line.startsWith('data:'))
  const data = lines.map(line => line.slice(5)).join('\n')
  return data ? JSON.parse(data) : {}
}

async function read(reader) {
  try {
    return await reader.read()
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new Problem(BROKEN)
  }
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
}
