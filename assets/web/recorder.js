// Records a voice from the microphone, and converts files for upload.

import { fault } from './fields.js'
import { toInt16, wavFile } from './wav.js'

/** The server uses no more of a recording. */
export const LONGEST_S = 30
/** The sample rate of decoded files; no model has a higher one. */
const FILE_RATE = 48_000

/** Starts to record; calls back with the level (0 to 1) and the seconds so far. */
export async function record(onLevel) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw fault(
      'file',
      'Browsers allow the microphone only on secure pages. Open this page with https or on the server’s own ' +
        'computer, or choose a file instead.',
    )
  }
  const stream = await openMicrophone()
  const context = new AudioContext()
  const pieces = []
  let count = 0
  const close = () => {
    for (const track of stream.getTracks()) track.stop()
    if (context.state !== 'closed') context.close()
  }
  try {
    await context.audioWorklet.addModule(new URL('recorder-worklet.js', import.meta.url))
  } catch (error) {
    close()
    throw error
  }
  const node = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' })
  node.port.onmessage = ({ data: samples }) => {
    if (count >= LONGEST_S * context.sampleRate) return
    pieces.push(samples)
    count += samples.length
    onLevel(loudness(samples), count / context.sampleRate)
  }
  context.createMediaStreamSource(stream).connect(node)
  return {
    /** Stops, and returns the recording as `{ file, seconds }`. */
    stop() {
      close()
      const samples = new Int16Array(count)
      let at = 0
      for (const piece of pieces) {
        samples.set(toInt16(piece), at)
        at += piece.length
      }
      const blob = wavFile(samples, context.sampleRate)
      return { file: new File([blob], 'recording.wav', { type: 'audio/wav' }), seconds: count / context.sampleRate }
    },
    /** Stops, and discards the recording. */
    cancel: close,
  }
}

/** A file in a format that the server can read. Unknown formats are sent unchanged, and rejected there. */
export async function prepare(file) {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  if (String.fromCharCode(...start) === 'RIFF' || file.name.endsWith('.safetensors')) return file
  try {
    const context = new OfflineAudioContext(1, 1, FILE_RATE)
    const sound = await context.decodeAudioData(await file.arrayBuffer())
    const length = Math.min(sound.length, LONGEST_S * FILE_RATE)
    const mixed = new Float32Array(length)
    for (let channel = 0; channel < sound.numberOfChannels; channel += 1) {
      const samples = sound.getChannelData(channel)
      for (let index = 0; index < length; index += 1) mixed[index] += samples[index] / sound.numberOfChannels
    }
    const name = `${file.name.replace(/\.[^.]*$/, '')}.wav`
    return new File([wavFile(toInt16(mixed), FILE_RATE)], name, { type: 'audio/wav' })
  } catch {
    return file
  }
}

async function openMicrophone() {
  // Filters for calls would change the voice.
  const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio })
  } catch (error) {
    if (error.name === 'NotAllowedError') {
      throw fault('file', 'The microphone is blocked. Allow it in the address bar and try again.')
    }
    if (error.name === 'NotFoundError') throw fault('file', 'No microphone was found. Choose a file instead.')
    throw error
  }
}

function loudness(samples) {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  const decibels = 10 * Math.log10(power + 1e-9)
  return Math.max(0, Math.min(1, (decibels + 60) / 60))
}
